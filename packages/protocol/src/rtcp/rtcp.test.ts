// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, unhex } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { decodeRtcp } from './decode.ts'
import { encodeBye, encodeReceiverReport, encodeSdes, encodeSenderReport } from './encode.ts'
import { ntpToUnixMs, unixMsToNtp } from './ntp.ts'
import type { ReportBlock, RtcpPacket } from './packet.ts'

const block: ReportBlock = {
  ssrc: 0x0cb32b85,
  fractionLost: 64,
  cumulativeLost: -1,
  highestSequence: 0x0001_0005,
  jitter: 90,
  lastSenderReport: 0x7e80_8000,
  delaySinceLastSenderReport: 65_536,
}
const blockHex = '0cb32b85 40 ffffff 00010005 0000005a 7e808000 00010000'

/** name, bytes, what they mean: the same rows seed the property test. */
const rows: [name: string, bytes: string, meaning: RtcpPacket][] = [
  [
    'sender report',
    '80c80006 00000007 83aa7e80 80000000 00000064 00000001 00000578',
    {
      kind: 'senderReport',
      ssrc: 7,
      ntpSeconds: 2208988800,
      ntpFraction: 0x8000_0000,
      rtpTimestamp: 100,
      packetCount: 1,
      octetCount: 1400,
      reports: [],
    },
  ],
  [
    'sender report with a block',
    `81c8000c 00000007 83aa7e80 00000000 ffffffff 00000001 00000002 ${blockHex}`,
    {
      kind: 'senderReport',
      ssrc: 7,
      ntpSeconds: 2208988800,
      ntpFraction: 0,
      rtpTimestamp: 0xffff_ffff,
      packetCount: 1,
      octetCount: 2,
      reports: [block],
    },
  ],
  ['receiver report', `81c90007 00000008 ${blockHex}`, { kind: 'receiverReport', ssrc: 8, reports: [block] }],
  ['empty receiver report', '80c90001 00000008', { kind: 'receiverReport', ssrc: 8, reports: [] }],
  [
    'description',
    '81ca0003 00000007 0103 636d73 000000',
    { kind: 'description', chunks: [{ ssrc: 7, items: [{ type: 1, text: 'cms' }] }] },
  ],
  [
    'description of two sources',
    '82ca0006 00000007 0102 6361 00000000 00000008 0103 636d73 000000',
    {
      kind: 'description',
      chunks: [
        { ssrc: 7, items: [{ type: 1, text: 'ca' }] },
        { ssrc: 8, items: [{ type: 1, text: 'cms' }] },
      ],
    },
  ],
  ['bye', '81cb0001 00000007', { kind: 'bye', sources: [7] }],
  ['bye with a reason', '81cb0003 00000007 03 656e64 00000000', { kind: 'bye', sources: [7], reason: 'end' }],
]
const encode = (packet: RtcpPacket): Uint8Array => {
  switch (packet.kind) {
    case 'senderReport':
      return encodeSenderReport(packet)
    case 'receiverReport':
      return encodeReceiverReport(packet)
    case 'description':
      return encodeSdes(packet)
    case 'bye':
      return encodeBye(packet)
    case 'other':
      return packet.bytes
  }
}

describe('RTCP packets, RFC 3550 §6', () => {
  it.each(rows)('reads a %s', (_, text, meaning) => {
    expect(decodeRtcp(unhex(text)!)).toEqual([meaning])
  })

  it('writes them so that they read the same', () => {
    for (const [name, , meaning] of rows) expect(decodeRtcp(encode(meaning)), name).toEqual([meaning])
    for (const [name, text, meaning] of rows.slice(0, 5)) expect(encode(meaning), name).toEqual(unhex(text))
  })

  it('reads a compound, and keeps what it does not know', () => {
    const other = unhex('81cd0002 00000007 00000008')!
    const compound = concat([unhex(rows[0]![1])!, other, unhex(rows[6]![1])!])
    expect(decodeRtcp(compound)).toEqual([rows[0]![2], { kind: 'other', type: 205, bytes: other }, rows[6]![2]])
  })

  it('takes padding off', () => {
    expect(decodeRtcp(unhex('a1cb0002 00000007 00000004')!)).toEqual([{ kind: 'bye', sources: [7] }])
  })

  it.each([
    ['rtcp.short', ''],
    ['rtcp.short', '80c80006 00000007 83aa7e80 80000000 00000064 00000001 00000578 80'],
    ['rtcp.version', '00c80006'],
    ['rtcp.length', '80c80006 00000007'],
    ['rtcp.length', '80c80001 00000007'],
    ['rtcp.length', '81c90001 00000007'],
    ['rtcp.length', '81ca0000'],
    ['rtcp.length', '81ca0002 00000007 01ff0000'],
    ['rtcp.length', '82cb0001 00000007'],
    ['rtcp.length', '81cb0002 00000007 ff000000'],
    ['rtcp.padding', 'a1cb0001 00000000'],
    ['rtcp.padding', 'a1cb0001 000000ff'],
  ])('refuses with %s: %s', (code, text) => {
    expect(() => decodeRtcp(unhex(text)!)).toThrow(expect.objectContaining({ code, name: 'WireError' }))
  })

  it('refuses to write what does not fit', () => {
    const sources = new Array<number>(32).fill(1)
    expect(() => encodeBye({ sources })).toThrow(expect.objectContaining({ code: 'rtcp.count' }))
    expect(() => encodeBye({ sources: [], reason: 'x'.repeat(256) })).toThrow(
      expect.objectContaining({ code: 'rtcp.text' }),
    )
  })

  it('reads back whatever it writes', () => {
    const bits = (n: number) => fc.integer({ min: 0, max: 2 ** n - 1 })
    const reports = fc.array(
      fc.record({
        ssrc: bits(32),
        fractionLost: bits(8),
        cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
        highestSequence: bits(32),
        jitter: bits(32),
        lastSenderReport: bits(32),
        delaySinceLastSenderReport: bits(32),
      }),
      { maxLength: 3 },
    )
    const text = fc.string({ maxLength: 40 })
    const item = fc.record({ type: fc.integer({ min: 1, max: 255 }), text })
    const chunk = fc.record({ ssrc: bits(32), items: fc.array(item, { maxLength: 3 }) })
    const packet: fc.Arbitrary<RtcpPacket> = fc.oneof(
      fc.record({ kind: fc.constant('receiverReport' as const), ssrc: bits(32), reports }),
      fc.record({ kind: fc.constant('description' as const), chunks: fc.array(chunk, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('bye' as const), sources: fc.array(bits(32), { maxLength: 3 }), reason: text }),
    )
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), (packets) => {
        expect(decodeRtcp(concat(packets.map(encode)))).toEqual(packets)
      }),
    )
  })

  it('answers any bytes with packets or a WireError, and leaves them as they were', () => {
    const examples = rows.map(([, text]) => [unhex(text)!] as [Uint8Array])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const before = bytes.slice()
        try {
          decodeRtcp(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
        expect(bytes).toEqual(before)
      }),
      { examples },
    )
  })
})

describe('NTP time', () => {
  it('turns to Unix time and back, over the year 2036', () => {
    expect(ntpToUnixMs(2_208_988_800, 0x8000_0000)).toBe(500)
    for (const ms of [0, 1_790_000_000_123, 2_085_978_496_000, 2_200_000_000_999]) {
      const { ntpSeconds, ntpFraction } = unixMsToNtp(ms)
      expect(ntpToUnixMs(ntpSeconds, ntpFraction)).toBeCloseTo(ms, 2)
    }
  })
})
