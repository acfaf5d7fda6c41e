// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, unhex } from '../base/bytes.ts'
import type { CodecName } from './codec.ts'
import { encodeRtp, isRtcp, RtpPacket } from './packet.ts'
import { MAX_FRAMED_PACKETS, split4571 } from './rfc4571.ts'
import { MAX_UNIT_BYTES, type MediaUnit } from './unit.ts'
import { UnitAssembler } from './unit-assembler.ts'

const senderReport = unhex('80c80006 00000007 83aa7e80 00000000 00000064 00000001 00000002')!
const receiverReport = unhex('80c90001 00000007')!
const bye = unhex('81cb0001 00000007')!

interface Shot {
  sequence: number
  timestamp?: number
  marker?: boolean
  payload?: string | Uint8Array
  payloadType?: number
  ssrc?: number
}
const rtp = (shot: Shot): Uint8Array => {
  const { sequence, timestamp = 0, marker = false, payload = '41', payloadType = 96, ssrc = 7 } = shot
  const bytes = typeof payload === 'string' ? unhex(payload)! : payload
  return encodeRtp({ sequence, timestamp, marker, payloadType, ssrc, payload: bytes })
}
const assembler = (codec: CodecName = 'h264', payloadType?: number) => {
  const units: MediaUnit[] = []
  const onUnit = (unit: MediaUnit) => units.push(unit)
  const made = new UnitAssembler(payloadType === undefined ? { codec, onUnit } : { codec, payloadType, onUnit })
  return { made, units }
}
const run = (codec: CodecName, ...packets: (Shot | Uint8Array)[]): MediaUnit[] => {
  const { made, units } = assembler(codec)
  for (const packet of packets) made.push(packet instanceof Uint8Array ? packet : rtp(packet))
  made.flush()
  return units
}
const sequences = (unit: MediaUnit): (number | string)[] =>
  split4571(unit.payload).map((packet) =>
    isRtcp(packet) ? hex(packet.subarray(1, 2)) : RtpPacket.decode(packet).sequence,
  )

describe('units of video', () => {
  it('ends a picture at the marker', () => {
    const units = run(
      'h264',
      { sequence: 1 },
      { sequence: 2, marker: true },
      { sequence: 3, timestamp: 9, marker: true },
    )
    expect(units.map(sequences)).toEqual([[1, 2], [3]])
    expect(units.map((unit) => unit.timestamp)).toEqual([0, 9])
    expect(units[0]).toMatchObject({ kind: 'video', isKey: false, isDamaged: false, sizeBytes: 30 })
  })

  it('keeps nothing of the bytes handed in: they may be overwritten at once', () => {
    const { made, units } = assembler()
    const packets = [
      senderReport,
      rtp({ sequence: 1, payload: '41aa' }),
      rtp({ sequence: 2, payload: '41bb', marker: true }),
    ]
    for (const packet of packets) {
      const lent = packet.slice()
      made.push(lent)
      lent.fill(0xff)
    }
    expect(units.map(({ payload }) => split4571(payload))).toEqual([packets])
  })

  it('ends a picture where the timestamp changes, without a marker', () => {
    const units = run('h264', { sequence: 1 }, { sequence: 2 }, { sequence: 3, timestamp: 9 })
    expect(units.map(sequences)).toEqual([[1, 2], [3]])
    expect(units.some((unit) => unit.isDamaged)).toBe(false)
  })

  it('keeps parameter sets with their picture, though each has a marker', () => {
    const units = run(
      'h264',
      { sequence: 1, marker: true, payload: '6742' },
      { sequence: 2, marker: true, payload: '68ce' },
      { sequence: 3, marker: true, payload: '6588' },
    )
    expect(units.map(sequences)).toEqual([[1, 2, 3]])
    expect(units[0]!.isKey).toBe(true)
  })

  it.each([
    ['h264', 'IDR', '6588', true],
    ['h264', 'slice', '4188', false],
    ['h264', 'SPS alone', '6742', false],
    ['h264', 'STAP-A with IDR', '78 0002 6742 0002 68ce 0002 6588', true],
    ['h264', 'STAP-A without', '78 0002 6742 0002 4188', false],
    ['h264', 'STAP-A of cut lengths', '78 ffff 65', true],
    ['h264', 'FU-A start of IDR', '7c85 00', true],
    ['h264', 'FU-A middle of IDR', '7c05 00', false],
    ['h264', 'FU-A start of slice', '5c81 00', false],
    ['h264', 'FU-A cut', '7c', false],
    ['h265', 'IDR_W_RADL', '2601 00', true],
    ['h265', 'CRA', '2a01 00', true],
    ['h265', 'TRAIL_R', '0201 00', false],
    ['h265', 'VPS', '4001 00', false],
    ['h265', 'AP with IRAP', '6001 0003 400100 0003 260100', true],
    ['h265', 'AP without', '6001 0003 400100 0003 020100', false],
    ['h265', 'FU start of IRAP', '6201 93 00', true],
    ['h265', 'FU middle of IRAP', '6201 13 00', false],
    ['h265', 'cut', '26', false],
    ['mjpeg', 'picture', '00000000', true],
    ['mjpeg', 'nothing', '', true],
  ] as const)('%s: sees whether a decoder can start at %s', (codec, _, payload, isKey) => {
    expect(run(codec, { sequence: 1, marker: true, payload })[0]!.isKey).toBe(isKey)
  })

  it('marks both sides of a gap between pictures, one inside it alone', () => {
    const between = run(
      'h264',
      { sequence: 1 },
      { sequence: 3, timestamp: 9, marker: true },
      { sequence: 4, timestamp: 18 },
    )
    expect(between.map((unit) => unit.isDamaged)).toEqual([true, true, false])
    const inside = run('h264', { sequence: 1 }, { sequence: 3, marker: true }, { sequence: 4, timestamp: 9 })
    expect(inside.map((unit) => unit.isDamaged)).toEqual([true, false])
    const before = run('h264', { sequence: 1, marker: true }, { sequence: 3, timestamp: 9, marker: true })
    expect(before.map((unit) => unit.isDamaged)).toEqual([false, true])
  })

  it('counts what is lost, and throws away what is late or no RTP', () => {
    const { made } = assembler()
    for (const sequence of [65534, 65535, 2, 1, 2]) made.push(rtp({ sequence, timestamp: sequence }))
    made.push(unhex('00')!)
    expect(made.stats).toEqual({ packets: 3, lost: 2, discarded: 3, units: 2 })
  })

  it('goes on where the sender begins anew', () => {
    const units = run(
      'h264',
      { sequence: 1000, marker: true },
      { sequence: 5, timestamp: 9, marker: true },
      { sequence: 6, timestamp: 18, marker: true },
      { sequence: 900, timestamp: 1, marker: true, ssrc: 8 },
    )
    expect(units.map((unit) => unit.isDamaged)).toEqual([false, true, false, false])
  })

  it('takes one payload type if told so, and sees no loss in the others', () => {
    const { made, units } = assembler('h264', 96)
    made.push(rtp({ sequence: 1 }))
    made.push(rtp({ sequence: 2, payloadType: 112 }))
    made.push(rtp({ sequence: 90, payloadType: 112, ssrc: 99 }))
    made.push(rtp({ sequence: 3, marker: true }))
    expect(units.map(sequences)).toEqual([[1, 3]])
    expect(made.stats).toMatchObject({ lost: 0, discarded: 2 })
  })

  it('marks a loss that it is told of', () => {
    const { made, units } = assembler()
    made.push(rtp({ sequence: 1, marker: true }))
    made.markLoss()
    made.push(rtp({ sequence: 2, marker: true }))
    made.push(rtp({ sequence: 3, marker: true }))
    expect(units.map((unit) => unit.isDamaged)).toEqual([false, true, false])
  })

  it('gives up a picture over the limit and marks the next', () => {
    const { made, units } = assembler()
    const payload = new Uint8Array(60_000).fill(0x41)
    const count = Math.ceil(MAX_UNIT_BYTES / payload.length) + 2
    for (let sequence = 0; sequence < count; sequence++) made.push(rtp({ sequence, payload }))
    made.push(rtp({ sequence: count, timestamp: 9, marker: true }))
    expect(units.map(sequences)).toEqual([[count]])
    expect(units[0]!.isDamaged).toBe(true)
    expect(made.stats.discarded).toBe(count)
  })
})

describe('a unit of very many packets', () => {
  it('is given up at the limit of the framing', () => {
    const { made, units } = assembler()
    for (let i = 0; i <= MAX_FRAMED_PACKETS; i++) made.push(rtp({ sequence: i & 0xffff }))
    made.flush()
    expect(units).toEqual([])
    expect(made.stats.discarded).toBe(MAX_FRAMED_PACKETS + 1)
  })
})

describe('RTCP in units', () => {
  it('puts what the sender tells before the unit that follows', () => {
    const units = run(
      'h264',
      senderReport,
      { sequence: 1 },
      bye,
      { sequence: 2, marker: true },
      { sequence: 3, timestamp: 9, marker: true },
    )
    expect(units.map(sequences)).toEqual([
      ['c8', 1, 2],
      ['cb', 3],
    ])
  })

  it('leaves out receiver reports, also inside a compound', () => {
    const compound = Uint8Array.of(...senderReport, ...receiverReport, ...bye)
    const units = run('h264', receiverReport, compound, unhex('80c80009')!, { sequence: 1, marker: true })
    expect(split4571(units[0]!.payload)[0]).toEqual(Uint8Array.of(...senderReport, ...bye))
    expect(split4571(units[0]!.payload)).toHaveLength(2)
  })

  it('keeps the newest four when no picture comes', () => {
    const units = run('h264', bye, senderReport, senderReport, senderReport, senderReport, {
      sequence: 1,
      marker: true,
    })
    expect(sequences(units[0]!)).toEqual(['c8', 'c8', 'c8', 'c8', 1])
  })
})

describe('units of sound', () => {
  const sound = (sequence: number, timestamp: number, ticks: number): Shot => ({
    sequence,
    timestamp,
    payloadType: 8,
    payload: new Uint8Array(ticks).fill(0xd5),
  })

  it('gathers up to 40 ms', () => {
    const units = run(
      'pcma',
      sound(1, 0, 160),
      sound(2, 160, 160),
      sound(3, 320, 320),
      sound(4, 640, 240),
      sound(5, 880, 240),
    )
    expect(units.map(sequences)).toEqual([[1, 2], [3], [4], [5]])
    expect(units.every((unit) => unit.isKey && unit.kind === 'audio')).toBe(true)
  })

  it('begins a unit where time jumps', () => {
    const units = run('pcmu', sound(1, 0, 160), sound(2, 8000, 160))
    expect(units.map(sequences)).toEqual([[1], [2]])
  })

  it('takes a packet longer than 40 ms as it is', () => {
    expect(run('pcmu', sound(1, 0, 800), sound(2, 800, 800)).map(sequences)).toEqual([[1], [2]])
  })
})

describe('units of any packets', () => {
  it('hold every packet taken, once and in order, and never throw', () => {
    const packet = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.record({
        sequence: fc.integer({ min: 0, max: 20 }),
        timestamp: fc.integer({ min: 0, max: 3 }),
        marker: fc.boolean(),
        payload: fc.uint8Array({ maxLength: 12 }),
      }),
    )
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 40 }),
        fc.constantFrom<CodecName>('h264', 'h265', 'mjpeg', 'pcma'),
        (list, codec) => {
          const { made, units } = assembler(codec)
          for (const one of list) made.push(one instanceof Uint8Array ? one : rtp(one))
          made.flush()
          const inside = units.flatMap((unit) => split4571(unit.payload)).filter((bytes) => !isRtcp(bytes))
          expect(inside).toHaveLength(made.stats.packets)
          expect(units).toHaveLength(made.stats.units)
        },
      ),
    )
  })
})
