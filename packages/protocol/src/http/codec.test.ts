// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../../../docs/protocol/vectors/requests.json' with { type: 'json' }
import { fromUtf8, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  findHeadEnd,
  MAX_HEAD_BYTES,
  MAX_START_LINE_BYTES,
} from './codec.ts'
import { errorOf, errorResponse, jsonRequest, readJsonObject } from './json.ts'

const decode = (kind: string, bytes: Uint8Array, goesOn = false) =>
  kind === 'request' ? decodeRequest(bytes, goesOn) : decodeResponse(bytes, goesOn)

describe('HTTP messages inside HMP, hmp.md §8.2', () => {
  it.each(vectors.rows)('reads or refuses: $name', (row) => {
    const read = () => decode(row.kind, utf8(row.text), 'more' in row && row.more)
    if ('error' in row) return expect(read).toThrow(expect.objectContaining({ code: row.error }))
    const message = read()
    expect({ ...message, headers: [...message.headers], body: fromUtf8(message.body) }).toEqual(row.meaning)
  })

  it('reads back what it writes', () => {
    const request = jsonRequest('POST', '/HMP/streams?x=1', { channel: 1 })
    const read = decodeRequest(encodeRequest(request))
    expect(read.target).toBe('/HMP/streams?x=1')
    expect(readJsonObject(read)).toEqual({ channel: 1 })
    expect(fromUtf8(encodeRequest({ method: 'GET', target: '/' }))).toBe('GET / HTTP/1.1\r\n\r\n')
    expect(fromUtf8(encodeResponse({ status: 204 }))).toBe('HTTP/1.1 204 No Content\r\n\r\n')
    const error = errorOf(decodeResponse(encodeResponse(errorResponse(404, 'channel.unknown', 'no channel 9'))))
    expect(error).toMatchObject({ code: 'channel.unknown', status: 404, retry: 'never', message: 'no channel 9' })
    expect(errorOf(decodeResponse(encodeResponse({ status: 503 })))).toMatchObject({
      code: 'hmp.refused',
      retry: 'later',
    })
  })

  it.each([
    { method: 'GET', target: 'x' },
    { method: 'GET', target: '/a b' },
    { method: 'GET\r\nX: y', target: '/' },
    { method: 'GET', target: `/${'x'.repeat(MAX_START_LINE_BYTES)}` },
    { method: 'GET', target: '/', headers: { Host: 'x' } },
    { method: 'GET', target: '/', headers: { A: 'x\r\nB: y' } },
  ])('refuses to write %o', (init) => {
    expect(() => encodeRequest(init)).toThrow(WireError)
  })

  it('looks for the end of the head in its first bytes alone', () => {
    expect(findHeadEnd(utf8(`${'x'.repeat(MAX_HEAD_BYTES - 4)}\r\n\r\n`))).toBe(MAX_HEAD_BYTES)
    expect(findHeadEnd(utf8(`${'x'.repeat(MAX_HEAD_BYTES)}\r\n\r\n`))).toBe(-1)
  })

  it('answers any bytes with a message or a WireError, and leaves them as they are', () => {
    const seeds = vectors.rows.map((row) => [utf8(row.text)] as [Uint8Array])
    const property = (bytes: Uint8Array) => {
      const before = bytes.slice()
      for (const kind of ['request', 'response'])
        for (const goesOn of [false, true])
          try {
            decode(kind, bytes, goesOn)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
      expect(bytes).toEqual(before)
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), property), { examples: seeds })
    const pieces = fc.constantFrom(
      'GET ',
      '/x',
      ' HTTP/1.1',
      'HTTP/1.1 ',
      '200',
      '\r\n',
      '\n',
      ' ',
      ': ',
      'Content-Length',
      '1',
      'a',
      '\0',
      'é',
    )
    fc.assert(fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => property(utf8(parts.join('')))))
  })
})
