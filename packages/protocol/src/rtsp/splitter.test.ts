// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, hex, unhex, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { encodeInterleaved } from './interleaved.ts'
import { MAX_HEAD_BYTES, MAX_START_LINE_BYTES } from './message.ts'
import { MAX_GARBAGE_BYTES, RtspSplitter } from './splitter.ts'

const rtp = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i === 0 ? 0x80 : (i * seed) & 0xff))
const answer = (cseq: number, body = ''): Uint8Array =>
  utf8(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n${body && `Content-Length: ${body.length}\r\n`}\r\n${body}`)

/** Everything the splitter says of these chunks, as lines. */
const run = (chunks: Iterable<Uint8Array>, resync = true): { lines: string[]; skipped: number } => {
  const lines: string[] = []
  const splitter = new RtspSplitter({
    resync,
    onMessage: (message) => {
      const what = message.kind === 'request' ? message.method : message.status
      lines.push(`${what} ${message.headers.get('CSeq')} ${hex(message.body)}`)
    },
    onMedia: (channel, packet) => lines.push(`$${channel} ${hex(packet)}`),
  })
  for (const chunk of chunks) splitter.push(chunk)
  return { lines, skipped: splitter.skippedBytes }
}

const stream = concat([
  answer(1, 'v=0\r\n'),
  encodeInterleaved(0, [rtp(20), rtp(1400, 3)]),
  answer(2),
  utf8('\r\n'),
  utf8('OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n'),
  encodeInterleaved(1, [rtp(8)]),
  encodeInterleaved(200, [new Uint8Array(0)]),
  utf8('RTSP/1.0 200 OK\nCSeq: 3\n\n'),
])

const garbled = concat([
  answer(1),
  unhex('00ff24')!,
  encodeInterleaved(0, [rtp(30)]),
  utf8('Rubbish'),
  unhex('2424240001')!,
  encodeInterleaved(1, [rtp(12)]),
  unhex('0102')!,
  answer(2),
])

const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size))

describe('RTSP splitter, RFC 2326 §10.12', () => {
  it('tells messages and packets apart', () => {
    const { lines, skipped } = run([stream], false)
    expect(lines.map((line) => line.slice(0, 12))).toEqual([
      '200 1 763d30',
      `$0 ${hex(rtp(20)).slice(0, 9)}`,
      `$0 ${hex(rtp(1400, 3)).slice(0, 9)}`,
      '200 2 ',
      'OPTIONS 9 ',
      `$1 ${hex(rtp(8)).slice(0, 9)}`,
      '$200 ',
      '200 3 ',
    ])
    expect(skipped).toBe(0)
  })

  it('says the same however the bytes are cut', () => {
    for (const bytes of [stream, garbled]) {
      const whole = run([bytes])
      for (const size of [1, 2, 3, 5, 7, 64, 1000]) expect(run(cut(bytes, size))).toEqual(whole)
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40 }), (sizes) => {
          const chunks: Uint8Array[] = []
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!
            chunks.push(bytes.slice(at, at + size))
            at += size
          }
          expect(run(chunks)).toEqual(whole)
        }),
      )
    }
  })

  it('finds its way back after nonsense, and counts it', () => {
    const { lines, skipped } = run([garbled])
    expect(lines).toEqual(['200 1 ', `$0 ${hex(rtp(30))}`, `$1 ${hex(rtp(12))}`, '200 2 '])
    expect(skipped).toBe(3 + 7 + 5 + 2)
  })

  it('gives whole packets as views into the chunk', () => {
    const bytes = encodeInterleaved(0, [rtp(20), rtp(30)])
    new RtspSplitter({ onMessage: () => {}, onMedia: (_, packet) => expect(packet.buffer).toBe(bytes.buffer) }).push(
      bytes,
    )
  })

  it.each([
    ['nonsense, where it must not be', unhex('00')!, 'rtsp.garbage', false],
    ['HTTP, where it must not be', utf8('GET / HTTP/1.1\r\n'), 'rtsp.start-line', false],
    ['an endless start line', utf8(`OPTIONS ${'x'.repeat(MAX_START_LINE_BYTES)}`), 'rtsp.start-line', false],
    ['an endless header', utf8(`RTSP/1.0 200 OK\r\nA: ${'x'.repeat(MAX_HEAD_BYTES)}`), 'rtsp.head', true],
    ['too long a body', utf8('RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n'), 'rtsp.content-length', true],
    ['endless nonsense', new Uint8Array(MAX_GARBAGE_BYTES + 1), 'rtsp.garbage', true],
  ])('refuses %s', (_, bytes, code, resync) => {
    expect(() => run([bytes], resync)).toThrow(expect.objectContaining({ code }))
    expect(() => run(cut(bytes, 1000), resync)).toThrow(expect.objectContaining({ code }))
  })

  it('survives a chunk full of beginnings that lead nowhere', () => {
    for (const start of ['RTSP/1.\n', 'RTSP/1.0 200 ', 'RTSP/1.\u0001']) {
      const bytes = utf8(start.repeat(Math.floor(65_536 / start.length)))
      expect(run([bytes, answer(1)]).lines).toHaveLength(1)
    }
  })

  it('answers any bytes with pieces or a WireError, and leaves them as they were', () => {
    const parts = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(
        answer(1),
        encodeInterleaved(0, [rtp(16)]),
        utf8('RTSP/1.0 2'),
        utf8('$'),
        utf8('RTSP/RTSP/1.0 '),
      ),
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), fc.boolean(), (chunks, resync) => {
        const before = chunks.map((chunk) => chunk.slice())
        try {
          run(chunks, resync)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
        expect(chunks).toEqual(before)
      }),
    )
  })
})
