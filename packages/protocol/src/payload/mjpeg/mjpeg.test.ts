// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, u16, unhex } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import { encodeRtp, RtpPacket } from '../../rtp/packet.ts'
import type { AccessUnit, DepacketizerOptions } from '../unit.ts'
import { MjpegDepacketizer } from './depacketizer.ts'
import { jpegHeader, parseJpeg } from './jfif.ts'
import { MjpegPacketizer } from './packetizer.ts'
import { quantizationTables } from './tables.ts'

const vector = (name: string) => new Uint8Array(readFileSync(new URL(`../../../vectors/${name}`, import.meta.url)))
const restart = vector('ffmpeg/picture-420-restart.jpg')
const wide = vector('gstreamer/picture-422.jpg')
const options = { payloadType: 26, ssrc: 7, sequence: 0, maxPacketBytes: 400 }
const bytes = (text: string) => unhex(text)!

function carry(packets: readonly Uint8Array[], known: DepacketizerOptions = {}): AccessUnit[] {
  const depacketizer = new MjpegDepacketizer(known)
  for (const packet of packets) depacketizer.push(RtpPacket.decode(packet))
  return all(depacketizer)
}
function all(depacketizer: MjpegDepacketizer): AccessUnit[] {
  const units: AccessUnit[] = []
  for (let unit = depacketizer.take(); unit; unit = depacketizer.take()) units.push(unit)
  return units
}
/** A picture of this size whose scan is made up: good for packets, not for eyes. */
function drawn(width: number, height: number, q = 50): Uint8Array {
  const both = quantizationTables(q)
  const tables = [both.subarray(0, 64), both.subarray(64)] as const
  const head = jpegHeader({ sampling: 1, width, height, restartInterval: 0, tables })
  return concat([head, new Uint8Array(900).fill(0x5a), bytes('ffd9')])
}

describe('JPEG files for RTP, RFC 2435 §4.1', () => {
  it('takes 4:2:0 with restart markers apart', () => {
    const jpeg = parseJpeg(restart)
    expect(jpeg).toMatchObject({ sampling: 1, width: 64, height: 48, restartInterval: 4 })
    expect(jpeg.tables[0]).toEqual(jpeg.tables[1]) // ffmpeg draws with one table
  })

  it('takes 4:2:2 apart', () => {
    expect(parseJpeg(wide)).toMatchObject({ sampling: 0, width: 64, height: 48, restartInterval: 0 })
  })

  it.each([
    ['nothing', bytes(''), 'mjpeg.file'],
    ['a file that ends in a header', restart.subarray(0, 40), 'mjpeg.file'],
    ['a scan without frame', bytes('ffd8 ffda0002 55'), 'mjpeg.file'],
    ['fill bytes without end', new Uint8Array(50).fill(0xff).fill(0xd8, 1, 2), 'mjpeg.file'],
    ['Huffman tables of its own', vector('ffmpeg/picture-own-huffman.jpg'), 'mjpeg.kind'],
    ['a progressive file', bytes('ffd8 ffc2 0002'), 'mjpeg.kind'],
    ['a grey file', bytes('ffd8 ffc0 000b 08 0008 0008 01 011100'), 'mjpeg.kind'],
    ['4:4:4', bytes('ffd8 ffc0 0011 08 0008 0008 03 011100 021101 031101'), 'mjpeg.kind'],
  ])('refuses %s', (_, file, code) => {
    expect(() => parseJpeg(file)).toThrow(expect.objectContaining({ code }))
  })

  it('knows the tables of Q 50 and its neighbours, RFC 2435 Appendix A', () => {
    expect([...quantizationTables(50).subarray(0, 6)]).toEqual([16, 11, 12, 14, 12, 10])
    expect([...quantizationTables(50).subarray(64, 70)]).toEqual([17, 18, 18, 24, 21, 24])
    expect(quantizationTables(1)[0]).toBe(255)
    expect(quantizationTables(99)[0]).toBe(1)
  })
})

describe('JPEG in RTP, RFC 2435', () => {
  it.each([
    ['4:2:0 with restart markers', restart],
    ['4:2:2', wide],
  ])('carries %s: the same tables, size and scan', (_, file) => {
    const packets = new MjpegPacketizer(options).packetize({ data: [file] }, 9000)
    expect(Math.max(...packets.map((p) => p.length))).toBeLessThanOrEqual(400)
    const [unit] = carry(packets)
    expect(unit).toMatchObject({ codec: 'mjpeg', timestamp: 9000, isKey: true, isDamaged: false })
    expect(parseJpeg(unit!.data[0]!)).toEqual(parseJpeg(file))
  })

  it('says Q for the tables of a Q from 1 to 99, and sends others along', () => {
    const head = (file: Uint8Array) =>
      RtpPacket.decode(new MjpegPacketizer(options).packetize({ data: [file] }, 0)[0]!).payload
    expect(head(drawn(64, 48, 33))[5]).toBe(33)
    const inBand = head(restart)
    expect(inBand[5]).toBe(255)
    expect(inBand.subarray(8, 16)).toEqual(bytes('0004ffff 0000 0080'))
    expect(carry(new MjpegPacketizer(options).packetize({ data: [drawn(64, 48, 33)] }, 0))[0]!.data).toEqual([
      drawn(64, 48, 33),
    ])
  })

  it('sends size 0 above 2040 pixels and takes it from the description', () => {
    const packets = new MjpegPacketizer(options).packetize({ data: [drawn(2560, 1440)] }, 0)
    expect(RtpPacket.decode(packets[0]!).payload.subarray(6, 8)).toEqual(bytes('0000'))
    const [unit] = carry(packets, { dimensions: { width: 2560, height: 1440 } })
    expect(parseJpeg(unit!.data[0]!)).toMatchObject({ width: 2560, height: 1440 })
    expect(() => carry(packets)).toThrow(expect.objectContaining({ code: 'mjpeg.dimensions' }))
  })

  it('takes a size that is not whole blocks from the description', () => {
    const packets = new MjpegPacketizer(options).packetize({ data: [drawn(1278, 718)] }, 0)
    expect(parseJpeg(carry(packets)[0]!.data[0]!)).toMatchObject({ width: 1280, height: 720 })
    const exact = carry(packets, { dimensions: { width: 1278, height: 718 } })
    expect(parseJpeg(exact[0]!.data[0]!)).toMatchObject({ width: 1278, height: 718 })
  })

  it('remembers the tables of Q 128 to 254, which are sent once', () => {
    const [packet] = new MjpegPacketizer({ ...options, maxPacketBytes: 1400 }).packetize(
      { data: [drawn(64, 48, 33)] },
      0,
    )
    const { payload } = RtpPacket.decode(packet!)
    const head = payload.slice(0, 8)
    head[5] = 200
    const frame = (parts: Uint8Array[], timestamp: number) =>
      encodeRtp({ payloadType: 26, sequence: 0, timestamp, ssrc: 1, marker: true, payload: concat(parts) })
    const full = frame([head, bytes('0000 0080'), quantizationTables(33), payload.subarray(8)], 1)
    const short = frame([head, bytes('0000 0000'), payload.subarray(8)], 2)
    expect(carry([full, short]).map((unit) => unit.data)).toEqual([[drawn(64, 48, 33)], [drawn(64, 48, 33)]])
    expect(() => carry([short])).toThrow(expect.objectContaining({ code: 'mjpeg.tables' }))
  })

  it('has no picture when a piece is missing, whether or not the loss was told', () => {
    const packets = new MjpegPacketizer(options).packetize({ data: [restart] }, 0)
    expect(packets.length).toBeGreaterThan(2)
    for (let missing = 0; missing < packets.length - 1; missing++)
      expect(carry(packets.filter((_, i) => i !== missing))).toMatchObject([{ isDamaged: true, data: [] }])
    const depacketizer = new MjpegDepacketizer()
    for (const packet of packets.slice(0, -1)) depacketizer.push(RtpPacket.decode(packet))
    depacketizer.flush()
    expect(all(depacketizer)).toMatchObject([{ isDamaged: true, data: [] }])
  })

  it('answers any payloads with units or WireErrors', () => {
    const seed = new MjpegPacketizer(options).packetize({ data: [restart] }, 0).map((p) => RtpPacket.decode(p).payload)
    const head = fc.tuple(fc.constantFrom(0, 1, 64, 65, 2, 200), fc.nat(255)).map(([t, q]) => [0, 0, 0, 0, t, q, 8, 6])
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(head, fc.uint8Array({ maxLength: 200 })).map(([h, rest]) => Uint8Array.of(...h, ...rest)),
    )
    fc.assert(
      fc.property(fc.array(payload), (payloads) => {
        const depacketizer = new MjpegDepacketizer()
        for (const [i, input] of payloads.entries()) {
          const packet = encodeRtp({
            payloadType: 26,
            sequence: i,
            timestamp: i >> 1,
            ssrc: 1,
            marker: i % 3 === 2,
            payload: input,
          })
          try {
            depacketizer.push(RtpPacket.decode(packet))
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
        }
        depacketizer.flush()
        for (const unit of all(depacketizer)) for (const file of unit.data) expect(u16(file, 0)).toBe(0xffd8)
      }),
      { examples: [[seed]] },
    )
  })

  it('answers any file with packets or a WireError', () => {
    fc.assert(
      fc.property(fc.nat(restart.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, noise) => {
        const file = restart.slice()
        file.set(noise.subarray(0, file.length - at), at)
        try {
          expect(new MjpegPacketizer(options).packetize({ data: [file] }, 0).length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
