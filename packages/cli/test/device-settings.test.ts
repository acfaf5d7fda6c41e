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

  it('stream: all of them, one with what it may be, and its change', async () => {
    expect((await device('stream')).stdout).toMatch(/101 .*h264 +1280x720/)
    const one = JSON.parse((await device('stream', '102', '--json')).stdout)
    expect(one).toMatchObject({
      settings: { width: 640, bitrateMode: 'VBR' },
      allowed: { bitrateModes: ['CBR', 'VBR'] },
    })
    const change = [
      '--size',
      '1280x720',
      '--rate',
      '5',
      '--mode',
      'cbr',
      '--bitrate',
      '256',
      '--gop',
      '300',
      '--audio',
      'off',
    ]
    const changed = await device('stream', '102', ...change)
    expect(changed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(changed.stdout).toMatch(/width +640 +1280/)
    expect(changed.stdout).toContain('Video/GovLength: told 300, the device made it 250')
    const refused = await device('stream', '101', '--codec', 'h265')
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toContain('codec h265 is not allowed here; allowed: h264')
    expect((await device('stream', '--gop', '5')).exitCode).toBe(2)
  })
})
