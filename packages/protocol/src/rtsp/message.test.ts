// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromUtf8, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { decodeMessage, encodeRequest, encodeResponse, MAX_BODY_BYTES, MAX_START_LINE_BYTES } from './message.ts'

/** name, bytes, meaning: read, written and fuzzed. */
const rows = [
  [
    'a request',
    'OPTIONS rtsp://192.0.2.1/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 1\r\n\r\n',
    { kind: 'request', method: 'OPTIONS', url: 'rtsp://192.0.2.1/Streaming/Channels/101', version: '1.0' },
  ],
  [
    'a request with a body',
    'SET_PARAMETER * RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\na: b\n',
    { kind: 'request', method: 'SET_PARAMETER', url: '*', body: utf8('a: b\n') },
  ],
  ['an answer', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n', { kind: 'response', status: 200, reason: 'OK' }],
  ['an answer without words', 'RTSP/1.0 454 \r\nCSeq: 1\r\n\r\n', { kind: 'response', status: 454, reason: '' }],
] as const

describe('RTSP messages, RFC 2326 §6 and §7', () => {
  it.each(rows)('reads and writes %s', (_, text, meaning) => {
    const message = decodeMessage(utf8(text))
    expect(message).toMatchObject(meaning)
    expect(fromUtf8(message.kind === 'request' ? encodeRequest(message) : encodeResponse(message))).toBe(text)
  })

  it('supplies the words of a status', () => {
    expect(fromUtf8(encodeResponse({ status: 461 }))).toBe('RTSP/1.0 461 Unsupported Transport\r\n\r\n')
  })

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', 'rtsp.start-line'],
    ['an endless line', `OPTIONS ${'x'.repeat(MAX_START_LINE_BYTES)} RTSP/1.0\r\n\r\n`, 'rtsp.start-line'],
    ['a body that is not whole', 'PLAY * RTSP/1.0\r\nContent-Length: 9\r\n\r\nabc', 'rtsp.length'],
    ['no end', 'PLAY * RTSP/1.0\r\nCSeq: 1\r\n', 'rtsp.length'],
    ['a length in words', 'PLAY * RTSP/1.0\r\nContent-Length: ten\r\n\r\n', 'rtsp.content-length'],
    ['too long a body', `PLAY * RTSP/1.0\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`, 'rtsp.content-length'],
  ])('refuses %s', (_, text, code) => {
    expect(() => decodeMessage(utf8(text))).toThrow(expect.objectContaining({ code }))
  })

  it('writes no line break into a URL', () => {
    expect(() => encodeRequest({ method: 'PLAY', url: 'rtsp://a/\r\nX: y' })).toThrow(WireError)
  })

  it('answers any bytes with a message or a WireError', () => {
    const seeds = rows.map(([, text]) => [utf8(text)] as [Uint8Array])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const before = bytes.slice()
        try {
          decodeMessage(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
        expect(bytes).toEqual(before)
      }),
      { examples: seeds },
    )
  })
})
