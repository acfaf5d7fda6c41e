// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import {
  formatHeaderLines,
  HeaderMap,
  MAX_HEADER_BYTES,
  MAX_HEADER_FIELDS,
  parseHeaderLines,
  parseStrictHeaderLines,
} from './headers.ts'

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

describe('header fields by the letter, hmp.md §8.2', () => {
  it.each([
    ['nothing', '', []],
    ['blanks around a value', 'A: \t x y\t \r\n', [['A', 'x y']]],
    ['a no-break space, which is no blank', 'A:\u00a0x\r\n', [['A', '\u00a0x']]],
    [
      'an empty value',
      'A:\r\nB: \r\n',
      [
        ['A', ''],
        ['B', ''],
      ],
    ],
  ])('reads %s', (_, text, fields) => {
    expect([...parseStrictHeaderLines(text)]).toEqual(fields)
  })

  it.each([
    ['LF alone', 'A: x\nB: y\r\n', 'http.header-value'],
    ['CR alone', 'A: x\rB: y\r\n', 'http.header-value'],
    ['a last line without an end', 'A: x\r\nB: y', 'http.header-line'],
    ['a last line that ends LF', 'A: x\n', 'http.header-line'],
    ['a folded line', 'A: x\r\n y\r\n', 'http.header-line'],
    ['a folded line with a colon', 'A: x\r\n B: y\r\n', 'http.header-name'],
    ['a space before the colon', 'A : x\r\n', 'http.header-name'],
    ['an empty line', 'A: x\r\n\r\nB: y\r\n', 'http.header-line'],
    ['a vertical tab after a value', 'A: x\u000b\r\n', 'http.header-value'],
    ['too many', 'A: 1\r\n'.repeat(MAX_HEADER_FIELDS + 1), 'http.header-count'],
    ['too much', `A: ${'x'.repeat(MAX_HEADER_BYTES)}\r\n`, 'http.header-bytes'],
  ])('refuses %s', (_, text, code) => {
    expect(() => parseStrictHeaderLines(text)).toThrow(expect.objectContaining({ code }))
  })

  it('takes nothing that the lenient reader does not take, and then reads the same but for odd blanks', () => {
    const pieces = fc.constantFrom('A', 'b', ':', ' ', '\t', '\r\n', '\n', '\r', 'x y', 'é')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 16 }), (parts) => {
        const text = parts.join('')
        try {
          const strict = parseStrictHeaderLines(text)
          expect([...parseHeaderLines(text)]).toEqual([...strict])
          expect([...parseStrictHeaderLines(formatHeaderLines(strict))]).toEqual([...strict])
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})

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
