// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromUtf8, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import {
  boundaryOf,
  MAX_LINE_END_BYTES,
  MAX_PART_BYTES,
  MAX_PART_HEAD_BYTES,
  MAX_STRAY_BYTES,
  MultipartSplitter,
  type Part,
} from './splitter.ts'

const alert = (n: number): string =>
  `<EventNotificationAlert>\r\n<channelID>${n}</channelID>\r\n</EventNotificationAlert>`
const part = (body: string, length: number | string | undefined = body.length): string =>
  `--boundary\r\nContent-Type: application/xml; charset="UTF-8"\r\n${length === undefined ? '' : `Content-Length: ${length}\r\n`}\r\n${body}\r\n`
const noLength = (body: string): string => `--boundary\r\nContent-Type: application/xml\r\n\r\n${body}\r\n`
const jpeg = Uint8Array.from([
  0xff, 0xd8, 0xff, 10, 45, 45, 98, 111, 117, 110, 100, 97, 114, 121, 13, 10, 13, 10, 1, 0xff, 0xd9,
])
const picture = concat([
  utf8(`--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
  jpeg,
  utf8('\r\n'),
])
const [one, two] = [alert(1), alert(2)]

/** name, bytes, bodies. Every row ends with a delimiter, so that it is the same however it is cut. */
const rows: readonly (readonly [string, Uint8Array, readonly (string | Uint8Array)[]])[] = [
  ['two parts', utf8(`${part(one)}${part(two)}--boundary--\r\n`), [one, two]],
  ['a preamble', utf8(`hello\r\n${part(one)}--boundary\r\n`), [one]],
  [
    'LF line ends',
    utf8(`${part(one)}${part(two)}--boundary\r\n`.replaceAll('\r\n', '\n').replace(/Content-Length.*\n/g, '')),
    [one.replaceAll('\r\n', '\n'), two.replaceAll('\r\n', '\n')],
  ],
  ['no Content-Length', utf8(`${noLength(one)}${noLength(two)}--boundary\r\n`), [one, two]],
  [
    'a Content-Length that counts the line end',
    utf8(`${part(one, one.length + 2)}${part(two, two.length + 2)}--boundary\r\n`),
    [one, two],
  ],
  ['a Content-Length too large', utf8(`${part(one, one.length + 40)}${part(two)}--boundary\r\n`), [one, two]],
  ['a Content-Length too small', utf8(`${part(one, one.length - 3)}${part(two)}--boundary\r\n`), [one, two]],
  ['nonsense for a Content-Length', utf8(`${part(one, 'many')}${part(two)}--boundary\r\n`), [one, two]],
  ['a doubled delimiter', utf8(`--boundary\r\n${part(one)}--boundary\r\n${part(two)}--boundary\r\n`), [one, two]],
  ['extra blank lines', utf8(`${part(one)}\r\n\r\n${part(two)}\r\n--boundary\r\n`), [one, two]],
  ['no line end before a delimiter', utf8(`${noLength(one).trimEnd()}${noLength(two)}--boundary\r\n`), [one, two]],
  [
    'a raw picture with a delimiter inside',
    concat([utf8(part(one)), picture, utf8(`${part(two)}--boundary\r\n`)]),
    [one, jpeg, two],
  ],
  ['no head at all', utf8(`--boundary\r\n\r\n${one}\r\n--boundary\r\n`), [one]],
]

const bodies = (parts: readonly Part[]): (string | Uint8Array)[] =>
  parts.map(({ body }) => (body[0] === 0xff ? body : fromUtf8(body)))
const cut = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const chunks: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}
const split = (chunks: readonly Uint8Array[]): Part[] => {
  const splitter = new MultipartSplitter('multipart/mixed; boundary=boundary')
  return chunks.flatMap((chunk) => splitter.push(chunk))
}

describe('multipart, RFC 2046 §5.1', () => {
  it.each(rows)('reads %s, whole and byte by byte', (_, bytes, expected) => {
    const before = bytes.slice()
    expect(bodies(split([bytes]))).toEqual(expected)
    expect(bodies(split(cut(bytes, [1])))).toEqual(expected)
    expect(bytes).toEqual(before)
  })

  it('reads the same however it is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 })
    for (const [, bytes, expected] of rows)
      fc.assert(
        fc.property(sizes, (some) => {
          expect(bodies(split(cut(bytes, some)))).toEqual(expected)
        }),
        { numRuns: 50 },
      )
  })

  it('gives a part at once when its length agrees, without the next delimiter', () => {
    const splitter = new MultipartSplitter('boundary')
    expect(bodies(splitter.push(utf8(part(one))))).toEqual([one])
    expect(bodies(splitter.push(utf8(part(two))))).toEqual([two])
  })

  it('accepts a delimiter that the header does not name', () => {
    const splitter = new MultipartSplitter('multipart/mixed; boundary=something-else')
    expect(bodies(splitter.push(utf8(part(one))))).toEqual([one])
  })

  it('gives the last part of a body that just stops', () => {
    const splitter = new MultipartSplitter('boundary')
    expect(splitter.push(utf8(noLength(one)))).toEqual([])
    expect(fromUtf8(splitter.end()!.body)).toBe(one)
    expect(splitter.end()).toBeUndefined()
  })

  it.each([
    ['multipart/mixed; boundary=abc', 'abc'],
    ['multipart/mixed; charset=x; boundary="a b"; q=1', 'a b'],
    ['multipart/mixed; boundary=<boundary>', 'boundary'],
    ['multipart/mixed', undefined],
    [`multipart/mixed; boundary=${'x'.repeat(300)}`, undefined],
  ])('finds the boundary of %s', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary)
  })

  it('refuses a head and a body beyond the limits', () => {
    const head = new MultipartSplitter('boundary')
    expect(() => head.push(utf8(`--boundary\r\n${'X: y\r\n'.repeat(MAX_PART_HEAD_BYTES / 6 + 1)}`))).toThrow(
      expect.objectContaining({ code: 'multipart.head' }),
    )
    const body = new MultipartSplitter('boundary')
    body.push(utf8('--boundary\r\n\r\n'))
    expect(() => body.push(new Uint8Array(MAX_PART_BYTES + 1))).toThrow(
      expect.objectContaining({ code: 'multipart.size' }),
    )
  })

  it('refuses endless line ends behind a part, and looks at each once', () => {
    const splitter = new MultipartSplitter('boundary')
    splitter.push(utf8('--boundary\r\nContent-Length: 5\r\n\r\nhello'))
    const chunk = new Uint8Array(1000).fill(10)
    expect(() => {
      for (let sent = 0; sent <= MAX_PART_BYTES; sent += chunk.length) splitter.push(chunk)
    }).toThrow(expect.objectContaining({ code: 'multipart.size' }))
  })

  it('gives a part that some line ends too many follow', () => {
    for (const lines of [0, 1, MAX_LINE_END_BYTES, MAX_LINE_END_BYTES + 1]) {
      const splitter = new MultipartSplitter('boundary')
      const bytes = utf8(`--boundary\r\nContent-Length: 5\r\n\r\nhello${'\n'.repeat(lines)}\n--boundary\r\n`)
      expect(bodies(cut(bytes, [1]).flatMap((one) => splitter.push(one)))).toEqual(['hello'])
    }
  })

  it('refuses an endless preamble, and takes a long one, however it is cut', () => {
    const part = utf8('--boundary\r\nContent-Length: 5\r\n\r\nhello\r\n--boundary\r\n')
    for (const size of [1, 1000, 1 << 20])
      for (const [stray, isTaken] of [
        [MAX_STRAY_BYTES, true],
        [MAX_STRAY_BYTES + 1, false],
      ] as const) {
        const splitter = new MultipartSplitter('boundary')
        const bytes = new Uint8Array(stray + part.length).fill(32, 0, stray - 1)
        bytes.set(part, stray)
        bytes[stray - 1] = 10
        const push = () => cut(bytes, [size]).flatMap((one) => splitter.push(one))
        if (isTaken) expect(bodies(push())).toEqual(['hello'])
        else expect(push).toThrow(expect.objectContaining({ code: 'multipart.stray' }))
      }
  })

  it('answers any bytes with parts or a WireError', () => {
    const bits = fc.constantFrom(
      '--boundary',
      '\r\n',
      '--',
      'Content-Length: 5',
      'Content-Type: image/jpeg',
      ':',
      'x',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(bits, fc.string({ maxLength: 5 })), { maxLength: 40 }), (pieces) => {
        try {
          split([utf8(pieces.join(''))])
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})
