// SPDX-License-Identifier: Apache-2.0
/** Commands that look at and change what a device does, against `hmp emulate`. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runHmp, startHmp } from './hmp.ts'

const env = { HMP_DEVICE_PASSWORD: 'a device password 7' }
let emulator: ChildProcess
let url = ''
let recorder = ''

beforeAll(async () => {
  const ports = ['--http-port', '0', '--rtsp-port', '0']
  emulator = startHmp(
    ['emulate', '--cameras', '1', '--recorders', '1', '--profile', 'ptz', '--fault', 'unlinked', ...ports, '--json'],
    env,
  )
  for await (const line of createInterface({ input: emulator.stdout! })) {
    const { httpUrl } = JSON.parse(line)
    if (url !== '') recorder = httpUrl
    else url = httpUrl
    if (recorder !== '') break
  }
})
afterAll(async () => {
  const ended = new Promise((resolve) => emulator.once('close', resolve))
  emulator.kill('SIGTERM')
  expect(await ended).toBe(0)
})
const device = (verb: string, ...args: string[]) => runHmp(['device', verb, url, ...args], env)

describe('hmp device', () => {
  it('channels: the cameras behind a recorder, one of them, and where it is found', async () => {
    const channels = (...args: string[]) => runHmp(['device', 'channels', recorder, ...args], env)
    expect((await channels()).stdout).toMatch(/1 .*HIKVISION/)
    expect((await channels('--host', 'x')).exitCode).toBe(2)
    const told = JSON.parse((await channels('2', '--host', 'gate.example', '--port', '8001', '--json')).stdout)
    expect(told).toMatchObject({ after: { host: 'gate.example', port: 8001, userName: 'admin' }, differences: [] })
    expect((await channels('2')).stdout).toMatch(/host +gate\.example/)
  })

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

  it('output: told and switched', async () => {
    expect((await device('output')).stdout).toMatch(/output +1 +inactive +at rest low/)
    expect(await device('output', '1', 'on')).toMatchObject({ exitCode: 0, stdout: 'output 1: active\n' })
    const pulse = JSON.parse((await device('output', '1', 'pulse', '--seconds', '0.05', '--json')).stdout)
    expect(pulse).toEqual({ id: 1, order: 'pulse', isActive: false })
    expect(await device('output', '7', 'on')).toMatchObject({ exitCode: 1, stdout: '' })
    expect((await device('output', '1')).exitCode).toBe(2)
  })

  it('ptz: moved, and told where it came to rest', async () => {
    const there = JSON.parse((await device('ptz', '--to', '10,20,1.5', '--json')).stdout)
    expect(there).toEqual({ position: { azimuth: 10, elevation: 20, zoom: 1.5 }, presets: [] })
    expect((await device('ptz', '--set', '4', '--name', 'Gate')).stdout).toMatch(/10 degrees[\s\S]*4 +Gate/)
    await device('ptz', '--move', '-50,0,0', '--for', '0.1')
    expect(JSON.parse((await device('ptz', '--goto', '4', '--json')).stdout).position.azimuth).toBe(10)
    expect((await device('ptz', '--delete', '4')).stdout).not.toContain('Gate')
    expect((await device('ptz', '--move', '101,0,0')).stderr).toContain('pan is from -100 to 100')
    expect((await device('ptz', '--stop', '--goto', '4')).exitCode).toBe(2)
  })

  it('talk: a file through the loudspeaker', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hmp-talk-')), 'sound.wav')
    const head = Buffer.from('RIFF....WAVEfmt ____________________data____', 'latin1')
    const words = [16, 0x0001_0006, 8000, 8000, 0x0008_0001] // A-law, one channel, 8000 Hz, 8 bits
    for (const [i, word] of words.entries()) head.writeUInt32LE(word, 16 + 4 * i)
    head.writeUInt32LE(1600, 40)
    writeFileSync(file, Buffer.concat([head, Buffer.alloc(1600, 0xd5)]))
    const told = await device('talk', file, '--json')
    expect(told).toMatchObject({ exitCode: 0, stderr: '' })
    expect(JSON.parse(told.stdout)).toEqual({ channel: 1, codec: 'pcmu', seconds: 0.2 })
    expect(told.ms).toBeGreaterThan(180)
    expect((await device('talk', 'package.json')).exitCode).toBe(2)
    rmSync(dirname(file), { recursive: true })
  })
})
