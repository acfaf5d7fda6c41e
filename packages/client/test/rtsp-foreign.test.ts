// SPDX-License-Identifier: Apache-2.0
/** The client against GStreamer's RTSP server, digest on: every access unit, byte for byte what was sent. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { concat, type HmpError } from '@openhmp/protocol/base'
import { type AccessUnit, createDepacketizer, type Depacketizer, splitAnnexB } from '@openhmp/protocol/payload'
import { isRtcp, type MediaUnit, RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import type { MediaDescription } from '@openhmp/protocol/sdp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { openRtsp, type RtspOptions } from '../src/index.ts'
import { type ForeignCamera, openForeignCamera, realClock } from './foreign-camera.ts'

const isHere = [needs('ffmpeg'), needs('gst-launch-1.0'), needs('gst-rtsp-server')].every(Boolean)

/** Plays until the camera says goodbye; all access units, by track. */
const playAll = async (camera: ForeignCamera, path: string, options: Partial<RtspOptions> = {}) => {
  const ended = Promise.withResolvers<HmpError | undefined>()
  let media: readonly MediaDescription[] = []
  const depacketizers: Depacketizer[] = []
  const units: MediaUnit[] = []
  const got: AccessUnit[][] = []
  const take = (track: number) => {
    for (let unit = depacketizers[track]!.take(); unit; unit = depacketizers[track]!.take()) got[track]!.push(unit)
  }
  await using play = await openRtsp({
    url: `rtsp://127.0.0.1:${camera.port}${path}`,
    credentials: camera.credentials,
    transport: 'tcp',
    signal: AbortSignal.timeout(12_000),
    clock: realClock,
    onDescription: (described) => {
      media = described
      for (const { codec, parameterSets, dimensions } of described) {
        depacketizers.push(createDepacketizer(codec!, { parameterSets, ...(dimensions ? { dimensions } : {}) }))
        got.push([])
      }
    },
    onUnit: (unit, track) => {
      units.push(unit)
      for (const packet of split4571(unit.payload)) {
        if (isRtcp(packet)) continue
        depacketizers[track]!.push(RtpPacket.decode(packet))
        take(track)
      }
    },
    onEnd: (error) => ended.resolve(error),
    ...options,
  })
  const end = await ended.promise
  for (const [track, depacketizer] of depacketizers.entries()) {
    depacketizer.flush()
    take(track)
  }
  return { media, units, got, end: end?.code, stats: play.stats }
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16)
const names = (list: readonly Uint8Array[]): string[] => list.map((bytes) => `${bytes.length} ${sha(bytes)}`)

/** The entropy-coded data of a JPEG: what RFC 2435 carries untouched. From behind the SOS header to EOI. */
const scanOf = (jpeg: Uint8Array): Uint8Array => {
  let at = 2
  while (jpeg[at + 1] !== 0xda) at += 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!)
  const start = at + 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!)
  const end = jpeg.length - (jpeg.at(-2) === 0xff && jpeg.at(-1) === 0xd9 ? 2 : 0)
  return jpeg.subarray(start, end)
}

/** The picture as it looks: its pixels' checksum by ffmpeg. */
const pixels = (jpegs: readonly Uint8Array[]): string =>
  spawnSync('ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-f', 'framemd5', '-'], { input: concat(jpegs) })
    .stdout.toString()
    .replace(/^#.*$/gm, '')

describe.runIf(isHere)('RTSP client against GStreamer', () => {
  let camera: ForeignCamera
  beforeAll(async () => {
    camera = await openForeignCamera()
  })
  afterAll(() => camera?.[Symbol.asyncDispose]())

  describe.each(['tcp', 'udp'] as const)('over %s', (transport) => {
    it.concurrent.each(['h264', 'h265'] as const)('reads %s, every NAL unit', async (codec) => {
      const { media, units, got, end, stats } = await playAll(camera, `/${codec}`, { transport })
      expect(media[0]).toMatchObject({ kind: 'video', codec, clockRateHz: 90_000 })
      const sent = splitAnnexB(camera.file(`video.${codec}`))
      expect(names(got[0]!.flatMap((unit) => unit.data))).toEqual(names(sent))
      expect(got[0]).toHaveLength(50)
      expect(units).toHaveLength(50)
      expect(units.filter((unit) => unit.isKey)).toHaveLength(3)
      expect(units.some((unit) => unit.isDamaged)).toBe(false)
      expect(stats.tracks[0]).toMatchObject({ lost: 0, discarded: 0 })
      expect(end).toBe('rtsp.ended')
    })

    it.concurrent('reads mjpeg, every scan, and pictures that look the same', async () => {
      const { got, end } = await playAll(camera, '/mjpeg', { transport })
      const sent = camera.pictures()
      const jpegs = got[0]!.map((unit) => unit.data[0]!)
      expect(names(jpegs.map(scanOf))).toEqual(names(sent.map(scanOf)))
      expect(pixels(jpegs)).toBe(pixels(sent))
      expect(end).toBe('rtsp.ended')
    })

    it.concurrent.each([
      ['pcma', 'sound.alaw'],
      ['pcmu', 'sound.mulaw'],
    ])('reads %s, every sample', async (codec, file) => {
      const { media, got, end } = await playAll(camera, `/${codec}`, { transport })
      expect(media[0]).toMatchObject({ kind: 'audio', codec, clockRateHz: 8000 })
      expect(sha(concat(got[0]!.flatMap((unit) => unit.data)))).toBe(sha(camera.file(file)))
      expect(end).toBe('rtsp.ended')
    })

    it.concurrent('reads picture and sound together', async () => {
      const { got } = await playAll(camera, '/both', { transport })
      expect(got[0]).toHaveLength(50)
      expect(sha(concat(got[1]!.flatMap((unit) => unit.data)))).toBe(sha(camera.file('sound.alaw')))
    })
  })

  it('names a path that is not there, and a wrong password after one try', async () => {
    await expect(playAll(camera, '/nothing')).rejects.toMatchObject({ code: 'rtsp.not-found' })
    const wrong = { credentials: { username: 'admin', password: 'wrong' } }
    await expect(playAll(camera, '/h264', wrong)).rejects.toMatchObject({ code: 'rtsp.unauthorized' })
    await expect(playAll(camera, '/h264', wrong)).rejects.toMatchObject({ code: 'rtsp.unauthorized' })
    await expect(playAll(camera, '/h264', wrong)).rejects.toMatchObject({ code: 'login.blocked' })
  })

  it('notices within a second that the camera is gone', async () => {
    const doomed = await openForeignCamera()
    const ended = Promise.withResolvers<HmpError | undefined>()
    await using _play = await openRtsp({
      url: `rtsp://127.0.0.1:${doomed.port}/h264`,
      credentials: doomed.credentials,
      transport: 'tcp',
      signal: AbortSignal.timeout(10_000),
      clock: realClock,
      onUnit: () => doomed.kill(),
      onEnd: (error) => ended.resolve(error),
    })
    const before = performance.now()
    const end = await ended.promise
    expect(performance.now() - before).toBeLessThan(1000)
    expect(end?.code).toMatch(/^link\./)
    await doomed[Symbol.asyncDispose]()
  })
})
