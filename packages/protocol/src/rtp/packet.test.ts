// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unhex } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { encodeRtp, isRtcp, type RtpFields, RtpPacket } from './packet.ts'

const plain = { payloadType: 96, sequence: 1, timestamp: 100, ssrc: 0xdeadbeef, marker: true }
/** name, bytes, what they mean: the same rows seed the property test. */
const rows = [
  ['plain', '80e0 0001 00000064 deadbeef 6588', { ...plain, payload: unhex('6588')! }],
  [
    'empty',
    '8000 0000 00000000 00000000',
    { payloadType: 0, sequence: 0, timestamp: 0, ssrc: 0, marker: false, payload: unhex('')! },
  ],
  [
    'padded',
    'a060 ffff ffffffff 00000001 41 000003',
    { payloadType: 96, sequence: 65535, timestamp: 0xffffffff, ssrc: 1, marker: false, payload: unhex('41')! },
  ],
  ['extended', '90e0 0001 00000064 deadbeef 4856 0001 01020304 6588', { ...plain, payload: unhex('6588')! }],
  ['contributed to', '82e0 0001 00000064 deadbeef 00000001 00000002 6588', { ...plain, payload: unhex('6588')! }],
  ['padded to nothing', 'a0e0 0001 00000064 deadbeef 00000004', { ...plain, payload: unhex('')! }],
] as const

const faults = [
  ['rtp.short', '80e0 0001 00000064 deadbe'],
  ['rtp.version', '40e0 0001 00000064 deadbeef 6588'],
  ['rtp.padding', 'a0e0 0001 00000064 deadbeef 6500'],
  ['rtp.length', 'a0e0 0001 00000064 deadbeef 6503'],
  ['rtp.length', '8fe0 0001 00000064 deadbeef 6588'],
  ['rtp.length', '90e0 0001 00000064 deadbeef 65'],
  ['rtp.length', '90e0 0001 00000064 deadbeef 0000 0001'],
] as const

const read = (bytes: Uint8Array): RtpFields => {
  const { payloadType, sequence, timestamp, ssrc, marker, payload } = RtpPacket.decode(bytes)
  return { payloadType, sequence, timestamp, ssrc, marker, payload }
}

describe('RTP packet, RFC 3550 §5.1', () => {
  it.each(rows)('reads a %s packet', (_, text, meaning) => {
    expect(read(unhex(text)!)).toEqual(meaning)
  })

  it('writes what it reads', () => {
    for (const [name, text, meaning] of rows.slice(0, 2)) expect(encodeRtp(meaning), name).toEqual(unhex(text))
  })

  it.each(faults)('refuses with %s: %s', (code, text) => {
    expect(() => RtpPacket.decode(unhex(text)!)).toThrow(expect.objectContaining({ code, name: 'WireError' }))
  })

  it('reads back whatever it writes', () => {
    const bits = (n: number) => fc.integer({ min: 0, max: 2 ** n - 1 })
    const fields = fc.record({
      payloadType: bits(7),
      sequence: bits(16),
      timestamp: bits(32),
      ssrc: bits(32),
      marker: fc.boolean(),
      payload: fc.uint8Array({ maxLength: 40 }),
    })
    fc.assert(
      fc.property(fields, (value) => {
        expect(read(encodeRtp(value))).toEqual(value)
      }),
    )
  })

  it('answers any bytes with a packet or a WireError, and leaves them as they were', () => {
    const examples = rows.map(([, text]) => [unhex(text)!] as [Uint8Array])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const before = bytes.slice()
        try {
          expect(RtpPacket.decode(bytes).payload.length).toBeLessThanOrEqual(bytes.length - 12)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
        expect(bytes).toEqual(before)
      }),
      { examples },
    )
  })
})

describe('RTP and RTCP on one port, RFC 5761 §4', () => {
  it('tells them apart by the second byte', () => {
    expect(isRtcp(unhex('80c80006')!)).toBe(true)
    expect(isRtcp(unhex('81cb0001')!)).toBe(true)
    expect(isRtcp(unhex('80e00001')!)).toBe(false)
    expect(isRtcp(unhex('80080001')!)).toBe(false)
    expect(isRtcp(unhex('80c8')!)).toBe(false)
  })
})
