// SPDX-License-Identifier: Apache-2.0
/**
 * One direction of an HTTP/1.1 connection (RFC 9112): start lines and fields; content is measured and passed over, be it
 * of a known length, in chunks, or without end. Of multipart content (alert streams) each part is told; behind an upgrade
 * to HMP's WebSocket its packets are.
 */
import { concat, latin1, WireError } from '@openhmp/protocol/base'
import type { HeaderMap } from '@openhmp/protocol/http'
import { findHeadEnd, MAX_HEAD_BYTES, parseHeaderLines } from '@openhmp/protocol/http'
import { PartsReader } from './parts-reader.ts'
import type { DirectionReader, Talker } from './talk.ts'
import { detailOf, readable, withoutSecrets } from './talk.ts'
import type { Place } from './tcp-order.ts'
import { WebSocketReader } from './websocket-reader.ts'

/** `next` is what follows the content: another message, or behind `skip` bytes another chunk. */
type State =
  | { readonly kind: 'head' | 'chunk' | 'trailer' | 'endless' }
  | { readonly kind: 'content'; readonly left: number; readonly skip: number; readonly next: 'head' | 'chunk' }

export class HttpReader implements DirectionReader {
  readonly #talker: Talker
  #held: Uint8Array = new Uint8Array(0)
  #state: State = { kind: 'head' }
  /** Of content that has several. */
  #parts: PartsReader | undefined
  /** Reads on behind an upgrade. Set by a request that asks for one: what the answer is, the other direction knows. */
  #upgraded: WebSocketReader | undefined

  constructor(talker: Talker) {
    this.#talker = talker
  }

  push(bytes: Uint8Array, where: Place): void {
    let rest = this.#held.length === 0 ? bytes : concat([this.#held, bytes])
    this.#held = new Uint8Array(0)
    while (rest.length > 0) {
      const used = this.#step(rest, where)
      if (used === 0) {
        this.#held = rest.slice()
        return
      }
      rest = rest.subarray(used)
    }
  }

  /** Bytes used; 0 when more are needed. */
  #step(rest: Uint8Array, where: Place): number {
    const state = this.#state
    switch (state.kind) {
      case 'head':
        // No frame begins with a letter, as each request does.
        if (this.#upgraded && !isLetter(rest[0]!)) {
          this.#state = { kind: 'endless' }
          return this.#step(rest, where)
        }
        return this.#readHead(rest, where)
      case 'chunk':
        return this.#readChunkSize(rest, where)
      case 'trailer':
        return this.#readTrailer(rest)
      case 'endless':
        this.#parts?.push(rest, where)
        this.#upgraded?.push(rest, where)
        return rest.length
      case 'content':
        return this.#readContent(state, rest, where)
    }
  }

  #readContent(state: State & { kind: 'content' }, rest: Uint8Array, where: Place): number {
    const used = Math.min(state.left, rest.length)
    this.#parts?.push(rest.subarray(0, used), where)
    const skipped = Math.min(state.skip, rest.length - used)
    const [left, skip] = [state.left - used, state.skip - skipped]
    if (left + skip > 0) this.#state = { ...state, left, skip }
    else {
      this.#state = { kind: state.next }
      if (state.next === 'head') this.#endParts(where)
    }
    return used + skipped
  }

  #endParts(where: Place): void {
    this.#parts?.end(where)
    this.#parts = undefined
  }

  #readHead(rest: Uint8Array, where: Place): number {
    const end = findHeadEnd(rest)
    if (end < 0) {
      if (rest.length >= MAX_HEAD_BYTES) throw new WireError('http.head', `no end of the head in ${rest.length} bytes`)
      return 0
    }
    const text = latin1(rest.subarray(0, end - 2))
    const line = text.slice(0, text.indexOf('\r\n'))
    const headers = parseHeaderLines(text.slice(line.length + 2))
    this.#state = contentOf(line, headers)
    const type = headers.get('Content-Type') ?? ''
    this.#parts =
      this.#state.kind !== 'head' && /^multipart\//i.test(type) ? new PartsReader(this.#talker, type) : undefined
    this.#upgraded = this.#upgradeOf(line, headers)
    const length = this.#state.kind === 'content' ? `  (${this.#state.left} bytes)` : ''
    const shown = withoutSecrets(line.replace(/ HTTP\/1\.\d$/, '').replace(/^HTTP\/1\.\d /, ''))
    this.#talker.say(where, 'HTTP', readable(shown) + length, detailOf(headers))
    return end
  }

  /** RFC 6455 §4: a request that asks for HMP's subprotocol, or the answer that grants it. */
  #upgradeOf(line: string, headers: HeaderMap): WebSocketReader | undefined {
    const isAnswer = line.startsWith('HTTP/')
    if (isAnswer && !/^HTTP\/1\.\d 101/.test(line)) return undefined
    const isHmp = headers.getAll('Sec-WebSocket-Protocol').some((names) => /(^|,)\s*hmp\.1\s*(,|$)/.test(names))
    if (!isHmp || headers.get('Upgrade')?.toLowerCase() !== 'websocket') return undefined
    return new WebSocketReader(this.#talker, !isAnswer)
  }

  /** RFC 9112 §7.1: the size in hex; 0 ends the content. */
  #readChunkSize(rest: Uint8Array, where: Place): number {
    const end = rest.indexOf(10)
    if (end < 0 && rest.length < 100) return 0
    const size = Number.parseInt(latin1(rest.subarray(0, Math.max(0, end))), 16)
    if (!(size >= 0)) throw new WireError('http.chunk', 'no chunk size', { spec: 'RFC 9112 §7.1' })
    if (size === 0) this.#endParts(where)
    this.#state = size === 0 ? { kind: 'trailer' } : { kind: 'content', left: size, skip: 2, next: 'chunk' }
    return end + 1
  }

  /** Trailer fields up to an empty line, RFC 9112 §7.1.2. */
  #readTrailer(rest: Uint8Array): number {
    const end = rest.indexOf(10)
    if (end < 0) return rest.length > MAX_HEAD_BYTES ? rest.length : 0
    if (end <= 1) this.#state = { kind: 'head' }
    return end + 1
  }
}

const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)

/** How long the content is, RFC 9112 §6.3. */
function contentOf(line: string, headers: HeaderMap): State {
  const status = /^HTTP\/1\.\d (\d{3})/.exec(line)?.[1]
  if (/chunked/i.test(headers.get('Transfer-Encoding') ?? '')) return { kind: 'chunk' }
  const length = Number(headers.get('Content-Length') ?? Number.NaN)
  if (length > 0) return { kind: 'content', left: length, skip: 0, next: 'head' }
  if (status === '101') return { kind: 'endless' }
  const isWithout = status === undefined || length === 0 || status === '204' || status === '304' || status[0] === '1'
  return { kind: isWithout ? 'head' : 'endless' }
}
