// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unhex } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import { encodeRtp, RtpPacket } from '../../rtp/packet.ts'
import { splitAnnexB } from '../nal.ts'
import type { AccessUnit } from '../unit.ts'
import { H265Depacketizer } from './depacketizer.ts'
import { H265Packetizer } from './packetizer.ts'
import { describeSps } from './parameter-sets.ts'

const bytes = (text: string) => unhex(text)!
const VPS = '40010c01'
const SPS = '42010101'
const PPS = '4401c172'

/** payloads of one unit, `!` for the marker -> the NAL units they mean */
const rows: readonly [string, string[], string[]][] = [
  ['single units', [VPS, SPS, PPS, '2601af01!'], [VPS, SPS, PPS, '2601af01']],
  ['an aggregation packet', [`6001 0004 ${VPS} 0004 ${SPS} 0004 ${PPS} 0003 2601af!`], [VPS, SPS, PPS, '2601af']],
  ['fragments', ['6201 93 0102', '6201 13 0304', '6201 53 05!'], ['26010102030405']],
]
const faults: readonly [string, string, string][] = [
  ['one byte', '40', 'h265.short'],
  ['an aggregate with a size past the end', '6001 0009 4001', 'h265.ap'],
  ['an aggregate with a unit of one byte', '6001 0001 40', 'h265.ap'],
  ['an aggregate inside an aggregate', '6001 0003 600100', 'h265.ap'],
  ['a fragment without piece', '6201 93', 'h265.fu'],
  ['a fragment first and last at once', '6201 d3 01', 'h265.fu'],
  ['a fragment of an aggregate', '6201 b0 01', 'h265.fu'],
  ['PACI', '6401 0000', 'h265.type'],
]

let sequence = 0
const packet = (payload: Uint8Array, marker: boolean, timestamp = 1000) =>
  RtpPacket.decode(encodeRtp({ payloadType: 96, sequence: sequence++, timestamp, ssrc: 1, marker, payload }))
const read = (text: string, timestamp?: number) => packet(bytes(text.replace('!', '')), text.endsWith('!'), timestamp)
function all(depacketizer: H265Depacketizer): AccessUnit[] {
  const units: AccessUnit[] = []
  for (let unit = depacketizer.take(); unit; unit = depacketizer.take()) units.push(unit)
  return units
}

describe('H.265 out of RTP, RFC 7798', () => {
  it.each(rows)('reads %s', (_, payloads, nals) => {
    const depacketizer = new H265Depacketizer()
    for (const payload of payloads) depacketizer.push(read(payload))
    expect(all(depacketizer)).toMatchObject([{ isKey: true, isDamaged: false, data: nals.map(bytes) }])
  })

  it.each(faults)('refuses %s, and goes on with the next unit', (_, payload, code) => {
    const depacketizer = new H265Depacketizer()
    expect(() => depacketizer.push(read(payload))).toThrow(expect.objectContaining({ code }))
    depacketizer.push(read('020101!'))
    depacketizer.push(read('020102!', 2000))
    expect(all(depacketizer)).toMatchObject([{ isDamaged: true }, { isDamaged: false, data: [bytes('020102')] }])
  })

  it('drops a fragmented unit that lost a piece', () => {
    const depacketizer = new H265Depacketizer()
    depacketizer.push(read('6201 81 0102'))
    depacketizer.markLoss()
    depacketizer.push(read('6201 41 05!'))
    expect(all(depacketizer)).toMatchObject([{ isDamaged: true, data: [] }])
  })

  it('reports parameter sets seen in band in the order VPS, SPS, PPS', () => {
    const depacketizer = new H265Depacketizer()
    for (const payload of [PPS, SPS, VPS, '2601af!']) depacketizer.push(read(payload))
    expect(all(depacketizer)[0]?.parameterSets).toEqual([VPS, SPS, PPS].map(bytes))
  })
})

describe('H.265 into RTP, RFC 7798', () => {
  const options = { payloadType: 96, ssrc: 7, sequence: 0, maxPacketBytes: 64 }

  it('writes the bytes of RFC 7798', () => {
    const long = Uint8Array.from({ length: 60 }, (_, i) => [0x26, 0x01][i] ?? i)
    const [first, second] = new H265Packetizer(options).packetize({ data: [long] }, 9)
    expect(RtpPacket.decode(first!).payload.subarray(0, 4)).toEqual(bytes('6201 93 02'))
    expect(RtpPacket.decode(second!).payload.subarray(0, 4)).toEqual(bytes('6201 53 33'))
    const joined = new H265Packetizer({ ...options, isAggregating: true }).packetize(
      { data: [bytes(VPS), bytes(SPS)] },
      9,
    )
    expect(joined.map((p) => RtpPacket.decode(p).payload)).toEqual([bytes(`6001 0004 ${VPS} 0004 ${SPS}`)])
  })

  it.each([false, true])('carries an encoder’s stream whole (aggregating: %s)', (isAggregating) => {
    const file = readFileSync(new URL('../../../vectors/ffmpeg/picture.h265', import.meta.url))
    const pictures: Uint8Array[][] = []
    for (const nal of splitAnnexB(new Uint8Array(file)))
      (nal[0]! >> 1 === 35 ? pictures[pictures.push([]) - 1]! : pictures.at(-1)!).push(nal)
    const packetizer = new H265Packetizer({ ...options, isAggregating })
    const depacketizer = new H265Depacketizer()
    for (const [i, data] of pictures.entries())
      for (const p of packetizer.packetize({ data }, i * 9000)) depacketizer.push(RtpPacket.decode(p))
    const units = all(depacketizer)
    expect(units.map((unit) => unit.data)).toEqual(pictures)
    expect(units.map((unit) => unit.isKey)).toEqual([true, false, true, false])
    expect(describeSps(depacketizer.parameterSets[1]!)).toMatchObject({ width: 64, height: 48, frameRate: 10 })
  })

  it('gives back what went in, whatever the limit', () => {
    const nal = fc.uint8Array({ minLength: 2, maxLength: 300 }).map((b) => {
      b.set([0x02, 0x01])
      return b
    })
    const unit = fc.array(nal, { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(unit, fc.integer({ min: 64, max: 400 }), fc.boolean(), (data, maxPacketBytes, isAggregating) => {
        const packets = new H265Packetizer({ ...options, maxPacketBytes, isAggregating }).packetize({ data }, 5)
        expect(Math.max(...packets.map((p) => p.length))).toBeLessThanOrEqual(maxPacketBytes)
        const depacketizer = new H265Depacketizer()
        for (const p of packets) depacketizer.push(RtpPacket.decode(p))
        expect(all(depacketizer)).toMatchObject([{ isDamaged: false, data }])
      }),
    )
  })

  it('answers any payloads with units or WireErrors', () => {
    const seeds = rows.map(([, payloads]) => [payloads.map((text) => bytes(text.replace('!', '')))] as [Uint8Array[]])
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (payloads) => {
        const depacketizer = new H265Depacketizer()
        for (const [i, payload] of payloads.entries()) {
          const before = payload.slice()
          try {
            depacketizer.push(packet(payload, i % 3 === 2, i >> 2))
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
          expect(payload).toEqual(before)
        }
      }),
      { examples: seeds },
    )
  })
})

/** What x265 wrote at 25 frames a second. */
const sets: readonly [string, string, object][] = [
  [
    '1920x1080',
    '420101016000000300900000030000030078a003c08010e596566924caf0168080000003008000000c84',
    { width: 1920, height: 1080, codecString: 'hvc1.1.6.L120.90', profile: 'Main', frameRate: 25 },
  ],
  [
    '2560x1440',
    '420101016000000300900000030000030096a001402005a165959a4932bc05a0200000030020000003032100',
    { width: 2560, height: 1440, codecString: 'hvc1.1.6.L150.90', chromaFormat: 1, bitDepthLuma: 8, frameRate: 25 },
  ],
]

describe('sequence parameter set, H.265 §7.3.2.2', () => {
  it.each(sets)('reads %s', (_, input, meaning) => {
    expect(describeSps(bytes(input))).toMatchObject(meaning)
  })

  it.each([
    ['nothing', ''],
    ['a VPS', VPS],
    ['a set that ends in the profile', '42010101600000'],
    ['a width of 2^32', `4201 01 ${'01'.repeat(12)} d0000000 7fffffffff00`],
    ['zeros', `4201 01 ${'00'.repeat(40)}`],
  ])('refuses %s', (_, input) => {
    expect(() => describeSps(bytes(input))).toThrow(expect.objectContaining({ code: 'h265.sps' }))
  })

  it('answers any bytes with a description or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(41), (noise, from) => {
        const nal = bytes(sets[0]![1])
        nal.set(noise.subarray(0, nal.length - from), from)
        nal[0] = 0x42
        try {
          expect(describeSps(nal).width).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
