// SPDX-License-Identifier: Apache-2.0
import { createDepacketizer } from '@openhmp/protocol/payload'
import { RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { type Clip, ClipTrack, MAX_PACKET_BYTES } from './clip.ts'
import { LiveCamera, type LiveUnit } from './live.ts'
import { Pacer } from './pacer.ts'
import { RtpStamp } from './stamp.ts'

/** Ten pictures a second for two seconds, a key picture each second; sound in pieces of 40 ms. */
const video = new ClipTrack({
  codec: 'h264',
  loopTicks: 180_000,
  units: Array.from({ length: 20 }, (_, i) => ({
    ticks: i * 9000,
    isKey: i % 10 === 0,
    data: [Uint8Array.of(i % 10 === 0 ? 0x65 : 0x41, i), new Uint8Array(3000).fill(i | 0x80).with(0, 0x41)],
  })),
})
const audio = new ClipTrack({
  codec: 'pcma',
  loopTicks: 16_000,
  units: Array.from({ length: 50 }, (_, i) => ({ ticks: i * 320, isKey: true, data: [new Uint8Array(320).fill(i)] })),
})
const clip: Clip = {
  name: 'test',
  title: 'Test',
  loopMs: 2000,
  main: video,
  sub: video,
  audio: { pcma: audio },
  pictures: [0, 500, 1000, 1500].map((fromMs) => ({ fromMs, jpeg: Uint8Array.of(fromMs / 500) })),
  motions: [{ fromMs: 1600, toMs: 2300, target: 'human', path: [] }],
}

const setUp = (options: { phaseMs?: number; law?: 'pcma' } = {}) => {
  const clock = new VirtualClock()
  const pacer = new Pacer(clock)
  const camera = new LiveCamera({ clip, pacer, random: () => 0xffff_0000, ...options })
  const units: LiveUnit[] = []
  return { clock, pacer, camera, units, reader: { onUnit: (unit: LiveUnit) => units.push(unit) } }
}

describe('a camera playing its clip', () => {
  it('gives each unit when it is due, over the seam, with timestamps that grow', async () => {
    const { clock, pacer, camera, units, reader } = setUp({ law: 'pcma' })
    using _ = camera.main.watch(reader)
    expect(units).toHaveLength(1) // the key picture of this moment
    await clock.advance(5000)
    const pictures = units.filter((unit) => unit.track.kind === 'video')
    const sounds = units.filter((unit) => unit.track.kind === 'audio')
    expect(pictures).toHaveLength(51)
    expect(sounds).toHaveLength(125)
    for (const [row, step] of [[pictures, 9000], [sounds, 320]] as const) // biome-ignore format: a table
      for (let i = 1; i < row.length; i++) expect((row[i]!.timestamp - row[i - 1]!.timestamp) >>> 0).toBe(step)
    expect(pictures.map((unit) => unit.unit.data[0]![1])).toEqual(Array.from({ length: 51 }, (_, i) => i % 20))
    await pacer[Symbol.asyncDispose]()
  })

  it('starts a new reader at the last key picture, and gives everybody the same units', async () => {
    const { clock, pacer, camera, units, reader } = setUp()
    const first = camera.main.watch(reader)
    await clock.advance(1450)
    const late: LiveUnit[] = []
    using _ = camera.main.watch({ onUnit: (unit) => late.push(unit) })
    expect(late.map((unit) => unit.unit.data[0]![1])).toEqual([10, 11, 12, 13, 14])
    await clock.advance(300)
    expect(late.slice(5)).toEqual(units.slice(15))
    first[Symbol.dispose]()
    const before = units.length
    await clock.advance(1000)
    expect(units).toHaveLength(before)
    expect(late).toHaveLength(5 + 13)
    await pacer[Symbol.asyncDispose]()
  })

  it('skips to a key picture after it was not served for long', () => {
    const { camera, units, reader } = setUp()
    using _ = camera.main.watch(reader)
    const next = camera.main.advance(10_550)
    expect(next).toBe(10_600)
    expect(units[1]!.unit.isKey).toBe(true)
    expect(units).toHaveLength(1 + 6)
  })

  it('costs nothing while nobody watches', async () => {
    const { clock, pacer, camera, reader } = setUp()
    camera.main.watch(reader)[Symbol.dispose]()
    await clock.advance(100)
    let slept = 0
    clock.sleep = () => {
      slept++
      return Promise.resolve()
    }
    await clock.advance(10_000)
    expect(slept).toBe(0)
    await pacer[Symbol.asyncDispose]()
  })

  it('shows the still and the motion of its moment', () => {
    const { camera } = setUp({ phaseMs: 100 })
    expect(camera.positionMs(0)).toBe(100)
    expect(camera.picture(1000)?.fromMs).toBe(1000)
    expect(camera.motions(1400)).toHaveLength(0)
    expect(camera.motions(1500)).toHaveLength(1)
    expect(camera.motions(2150)).toHaveLength(1) // goes on over the seam
    expect(camera.motions(2200)).toHaveLength(0)
  })
})

describe('stamping', () => {
  it('gives a session its own SSRC and numbers, and leaves the shared packets alone', () => {
    const { camera, units, reader } = setUp()
    using _ = camera.main.watch(reader)
    const unit = units[0]!
    const before = unit.packets.map((packet) => packet.slice())
    const stamp = new RtpStamp(0x01020304, 0xffff)
    const packets = split4571(stamp.framed(unit)).map((bytes) => RtpPacket.decode(bytes))
    expect(packets.map((packet) => packet.sequence)).toEqual([0xffff, 0, 1, 2])
    expect(packets.every((packet) => packet.ssrc === 0x01020304 && packet.timestamp === unit.timestamp)).toBe(true)
    expect(packets.at(-1)!.marker).toBe(true)
    expect(unit.packets).toEqual(before)
    expect(Math.max(...unit.packets.map((packet) => packet.length))).toBe(MAX_PACKET_BYTES)
    const frames = stamp.interleaved(unit, 2)
    expect(frames.subarray(0, 4)).toEqual(Uint8Array.of(0x24, 2, 0, unit.packets[0]!.length))
    expect(stamp.datagrams(unit).map((bytes) => RtpPacket.decode(bytes).sequence)).toEqual([7, 8, 9, 10])
    expect(stamp.packets).toBe(12)

    const depacketizer = createDepacketizer('h264')
    for (const packet of packets) depacketizer.push(packet)
    expect(depacketizer.take()?.data).toEqual(unit.unit.data)
  })
})
