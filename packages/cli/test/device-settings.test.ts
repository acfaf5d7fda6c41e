// SPDX-License-Identifier: Apache-2.0
/** Commands that look at and change what a device does, against `hmp emulate`. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runHmp, startHmp } from './hmp.ts'

const env = { HMP_DEVICE_PASSWORD: 'a device password 7' }
let emulator: ChildProcess
let url = ''

beforeAll(async () => {
  const ports = ['--http-port', '0', '--rtsp-port', '0']
  emulator = startHmp(['emulate', '--cameras', '1', '--profile', 'ptz', '--fault', 'unlinked', ...ports, '--json'], env)
  for await (const line of createInterface({ input: emulator.stdout! })) {
    url = JSON.parse(line).httpUrl
    break
  }
})
afterAll(async () => {
  const ended = new Promise((resolve) => emulator.once('close', resolve))
  emulator.kill('SIGTERM')
  expect(await ended).toBe(0)
})
const device = (verb: string, ...args: string[]) => runHmp(['device', verb, url, ...args], env)

describe('hmp device', () => {
  it('triggers: told, and mended on demand', async () => {
    const told = JSON.parse((await device('triggers', '--json')).stdout)
    expect(told.triggers).toContainEqual({
      id: 'VMD-1',
      eventType: 'VMD',
      channel: 1,
      state: 'unlinked',
      methods: ['record'],
    })
    const mended = await device('triggers', '--mend', '--kind', 'VMD', '--channel', '1')
    expect(mended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(mended.stdout).toMatch(/VMD-1 +VMD +1 +mended +record, center/)
    expect((await device('triggers', '--kind', 'IO')).stdout).toMatch(/IO-1 +IO +unlinked/)
  })
})
