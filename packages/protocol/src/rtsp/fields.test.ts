// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import {
  formatPublic,
  formatRange,
  formatRtpInfo,
  formatSession,
  MAX_SESSION_ID_BYTES,
  parsePublic,
  parseRange,
  parseRtpInfo,
  parseSession,
} from './fields.ts'
import { splitTrackUrl } from './track-url.ts'
import { formatTransport, parseTransport } from './transport.ts'

const transports: [string, string, object][] = [
  [
    'UDP as Hikvision grants it',
    'RTP/AVP;unicast;client_port=36618-36619;server_port=8314-8315;ssrc=0cb32b85;mode="play"',
    {
      lower: 'udp',
      isMulticast: false,
      clientPort: [36618, 36619],
      serverPort: [8314, 8315],
      ssrc: 0x0cb32b85,
      mode: 'play',
    },
  ],
  ['TCP', 'RTP/AVP/TCP;unicast;interleaved=2-3', { profile: 'RTP/AVP/TCP', lower: 'tcp', interleaved: [2, 3] }],
  ['an ssrc with spaces', 'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=  1A2B', { ssrc: 0x1a2b }],
  ['an ssrc that is none', 'RTP/AVP/TCP;unicast;ssrc=cam', { lower: 'tcp' }],
  ['a single port', 'RTP/AVP;unicast;client_port=5000', { clientPort: [5000, 5001] }],
  ['multicast', 'RTP/AVP;multicast;destination=239.0.0.1', { isMulticast: true, destination: '239.0.0.1' }],
]

describe('Transport, RFC 2326 §12.39', () => {
  it.each(transports)('reads %s, and what it writes', (_, text, meaning) => {
    const [transport] = parseTransport(text)
    expect(transport).toMatchObject(meaning)
    expect(parseTransport(formatTransport(transport!))).toEqual([transport])
  })

  it('reads alternatives in order', () => {
    const list = parseTransport('RTP/AVP/TCP;interleaved=0-1, RTP/AVP;unicast;client_port=2-3')
    expect(list.map((one) => one.lower)).toEqual(['tcp', 'udp'])
  })

  it.each(['', 'MP2T/H2221/UDP;unicast', 'RTP/AVP;client_port=70000-70001', 'RTP/AVP/TCP;interleaved=x'])(
    'refuses %j',
    (text) => {
      expect(() => parseTransport(text)).toThrow(expect.objectContaining({ code: 'rtsp.transport' }))
    },
  )
})

describe('Session, RTP-Info, Range, Public, RFC 2326 §12', () => {
  it.each([
    ['1299260789;timeout=60', { id: '1299260789', timeoutSeconds: 60 }],
    ['      129;timeout=60', { id: '129', timeoutSeconds: 60 }],
    ['abc', { id: 'abc', timeoutSeconds: 60 }],
    ['abc; Timeout = 15', { id: 'abc', timeoutSeconds: 15 }],
    ['abc;timeout=0', { id: 'abc', timeoutSeconds: 60 }],
  ])('reads session %j', (text, meaning) => {
    expect(parseSession(text)).toEqual(meaning)
    expect(parseSession(formatSession(meaning))).toEqual(meaning)
  })

  it.each(['', '  ;timeout=60', 'a b', 'x'.repeat(MAX_SESSION_ID_BYTES + 1)])('refuses session %#', (text) => {
    expect(() => parseSession(text)).toThrow(expect.objectContaining({ code: 'rtsp.session' }))
  })

  it('reads RTP-Info whose URLs hold commas, semicolons and queries', () => {
    const text =
      'url=rtsp://h/trackID=1?a=1,2;b;seq=17040;rtptime=1467265309,url=trackID=2;rtptime=5, url=rtsp://h/3;seq=70000'
    const list = parseRtpInfo(text)
    expect(list).toEqual([
      { url: 'rtsp://h/trackID=1?a=1,2;b', sequence: 17040, timestamp: 1467265309 },
      { url: 'trackID=2', timestamp: 5 },
      { url: 'rtsp://h/3', sequence: 4464 },
    ])
    expect(parseRtpInfo(formatRtpInfo(list))).toEqual(list)
    expect(parseRtpInfo('nonsense')).toEqual([])
  })

  it.each([
    ['npt=0.000-', { unit: 'npt', start: 0 }],
    ['npt=now-', { unit: 'npt', start: 'now' }],
    ['npt=0:01:05.5-70', { unit: 'npt', start: 65.5, end: 70 }],
    ['npt=-5', { unit: 'npt', end: 5 }],
    [
      'clock=20240501T000000Z-20240501T010000.25Z',
      { unit: 'clock', start: '20240501T000000Z', end: '20240501T010000.25Z' },
    ],
  ] as const)('reads range %s', (text, meaning) => {
    expect(parseRange(text)).toEqual(meaning)
    expect(parseRange(formatRange(meaning))).toEqual(meaning)
  })

  it.each(['smpte=0:10:00-', 'npt', 'npt=x-', 'clock=yesterday-'])('refuses range %j', (text) => {
    expect(() => parseRange(text)).toThrow(expect.objectContaining({ code: 'rtsp.range' }))
  })

  it('reads and writes Public', () => {
    expect([...parsePublic('OPTIONS,  describe,,PLAY')]).toEqual(['OPTIONS', 'DESCRIBE', 'PLAY'])
    expect(formatPublic(['OPTIONS', 'PLAY'])).toBe('OPTIONS, PLAY')
  })

  it('answers any text with a value or a WireError', () => {
    const seeds = [...transports.map(([, text]) => text), 'abc;timeout=1', 'npt=0-', 'url=a;seq=1'].map(
      (text) => [text] as [string],
    )
    const calm = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        for (const parse of [parseTransport, parseSession, parseRange, parseRtpInfo, parsePublic]) calm(parse, text)
      }),
      { examples: seeds },
    )
  })
})

describe('track URLs', () => {
  it.each([
    ['rtsp://h/Streaming/Channels/101/trackID=1', 'rtsp://h/Streaming/Channels/101', 1],
    [
      'rtsp://h/Streaming/Channels/101/trackID=2?transportmode=unicast',
      'rtsp://h/Streaming/Channels/101?transportmode=unicast',
      2,
    ],
    ['rtsp://h/s/track0', 'rtsp://h/s', 0],
  ])('takes %s apart', (text, url, track) => {
    expect(splitTrackUrl(text)).toEqual({ url, track })
    expect(splitTrackUrl('rtsp://h/s')).toBeUndefined()
  })
})
