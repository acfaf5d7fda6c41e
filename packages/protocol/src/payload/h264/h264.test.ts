// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, unhex } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import { encodeRtp, RtpPacket } from '../../rtp/packet.ts'
import { MAX_UNIT_BYTES } from '../../rtp/unit.ts'
import { splitAnnexB } from '../nal.ts'
import type { AccessUnit } from '../unit.ts'
import { MAX_UNIT_PIECES } from '../unit.ts'
import { H264Depacketizer } from './depacketizer.ts'
import { H264Packetizer } from './packetizer.ts'

const bytes = (text: string) => unhex(text)!
const SPS = '6742c00bd90479'
const PPS = '68cb83cb20'

/** payloads of one unit, `!` for the marker -> the NAL units they mean */
const rows: readonly [string, string[], string[]][] = [
  ['single units', [SPS, PPS, '658801020304!'], [SPS, PPS, '658801020304']],
  ['STAP-A', [`78 0007 ${SPS} 0005 ${PPS} 0003 658801!`], [SPS, PPS, '658801']],
  ['FU-A', ['7c85 0102', '7c05 0304', '7c45 05!'], ['650102030405']],
  ['STAP-A and FU-A', [`78 0007 ${SPS} 0005 ${PPS}`, '7c85 aa', '7c45 bb!'], [SPS, PPS, '65aabb']],
]
const faults: readonly [string, string, string][] = [
  ['nothing', '', 'h264.short'],
  ['STAP-A with a size past the end', '78 0009 6742', 'h264.stap'],
  ['STAP-A with an empty unit', '78 0000', 'h264.stap'],
  ['STAP-A with half a size', '78 0000 00', 'h264.stap'],
  ['STAP-A inside STAP-A', '78 0003 780001', 'h264.stap'],
  ['FU-A without piece', '7c85', 'h264.fu'],
  ['FU-A first and last at once', '7cc5 01', 'h264.fu'],
  ['FU-A of a STAP-A', '7c98 01', 'h264.fu'],
  ['STAP-B', '79 0000 0001 65', 'h264.interleaved'],
  ['reserved type 30', '7e 00', 'h264.type'],
]

let sequence = 0
const packet = (payload: Uint8Array, marker: boolean, timestamp = 1000) =>
  RtpPacket.decode(encodeRtp({ payloadType: 96, sequence: sequence++, timestamp, ssrc: 1, marker, payload }))
const read = (text: string, timestamp?: number) => packet(bytes(text.replace('!', '')), text.endsWith('!'), timestamp)
function all(depacketizer: H264Depacketizer): AccessUnit[] {
  const units: AccessUnit[] = []
  for (let unit = depacketizer.take(); unit; unit = depacketizer.take()) units.push(unit)
  return units
}
function unitsOf(payloads: readonly string[]): AccessUnit[] {
  const depacketizer = new H264Depacketizer()
  for (const payload of payloads) depacketizer.push(read(payload))
  return all(depacketizer)
}

describe('H.264 out of RTP, RFC 6184', () => {
  it.each(rows)('reads %s', (_, payloads, nals) => {
    expect(unitsOf(payloads)).toMatchObject([{ timestamp: 1000, isKey: true, isDamaged: false, data: nals.map(bytes) }])
  })

  it.each(faults)('refuses %s, and goes on with the next unit', (_, payload, code) => {
    const depacketizer = new H264Depacketizer()
    expect(() => depacketizer.push(read(payload))).toThrow(expect.objectContaining({ code }))
    depacketizer.push(read('4101!'))
    depacketizer.push(read('4102!', 2000))
    expect(all(depacketizer)).toMatchObject([
      { isDamaged: true, data: [bytes('4101')] },
      { isDamaged: false, data: [bytes('4102')] },
    ])
  })

  it('ends a unit at another timestamp when the marker is missing', () => {
    const depacketizer = new H264Depacketizer()
    depacketizer.push(read('4101', 1000))
    depacketizer.push(read('4102', 2000))
    depacketizer.flush()
    expect(all(depacketizer)).toMatchObject([
      { timestamp: 1000, isDamaged: false },
      { timestamp: 2000, isDamaged: false },
    ])
  })

  it('puts parameter sets with a marker or time of their own before their picture', () => {
    const depacketizer = new H264Depacketizer()
    depacketizer.push(read(`${SPS}!`, 1000))
    depacketizer.push(read(PPS, 1001))
    depacketizer.push(read('6588!', 2000))
    expect(all(depacketizer)).toMatchObject([{ timestamp: 2000, isKey: true, data: [SPS, PPS, '6588'].map(bytes) }])
  })

  it('drops a fragmented unit that lost a piece, and invents nothing', () => {
    const depacketizer = new H264Depacketizer()
    depacketizer.push(read('4101'))
    depacketizer.push(read('7c81 0102'))
    depacketizer.markLoss()
    depacketizer.push(read('7c41 05!'))
    expect(all(depacketizer)).toMatchObject([{ isDamaged: true, data: [bytes('4101')] }])
  })

  it('tells of a unit of which only an end came', () => {
    expect(unitsOf(['7c41 05!'])).toMatchObject([{ isDamaged: true, data: [] }])
  })

  it.each([
    ['two units', ['4101!'], ['4102!'], [false, true]],
    ['a unit and a key picture with parameter sets', ['4101!'], [SPS, '6588!'], [false, false]],
    ['a cut unit and the next', ['4101'], ['4102!'], [true, true]],
  ] as const)('after loss between %s, damage is where it may be', (_, first, second, damaged) => {
    const depacketizer = new H264Depacketizer()
    for (const payload of first) depacketizer.push(read(payload, 1000))
    depacketizer.markLoss()
    for (const payload of second) depacketizer.push(read(payload, 2000))
    expect(all(depacketizer).map((unit) => unit.isDamaged)).toEqual(damaged)
  })

  it('reports parameter sets seen in band, once, and again when they change', () => {
    const depacketizer = new H264Depacketizer({ parameterSets: [bytes(SPS), bytes(PPS)] })
    depacketizer.push(read(SPS))
    depacketizer.push(read(PPS))
    depacketizer.push(read('6588!'))
    depacketizer.push(read('6742c00c00', 2000))
    depacketizer.push(read('6588!', 2000))
    const [first, second] = all(depacketizer)
    expect(first?.parameterSets).toBeUndefined()
    expect(second?.parameterSets).toEqual([bytes('6742c00c'), bytes(PPS)])
    expect(depacketizer.parameterSets).toEqual(second?.parameterSets)
  })

  it('leaves out the filler that Hikvision cameras put behind described parameter sets', () => {
    const described = new H264Depacketizer({
      parameterSets: [bytes(`${SPS} 000000 2a55`), bytes(`${PPS}0000`), bytes('')],
    })
    expect(described.parameterSets).toEqual([bytes(SPS), bytes(PPS)])
  })

  it(`gives up a unit of more than ${MAX_UNIT_BYTES} bytes or ${MAX_UNIT_PIECES} pieces`, () => {
    const big = new H264Depacketizer()
    const piece = new Uint8Array(60_000).fill(0x55)
    piece.set([0x7c, 0x81])
    big.push(packet(piece, false))
    piece[1] = 1
    for (let sent = 60_000; sent < MAX_UNIT_BYTES + 60_000; sent += 60_000) big.push(packet(piece, false))
    big.push(read('4102!'))
    expect(all(big)).toMatchObject([{ isDamaged: true, data: [] }])
    const many = new H264Depacketizer()
    for (let i = 0; i <= MAX_UNIT_PIECES; i++) many.push(read('4101'))
    many.flush()
    const [unit] = all(many)
    expect(unit?.isDamaged).toBe(true)
    expect(unit?.data.length).toBe(MAX_UNIT_PIECES)
  })
})

describe('H.264 into RTP, RFC 6184', () => {
  const options = { payloadType: 96, ssrc: 7, sequence: 65_534, maxPacketBytes: 100 }
  const file = readFileSync(new URL('../../../vectors/ffmpeg/picture.h264', import.meta.url))
  const drawn = splitAnnexB(new Uint8Array(file))

  it('counts sequence numbers through zero and marks the last packet', () => {
    const packetizer = new H264Packetizer(options)
    const packets = packetizer
      .packetize({ data: [bytes(SPS), new Uint8Array(200).fill(0x65)] }, 9)
      .map(RtpPacket.decode)
    expect(packets.map((p) => p.sequence)).toEqual([65_534, 65_535, 0, 1])
    expect(packets.map((p) => p.marker)).toEqual([false, false, false, true])
    expect(packetizer.sequence).toBe(2)
  })

  it('writes the bytes of RFC 6184', () => {
    const plain = new H264Packetizer({ ...options, maxPacketBytes: 64 })
    const long = Uint8Array.from({ length: 60 }, (_, i) => (i === 0 ? 0x65 : i))
    const [first, second] = plain.packetize({ data: [long] }, 9).map((p) => RtpPacket.decode(p).payload)
    expect(first?.subarray(0, 3)).toEqual(bytes('7c8501'))
    expect(second?.subarray(0, 3)).toEqual(bytes('7c4533'))
    const joined = new H264Packetizer({ ...options, isAggregating: true })
    const [stap] = joined.packetize({ data: [bytes(SPS), bytes(PPS)] }, 9).map((p) => RtpPacket.decode(p).payload)
    expect(stap).toEqual(bytes(`78 0007 ${SPS} 0005 ${PPS}`))
  })

  it('has no fragments in mode 0', () => {
    const packetizer = new H264Packetizer({ ...options, packetizationMode: 0 })
    expect(() => packetizer.packetize({ data: [new Uint8Array(200).fill(0x65)] }, 9)).toThrow(WireError)
  })

  it.each([false, true])('carries an encoder’s stream whole (aggregating: %s)', (isAggregating) => {
    const packetizer = new H264Packetizer({ ...options, maxPacketBytes: 64, isAggregating })
    const depacketizer = new H264Depacketizer()
    const pictures: Uint8Array[][] = []
    for (const nal of drawn) (nal[0] === 9 ? pictures[pictures.push([]) - 1]! : pictures.at(-1)!).push(nal)
    for (const [i, data] of pictures.entries())
      for (const p of packetizer.packetize({ data }, i * 9000)) depacketizer.push(RtpPacket.decode(p))
    const units = all(depacketizer)
    expect(units.map((unit) => unit.data)).toEqual(pictures)
    expect(units.map((unit) => unit.isKey)).toEqual([true, false, false, true, false, false])
    expect(units.filter((unit) => unit.parameterSets)).toHaveLength(1)
  })

  it('gives back what went in, whatever the limit', () => {
    const nal = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((b) => {
      b[0] = 0x61
      return b
    })
    const unit = fc.array(nal, { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(unit, fc.integer({ min: 64, max: 400 }), fc.boolean(), (data, maxPacketBytes, isAggregating) => {
        const before = data.map((b) => b.slice())
        const packets = new H264Packetizer({ ...options, maxPacketBytes, isAggregating }).packetize({ data }, 5)
        expect(Math.max(...packets.map((p) => p.length))).toBeLessThanOrEqual(maxPacketBytes)
        const depacketizer = new H264Depacketizer()
        for (const p of packets) depacketizer.push(RtpPacket.decode(p))
        expect(all(depacketizer)).toMatchObject([{ isDamaged: false, data }])
        expect(data).toEqual(before)
      }),
    )
  })

  it('answers any payloads with units or WireErrors', () => {
    const seeds = rows.map(([, payloads]) => [payloads.map((text) => bytes(text.replace('!', '')))] as [Uint8Array[]])
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (payloads) => {
        const depacketizer = new H264Depacketizer()
        for (const [i, payload] of payloads.entries()) {
          const before = payload.slice()
          try {
            depacketizer.push(packet(payload, i % 3 === 2, i >> 2))
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
          expect(payload).toEqual(before)
        }
        depacketizer.flush()
        const inBytes = concat(payloads).length
        expect(all(depacketizer).reduce((sum, unit) => sum + concat(unit.data).length, 0)).toBeLessThanOrEqual(inBytes)
      }),
      { examples: seeds },
    )
  })
})
