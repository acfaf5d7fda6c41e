// SPDX-License-Identifier: Apache-2.0
/** `hmp emulate --state`: what was changed is there after the process was killed, and a spoilt file is named. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { changeResource, IsapiClient, readResource } from '@openhmp/client'
import { ntpResource } from '@openhmp/protocol/isapi'
import { afterAll, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { runHmp, startHmp } from './hmp.ts'

const PASSWORD = 'a device pw 7'
const env = { HMP_DEVICE_PASSWORD: PASSWORD }
const folder = mkdtempSync(join(tmpdir(), 'hmp-state-'))
const args = ['emulate', '--cameras', '2', '--http-port', '0', '--rtsp-port', '0', '--state', folder, '--json']
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const emulate = async (): Promise<{ child: ChildProcess; url: string }> => {
  const child = startHmp(args, env)
  const urls: string[] = []
  for await (const line of createInterface({ input: child.stdout! }))
    if (urls.push(JSON.parse(line).httpUrl) === 2) return { child, url: urls[1]! }
  throw new Error('it ended early')
}
const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill(signal)
  await ended
}
const clientOf = (address: string) =>
  new IsapiClient({ address, credentials: { username: 'admin', password: PASSWORD }, clock: realClock() })

it('loses no more than a second when it is killed, and nothing when it is stopped', async () => {
  const file = join(folder, 'device-1.json')
  const first = await emulate()
  try {
    await using client = clientOf(first.url)
    await changeResource(client, ntpResource, { intervalMinutes: 77 })
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8').includes('77'), { timeout: 5000 }).toBe(true)
  } finally {
    await end(first.child, 'SIGKILL')
  }
  const second = await emulate()
  try {
    await using client = clientOf(second.url)
    expect((await readResource(client, ntpResource)).intervalMinutes).toBe(77)
    await changeResource(client, ntpResource, { intervalMinutes: 78 })
  } finally {
    await end(second.child, 'SIGTERM')
  }
  expect(readFileSync(file, 'utf8')).toContain('78')
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100))
  const { stderr, exitCode } = await runHmp(args, env)
  expect(exitCode).toBe(1)
  expect(stderr).toContain(file)
  expect(stderr).toMatch(/mend it, or remove it to begin anew \[emulator\.state\]\n$/)
})
