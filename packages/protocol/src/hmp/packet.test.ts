// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../../../docs/protocol/vectors/packets.json' with { type: 'json' }
import { concat, hex, unhex } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { MAX_PACKET_PAYLOAD_BYTES, MAX_SESSION_MESSAGE_BYTES } from './limits.ts'
import { decodeHeader, encodePacket, HEADER_BYTES, HeaderWriter, type PacketHeader, PacketType } from './packet.ts'
import { PacketSplitter } from './packet-splitter.ts'

const bytesOf = (text: string) => unhex(text)!

/** Packets as `header payload`, however the bytes are cut. */
const split = (chunks: readonly Uint8Array[]): string[] => {
  const packets: string[] = []
  let expected = 0
  const splitter = new PacketSplitter({
    onPacket(header, payload, offset) {
      expect(offset).toBe(expected)
      expected += HEADER_BYTES + payload.length
      packets.push(JSON.stringify(header) + hex(payload))
    },
  })
  for (const chunk of chunks) splitter.push(chunk)
  return packets
}

describe('packet header, hmp.md §3', () => {
  it.each(vectors.good)('reads and writes: $name', ({ bytes, header, payload }) => {
    const read = decodeHeader(bytesOf(bytes))
    expect(read).toEqual(header)
    expect(hex(encodePacket(read, bytesOf(payload)))).toBe(bytes)
  })

  it.each(vectors.bad)('refuses: $name', ({ bytes, error, at }) => {
    expect(() => decodeHeader(bytesOf(bytes))).toThrow(expect.objectContaining({ code: `hmp.${error}`, at }))
    expect(() => decodeHeader(bytesOf(bytes), 0, 1000)).toThrow(expect.objectContaining({ at: 1000 + at }))
  })

  it('takes the longest payloads and not one byte more', () => {
    const header = (type: PacketType, length: number) =>
      new HeaderWriter().write(type, 0, type === PacketType.video ? 1 : 0, 0, length)
    for (const [type, most] of [
      [PacketType.session, MAX_SESSION_MESSAGE_BYTES],
      [PacketType.video, MAX_PACKET_PAYLOAD_BYTES],
    ] as const) {
      expect(decodeHeader(header(type, most)).length).toBe(most)
      expect(() => decodeHeader(header(type, most + 1))).toThrow(expect.objectContaining({ code: 'hmp.length' }))
    }
  })

  it('makes headers that stay as they are while later ones are made', () => {
    const writer = new HeaderWriter()
    const headers = Array.from({ length: 1000 }, (_, i) => writer.write(PacketType.video, 0, 1, i, 1))
    expect(headers.map((bytes) => decodeHeader(bytes).sequence)).toEqual(headers.map((_, i) => i))
  })

  it('answers any bytes with a header or a WireError, and leaves them as they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        const before = bytes.slice()
        try {
          const header = decodeHeader(bytes)
          const written = new HeaderWriter().write(
            header.type,
            header.flags,
            header.stream,
            header.sequence,
            header.length,
          )
          expect(written).toEqual(bytes.subarray(0, HEADER_BYTES))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
        expect(bytes).toEqual(before)
      }),
      { examples: [...vectors.good, ...vectors.bad].map(({ bytes }) => [bytesOf(bytes)] as [Uint8Array]) },
    )
  })
})

describe('packet splitter', () => {
  const stream = concat(vectors.good.map(({ bytes }) => bytesOf(bytes)))
  const wanted = vectors.good.map(({ header, payload }) => JSON.stringify(header) + payload)

  it('gives the same packets whole, byte by byte, and cut anywhere', () => {
    expect(split([stream])).toEqual(wanted)
    expect(split([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(wanted)
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), stream.length]
        expect(split(ends.slice(1).map((end, i) => stream.slice(ends[i], end)))).toEqual(wanted)
      }),
    )
  })

  it('hands a payload on as a view when it came whole', () => {
    const packet = encodePacket({ type: 1, flags: 8, stream: 1, sequence: 0 }, new Uint8Array(100))
    new PacketSplitter({ onPacket: (_, payload) => expect(payload.buffer).toBe(packet.buffer) }).push(packet)
  })

  it('names the offset among all bytes', () => {
    const splitter = new PacketSplitter({ onPacket: () => {} })
    splitter.push(stream)
    expect(() => splitter.push(bytesOf('484d010900000000000000000000000a'))).toThrow(
      expect.objectContaining({ code: 'hmp.type', at: stream.length + 3 }),
    )
  })

  it('sets no memory aside when the sink refuses the header', () => {
    const refusal = new Error('no')
    const splitter = new PacketSplitter({
      onHeader: (_header: PacketHeader) => {
        throw refusal
      },
      onPacket: () => {},
    })
    expect(() => splitter.push(stream.subarray(0, HEADER_BYTES))).toThrow(refusal)
  })

  it('takes a WebSocket message that is exactly one packet, and no other', () => {
    const packets: PacketHeader[] = []
    const splitter = new PacketSplitter({ onPacket: (header) => packets.push(header) })
    const first = bytesOf(vectors.good[0]!.bytes)
    splitter.pushWhole(first)
    expect(packets).toHaveLength(1)
    for (const wrong of [first.subarray(0, -1), concat([first, Uint8Array.of(0)]), first.subarray(0, 7)])
      expect(() => splitter.pushWhole(wrong)).toThrow(expect.objectContaining({ code: 'hmp.length' }))
  })
})
