// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { MAX_JOBS, WorkerLink } from './link.ts'

const folder = mkdtempSync(join(tmpdir(), 'hmp-link-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('takes so many jobs at a time, refuses one more, and goes on afterwards', async () => {
  const init = { file: join(folder, 'db'), lockFile: join(folder, 'lock'), role: 'writer' } as const
  await using link = await WorkerLink.open(init, () => {})
  const jobs = Array.from({ length: MAX_JOBS }, () => link.run([]))
  expect(link.pendingJobs).toBe(MAX_JOBS)
  await expect(link.run([])).rejects.toMatchObject({ kind: 'unavailable', code: 'store.busy' })
  await Promise.all(jobs)
  expect(link.pendingJobs).toBe(0)
  expect(await link.run([])).toEqual([])
})
