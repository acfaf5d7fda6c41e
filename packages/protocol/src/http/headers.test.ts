// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import { formatHeaderLines, HeaderMap, MAX_HEADER_BYTES, MAX_HEADER_FIELDS, parseHeaderLines } from './headers.ts'

const rows: [string, string, [string, string][]][] = [
  ['one field', 'CSeq: 3\r\n', [['CSeq', '3']]],
  [
    'LF alone',
    'CSeq: 3\nServer: x\n',
    [
      ['CSeq', '3'],
      ['Server', 'x'],
    ],
  ],
  ['many spaces', 'Session:       129;timeout=60\r\n', [['Session', '129;timeout=60']]],
  ['a space before the colon', 'Session : 1\r\n', [['Session', '1']]],
  ['a folded line', 'A: one\r\n  two\r\n', [['A', 'one two']]],
  ['an empty value', 'A:\r\n', [['A', '']]],
  [
    'repeats',
    'W: a\r\nw: b\r\n',
    [
      ['W', 'a'],
      ['w', 'b'],
    ],
  ],
]

describe('header fields, RFC 9112 §5', () => {
  it.each(rows)('reads %s', (_, text, fields) => {
    expect([...parseHeaderLines(text)]).toEqual(fields)
  })

  it('matches names without case and keeps order and repeats', () => {
    const headers = new HeaderMap([
      ['WWW-Authenticate', 'Digest'],
      ['Date', 'x'],
      ['www-authenticate', 'Basic'],
    ])
    expect(headers.get('Www-Authenticate')).toBe('Digest')
    expect(headers.getAll('WWW-AUTHENTICATE')).toEqual(['Digest', 'Basic'])
    headers.set('www-authenticate', 'none')
    expect([...headers]).toEqual([
      ['www-authenticate', 'none'],
      ['Date', 'x'],
    ])
    expect(headers.delete('DATE')).toBe(true)
    expect(headers.size).toBe(1)
    expect(new HeaderMap({ A: '1' }).has('a')).toBe(true)
  })

  it.each([
    ['no colon', 'nonsense\r\n', 'http.header-line'],
    ['an empty name', ': x\r\n', 'http.header-name'],
    ['a name with a space', 'a b: x\r\n', 'http.header-name'],
    ['a control character', 'A: x\u0000y\r\n', 'http.header-value'],
    ['too many', 'A: 1\r\n'.repeat(MAX_HEADER_FIELDS + 1), 'http.header-count'],
    ['too much', `A: ${'x'.repeat(MAX_HEADER_BYTES)}\r\n`, 'http.header-bytes'],
  ])('refuses %s', (_, text, code) => {
    expect(() => parseHeaderLines(text)).toThrow(expect.objectContaining({ code }))
  })

  it('refuses to write a line break into a value', () => {
    expect(() => new HeaderMap().set('A', 'x\r\nB: y')).toThrow(WireError)
  })

  it('answers any text with fields or a WireError, and reads back what it writes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        try {
          const headers = parseHeaderLines(text)
          expect([...parseHeaderLines(formatHeaderLines(headers))]).toEqual([...headers])
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { examples: rows.map(([, text]) => [text] as [string]) },
    )
  })
})
