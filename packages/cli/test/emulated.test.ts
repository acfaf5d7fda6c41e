// SPDX-License-Identifier: Apache-2.0
/** The device commands against `hmp emulate`, each a process of its own: they meet on the wire only. */
import type { ChildProcess } from 'node:child_process'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseJpeg } from '@openhmp/protocol/payload'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { runHmp, startHmp } from './hmp.ts'

const PASSWORD = 'a device password 7'
const env = { HMP_DEVICE_PASSWORD: PASSWORD }
let emulator: ChildProcess
let devices: { index: number; kind: string; model: string; serialNumber: string; httpUrl: string; rtspUrl: string }[]
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-emulated-'))
  const ports = ['--http-port', '0', '--rtsp-port', '0']
  emulator = startHmp(['emulate', '--cameras', '1', '--recorders', '1', ...ports, '--json'], env)
  devices = []
  for await (const line of createInterface({ input: emulator.stdout! })) if (devices.push(JSON.parse(line)) === 2) break
})
afterAll(async () => {
  const ended = new Promise((resolve) => emulator.once('close', resolve))
  emulator.kill('SIGTERM')
  expect(await ended).toBe(0)
  rmSync(folder, { recursive: true, force: true })
})
const device = (verb: string, index: number, ...args: string[]) =>
  runHmp(['device', verb, devices[index]!.httpUrl, ...args], env)

describe('hmp emulate', () => {
  it('tells the password that it made up, and it is the right one', async () => {
    const child = startHmp(['emulate', '--http-port', '0', '--rtsp-port', '0'])
    try {
      const line = async (stream: NodeJS.ReadableStream, pattern: RegExp) => {
        for await (const text of createInterface({ input: stream }))
          if (pattern.test(text)) return pattern.exec(text)![1]!
        throw new Error(`it ended without ${pattern}`)
      }
      const url = await line(child.stdout!, /(http:\S+)/)
      const password = await line(child.stderr!, /user admin, password (\S+)/)
      const { exitCode } = await runHmp(['device', 'info', url], { HMP_DEVICE_PASSWORD: password })
      expect(exitCode).toBe(0)
    } finally {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      await ended
    }
  })
})

describe('hmp device, against emulated devices', () => {
  it('info: what the device said, and its channels', async () => {
    const { stdout, stderr, exitCode } = await device('info', 0, '--json')
    expect([exitCode, stderr]).toEqual([0, ''])
    const { model, serialNumber } = devices[0]!
    const stream = {
      codec: 'h264',
      width: expect.any(Number),
      height: expect.any(Number),
      frameRate: expect.any(Number),
    }
    expect(JSON.parse(stdout)).toMatchObject({
      model,
      serialNumber,
      firmwareVersion: expect.stringMatching(/^V\d/),
      deviceType: 'IPCamera',
      macAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
      name: expect.any(String),
      channels: [{ id: 1, name: expect.any(String) }],
    })
    expect(JSON.parse(stdout).channels[0].streams[0]).toMatchObject({ id: 101, ...stream, audioCodec: 'pcma' })
    const recorder = JSON.parse((await device('info', 1, '--json')).stdout)
    expect(recorder.channels.map((channel: { id: number }) => channel.id)).toEqual([1, 2, 3, 4])
    expect((await device('info', 0)).stdout).toContain(`Serial number  ${serialNumber}`)
  })

  it('a wrong password: exit 1 in under 2 s, one line', async () => {
    const wrong = await runHmp(['device', 'info', devices[0]!.httpUrl, '--json'], { HMP_DEVICE_PASSWORD: 'wrong' })
    expect(wrong.stdout).toBe('')
    expect(wrong.stderr).toMatch(
      /^hmp: 127\.0\.0\.1:\d+: [^\n]+; check --user and HMP_DEVICE_PASSWORD \[isapi\.unauthorized\]\n$/,
    )
    expect(wrong.exitCode).toBe(1)
    expect(wrong.ms).toBeLessThan(2000)
  })

  it('get and capabilities: documents as they are, and as JSON', async () => {
    const time = await device('get', 0, '/ISAPI/System/time')
    expect(time.stdout).toMatch(/^<\?xml[\s\S]*<timeMode/)
    const { document } = JSON.parse((await device('get', 0, '/ISAPI/System/time', '--json')).stdout)
    expect(document.localTime).toMatch(/^\d{4}-/)
    expect(await device('get', 0, '/ISAPI/nothing')).toMatchObject({ exitCode: 1, stdout: '' })
    expect(JSON.parse((await device('capabilities', 0, '--json')).stdout)).toHaveProperty('DeviceCap')
  })

  it('snapshot: a JPEG', async () => {
    const out = join(folder, 'picture.jpg')
    expect(await device('snapshot', 0, '--out', out)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(parseJpeg(new Uint8Array(readFileSync(out))).width).toBeGreaterThan(300)
  })

  it('events: one a line, in the form that is fixed', async () => {
    const { stdout, exitCode } = await device('events', 0, '--json', '--count', '2', '--seconds', '30')
    expect(exitCode).toBe(0)
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(first).toMatchObject({ kind: 'motion', type: 'VMD', state: 'active', channel: 1, id: expect.any(String) })
    expect(new Date(first.time).toISOString()).toBe(first.time)
    expect(second).toMatchObject({ id: first.id, state: 'inactive' })
  }, 40_000)

  it('probe: every step with its time', async () => {
    const { stdout, exitCode } = await device('probe', 0, '--json')
    expect(exitCode).toBe(0)
    const { steps } = JSON.parse(stdout)
    expect(steps.every((step: { isGood: boolean }) => step.isGood)).toBe(true)
    expect(steps).toHaveLength(5)
  })

  it.runIf(needs('ffprobe') && needs('ffmpeg'))(
    'record: as many pictures as the seconds hold, all decodable',
    async () => {
      const out = join(folder, 'record.mp4')
      const { stdout, exitCode } = await device('record', 0, '--seconds', '3', '--out', out, '--json')
      expect(exitCode).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ file: out, seconds: 3, leftOut: 0 })
      expect(existsSync(`${out}.part`)).toBe(false)
      const probed = spawnSync('ffprobe', ['-v', 'warning', '-count_frames', '-show_streams', '-of', 'json', out])
      const [video, audio] = JSON.parse(probed.stdout.toString()).streams
      const info = JSON.parse((await device('info', 0, '--json')).stdout).channels[0].streams[0]
      expect(video).toMatchObject({ codec_name: 'h264', width: info.width, height: info.height })
      expect(Math.abs(Number(video.nb_read_frames) - 3 * info.frameRate)).toBeLessThanOrEqual(1)
      // Sound stands where the camera's clock puts it: both end together, though the pictures began in the past.
      expect(audio.codec_name).toBe('pcm_alaw')
      expect(Math.abs(Number(audio.duration) - Number(video.duration))).toBeLessThan(0.3)
      expect(spawnSync('ffmpeg', ['-v', 'error', '-xerror', '-i', out, '-f', 'null', '-']).stderr.toString()).toBe('')
    },
  )

  it('reboot: the device goes', async () => {
    expect(await device('reboot', 1, '--json')).toMatchObject({ exitCode: 0, stderr: '' })
    const { exitCode, stderr } = await device('info', 1, '--timeout', '3')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^hmp: [^\n]+\n$/)
  })
})
