// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runHmp } from './hmp.ts'

const folder = mkdtempSync(join(tmpdir(), 'hmp-firmware-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('hmp emulate firmware writes an image and tells what it is', async () => {
  const out = join(folder, 'image.dav')
  const args = ['emulate', 'firmware', '--model', 'A', '--model', 'B', '--version', 'V2.0.0', '--build', 'build 261101']
  const { stdout, exitCode } = await runHmp([...args, '--size-kib', '3', '--out', out, '--json'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ file: out, models: ['A', 'B'], version: 'V2.0.0', sizeBytes: 3072 })
  const image = readFileSync(out)
  expect(image.subarray(0, 8).toString()).toBe('HMPFIRM1')
  expect(image.length).toBe(12 + image.readUInt32BE(8) + 3072)
  expect(await runHmp(['emulate', 'firmware', '--version', 'V1', '--out', out])).toMatchObject({ exitCode: 2 })
})
