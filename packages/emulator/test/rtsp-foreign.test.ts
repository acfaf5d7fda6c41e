// SPDX-License-Identifier: Apache-2.0
/**
 * Programs that no one here wrote read the emulator over RTSP, with digest on: ffprobe names what it is, ffmpeg decodes
 * it without a warning, and both ffmpeg and GStreamer give back byte for byte what was encoded.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@openhmp/protocol/base'
import { splitAnnexB } from '@openhmp/protocol/payload'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import type { DeviceFace } from '../src/device/api.ts'
import { noFaults } from '../src/device/fault.ts'
import { Seats } from '../src/device/seats.ts'
import { LiveCamera } from '../src/media/live.ts'
import { Pacer } from '../src/media/pacer.ts'
import { listenRtsp, type RtspListener } from '../src/rtsp/listener.ts'
import { rtspLogin } from '../src/rtsp/login.ts'
import { drawClip, FRAMES_PER_SECOND, HEIGHT, isSlice, WIDTH } from './drawn-clip.ts'

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, options = {}) => sleep(ms, undefined, options.signal ? { signal: options.signal } : {}),
}
const SECONDS = 2
/** Not gst-launch-1.0, which stops in a hurry: the script tells why. */
const gstRead = fileURLToPath(new URL('gst-read.py', import.meta.url))
/** Both hashes that a camera may offer at a time; each reader must find the one it knows. */
const login = rtspLogin({ algorithms: ['MD5', 'SHA-256'], hasBasic: false })

const device = (camera: LiveCamera): DeviceFace => ({
  rtspSeats: new Seats(64),
  identity: {
    index: 0,
    kind: 'camera',
    name: 'Camera',
    model: 'X',
    serialNumber: 'X1',
    macAddress: '00:00:5e:00:53:01',
    firmwareVersion: 'V5.7',
    realm: 'IP Camera(X1)',
  },
  faults: noFaults,
  power: 'up',
  onPower: () => ({ [Symbol.dispose]: () => undefined }),
  passwordOf: (user) => (user === 'admin' ? 'Secret12' : undefined),
  loginResult: () => undefined,
  stream: (id) => (id === 101 ? camera.main : undefined),
  streamIds: [101],
  channelName: () => 'Camera',
  handle: () => Promise.reject(new Error('not asked')),
  watchEvents: () => ({ [Symbol.dispose]: () => undefined }),
})

const run = (
  program: string,
  ...args: readonly string[]
): Promise<{ status: number | null; out: string; err: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 25_000 })
    let out = ''
    let err = ''
    child.stdout.on('data', (text) => (out += text))
    child.stderr.on('data', (text) => (err += text))
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, out, err }))
  })

/** Every piece received is one that was sent, in the order of the loop, without a gap; answers how many. */
const following = (received: readonly Uint8Array[], sent: readonly Uint8Array[]): number => {
  const texts = sent.map((piece) => Buffer.from(piece).toString('latin1'))
  let next = -1
  for (const piece of received) {
    const text = Buffer.from(piece).toString('latin1')
    const at = next === -1 ? texts.indexOf(text) : texts[next] === text ? next : -1
    if (at === -1) return -1
    next = (at + 1) % texts.length
  }
  return received.length
}

/** The entropy-coded data of JPEG files: RFC 2435 carries nothing else, so headers are written anew. */
const scans = (jpegs: Uint8Array): Uint8Array[] => {
  const found: Uint8Array[] = []
  const bytes = Buffer.from(jpegs)
  for (let at = bytes.indexOf('ffda', 0, 'hex'); at !== -1; ) {
    const end = bytes.indexOf('ffd9', at, 'hex')
    if (end === -1) break
    found.push(bytes.subarray(at + 2 + bytes.readUInt16BE(at + 2), end))
    at = bytes.indexOf('ffda', end, 'hex')
  }
  return found
}

const rows = [
  {
    codec: 'h264',
    law: 'pcma',
    names: ['h264', 'pcm_alaw'],
    raw: 'h264',
    gst: 'rtph264depay ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au',
  },
  {
    codec: 'h265',
    law: 'pcmu',
    names: ['hevc', 'pcm_mulaw'],
    raw: 'hevc',
    gst: 'rtph265depay ! h265parse ! video/x-h265,stream-format=byte-stream,alignment=au',
  },
  { codec: 'mjpeg', law: 'pcma', names: ['mjpeg', 'pcm_alaw'], raw: 'mjpeg', gst: 'rtpjpegdepay' },
] as const

describe.runIf(needs('ffmpeg'))('foreign readers of the emulator', { timeout: 60_000 }, () => {
  describe.each(rows)('$codec and $law', ({ codec, law, names, raw, gst }) => {
    let folder: string
    let pacer: Pacer
    let camera: LiveCamera
    let listener: RtspListener
    let url: string

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rtsp-'))
      pacer = new Pacer(clock)
      camera = new LiveCamera({ clip: drawClip(codec), pacer, law, random: () => randomBytes(4).readUInt32BE() })
      listener = await listenRtsp({ device: device(camera), host: '127.0.0.1', port: 0, clock, login })
      url = `127.0.0.1:${listener.port}/Streaming/Channels/101`
    })
    afterAll(async () => {
      await listener[Symbol.asyncDispose]()
      await pacer[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    })

    const sentVideo = (): Uint8Array[] =>
      camera.main.video.units.flatMap(({ data }) =>
        codec === 'mjpeg' ? scans(data[0]!) : data.filter((nal) => isSlice(codec, nal)),
      )
    const receivedVideo = (bytes: Uint8Array): Uint8Array[] =>
      codec === 'mjpeg' ? scans(bytes) : splitAnnexB(bytes).filter((nal) => isSlice(codec, nal))
    /** Sound is a row of samples: what came is a part of what was sent, over the seam. */
    const isSentSound = (bytes: Uint8Array): boolean => {
      const loop = Buffer.concat(camera.main.audio!.units.map(({ data }) => data[0]!))
      return Buffer.concat([loop, loop]).includes(Buffer.from(bytes))
    }

    it('ffprobe names codec, size, rate and sound', async () => {
      const show = ['-show_entries', 'stream=codec_name,width,height,avg_frame_rate,sample_rate', '-of', 'json']
      const found = await run(
        'ffprobe',
        '-v',
        'error',
        '-rtsp_transport',
        'tcp',
        ...show,
        `rtsp://admin:Secret12@${url}`,
      )
      expect(found.err).toBe('')
      expect(JSON.parse(found.out).streams).toMatchObject([
        { codec_name: names[0], width: WIDTH, height: HEIGHT, avg_frame_rate: `${FRAMES_PER_SECOND}/1` },
        { codec_name: names[1], sample_rate: '8000' },
      ])
    })

    it.each(['tcp', 'udp'])('ffmpeg decodes it over %s without a warning, every byte as sent', async (transport) => {
      const file = (name: string) => join(folder, `ffmpeg-${transport}.${name}`)
      const time = ['-t', String(SECONDS)]
      const read = await run(
        'ffmpeg',
        ...['-v', 'warning', '-nostdin', '-rtsp_transport', transport, '-i', `rtsp://admin:Secret12@${url}`],
        ...['-map', '0:v', '-c', 'copy', ...time, '-f', raw, file('video')],
        ...['-map', '0:a', '-c', 'copy', ...time, '-f', law === 'pcma' ? 'alaw' : 'mulaw', file('audio')],
        ...['-map', '0:v', ...time, '-f', 'framecrc', 'pipe:1'],
      )
      expect(read.err).toBe('')
      expect(read.status).toBe(0)
      const decoded = read.out.split('\n').filter((line) => line.startsWith('0,'))
      expect(decoded.length).toBeGreaterThanOrEqual(SECONDS * FRAMES_PER_SECOND - 2)
      const pictures = following(receivedVideo(await readFile(file('video'))), sentVideo())
      expect(pictures).toBeGreaterThanOrEqual(SECONDS * FRAMES_PER_SECOND - 2)
      const sound = await readFile(file('audio'))
      expect(sound.length).toBeGreaterThan(8000 * (SECONDS - 1))
      expect(isSentSound(sound)).toBe(true)
    })

    it.runIf(needs('gst-launch-1.0') && needs('gst-rtsp-server')).each(['tcp', 'udp'])(
      'GStreamer reads it over %s, every byte as sent',
      async (transport) => {
        const file = (name: string) => join(folder, `gst-${transport}.${name}`)
        const sound = law === 'pcma' ? 'rtppcmadepay' : 'rtppcmudepay'
        const pipeline = [
          `rtspsrc name=s location=rtsp://${url} user-id=admin user-pw=Secret12 protocols=${transport} latency=100 teardown-timeout=${10e9}`,
          `s. ! application/x-rtp,media=video ! queue ! ${gst} ! identity eos-after=${SECONDS * FRAMES_PER_SECOND} ! filesink location=${file('video')}`,
          `s. ! application/x-rtp,media=audio ! queue ! ${sound} ! identity eos-after=${SECONDS * 25} ! filesink location=${file('audio')}`,
        ].join(' ')
        const read = await run('/usr/bin/python3', gstRead, ...pipeline.split(' '))
        expect(read.err).toBe('')
        expect(read.status).toBe(0)
        const pictures = following(receivedVideo(await readFile(file('video'))), sentVideo())
        expect(pictures).toBeGreaterThanOrEqual(SECONDS * FRAMES_PER_SECOND - 2)
        const heard = await readFile(file('audio'))
        expect(heard.length).toBeGreaterThan(8000 * (SECONDS - 1))
        expect(isSentSound(heard)).toBe(true)
      },
    )
  })
})
