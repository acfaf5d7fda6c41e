// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat } from '../../base/bytes.ts'
import { encodeRtp, RtpPacket } from '../../rtp/packet.ts'
import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from './companding.ts'
import { G711Depacketizer } from './depacketizer.ts'
import { G711Packetizer } from './packetizer.ts'

const vector = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../vectors/ffmpeg/${name}`, import.meta.url)))
const samples = new Int16Array(vector('tone.s16').buffer)
const every = Uint8Array.from({ length: 256 }, (_, i) => i)

describe('the laws of G.711', () => {
  it.each([
    ['A-law', 'tone.alaw', encodeAlaw, decodeAlaw],
    ['µ-law', 'tone.ulaw', encodeUlaw, decodeUlaw],
  ] as const)(
    'writes %s nearly as ffmpeg does, whose steps lie a little elsewhere, and reads it',
    (_, name, encode, decode) => {
      const drawn = vector(name)
      const written = encode(samples)
      expect(written.filter((code, i) => code === drawn[i]).length / drawn.length).toBeGreaterThan(0.9)
      const back = decode(drawn)
      for (const [i, sample] of samples.entries()) expect(Math.abs(back[i]! - sample)).toBeLessThan(140)
    },
  )

  it('knows the tables’ ends, ITU-T G.711', () => {
    expect([...decodeAlaw(Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a))]).toEqual([8, -8, 32256, -32256])
    expect([...decodeUlaw(Uint8Array.of(0xff, 0x7f, 0x80, 0x00))]).toEqual([0, 0, 32124, -32124])
  })

  it('gives every code back', () => {
    expect(encodeAlaw(decodeAlaw(every))).toEqual(every)
    // µ-law has two zeros, 7F and FF, and writes the second.
    expect(encodeUlaw(decodeUlaw(every))).toEqual(every.map((code) => (code === 0x7f ? 0xff : code)))
  })
})

describe('G.711 in RTP, RFC 3551 §4.5.14', () => {
  const options = { payloadType: 8, ssrc: 7, sequence: 0, maxPacketBytes: 172 }

  it('cuts sound at the limit and counts time in samples', () => {
    const packets = new G711Packetizer(options)
      .packetize({ data: [vector('tone.alaw')] }, 0xffffffff)
      .map(RtpPacket.decode)
    expect(packets.map((p) => [p.timestamp, p.marker, p.payload.length])).toEqual([
      [0xffffffff, false, 160],
      [159, false, 160],
    ])
  })

  it('gives back what went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), (sound) => {
        const depacketizer = new G711Depacketizer('pcmu')
        for (const p of new G711Packetizer(options).packetize({ data: [sound] }, 0))
          depacketizer.push(RtpPacket.decode(p))
        const pieces: Uint8Array[] = []
        for (let unit = depacketizer.take(); unit; unit = depacketizer.take()) pieces.push(...unit.data)
        expect(concat(pieces)).toEqual(sound)
      }),
    )
  })

  it('refuses a packet without samples', () => {
    const empty = encodeRtp({
      payloadType: 8,
      sequence: 0,
      timestamp: 0,
      ssrc: 1,
      marker: false,
      payload: new Uint8Array(0),
    })
    expect(() => new G711Depacketizer('pcma').push(RtpPacket.decode(empty))).toThrow(
      expect.objectContaining({ code: 'g711.short' }),
    )
  })
})
