// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts an RTSP connection's bytes into messages and interleaved packets, RFC 2326 §4 and §10.12, however they arrive.
 *
 * A packet that lies whole in the chunk is a view into it; one that runs over a chunk's end is gathered once. Text goes
 * through a small buffer byte by byte: it is rare. With `resync`, bytes that open neither are skipped up to a limit until
 * a packet on a known channel or `RTSP/1.` follows; without, they are a `WireError`.
 */
import { latin1, u16 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { DOLLAR, INTERLEAVED_HEADER_BYTES as HEADER } from './interleaved.ts'
import {
  contentLength,
  isStartLine,
  MAX_HEAD_BYTES,
  MAX_START_LINE_BYTES,
  parseHead,
  type RtspMessage,
} from './message.ts'

/** Most bytes that may be skipped in one go before the connection counts as lost. */
export const MAX_GARBAGE_BYTES = 256 * 1024

/** Longest status line: after nonsense, one that does not end is read again from each place that looks like another. */
const MAX_STATUS_LINE_BYTES = 256

/** Where the pieces go, called while `push` runs. */
export interface RtspSplitterOptions {
  onMessage(message: RtspMessage): void
  /** One call a packet. A view, valid as long as the chunk it came in: whoever keeps it copies it. */
  onMedia(channel: number, packet: Uint8Array): void
  /** Look for the next packet or message after nonsense; false when left out. */
  readonly resync?: boolean
  /** Channels that a packet found after nonsense may have; all below 32 when left out. */
  isKnownChannel?(channel: number): boolean
}

type State = 'start' | 'head' | 'body' | 'packet' | 'lost'
const CR = 0x0d
const LF = 0x0a
const magic = [0x52, 0x54, 0x53, 0x50, 0x2f, 0x31, 0x2e] // RTSP/1.
/** What a packet must show to be believed after nonsense: its header and the first byte of RTP or RTCP. */
const PEEK = HEADER + 1
const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a

/** One per connection and direction. After it threw, it is of no more use. */
export class RtspSplitter {
  readonly #options: RtspSplitterOptions
  #state: State = 'start'
  /** Bytes of what is not whole yet. For packets and bodies: as long as it will be; for heads: the limit. */
  #held: Uint8Array = new Uint8Array(HEADER)
  #heldLength = 0
  #lineStart = 0
  #message: RtspMessage | undefined
  /** Bytes to be looked at again after nonsense, the next last. Empty between two calls of `push`. */
  #rest: Uint8Array[] = []
  /** Bytes skipped since the last message or packet. */
  #garbage = 0
  /** Bytes skipped so far, for the metrics. */
  skippedBytes = 0

  constructor(options: RtspSplitterOptions) {
    this.#options = options
  }

  /**
   * Takes the next bytes. Throws `WireError` `rtsp.garbage`, `rtsp.head` and those of `parseHead` and `contentLength`.
   */
  push(chunk: Uint8Array): void {
    this.#cut(chunk)
    for (let rest = this.#rest.pop(); rest; rest = this.#rest.pop()) this.#cut(rest)
  }

  #cut(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      switch (this.#state) {
        case 'start':
          at = this.#start(chunk, at)
          break
        case 'packet':
          at = this.#packet(chunk, at)
          break
        case 'head':
          at = this.#head(chunk, at)
          break
        case 'body':
          at = this.#body(chunk, at)
          break
        case 'lost':
          at = this.#search(chunk, at)
          break
      }
    }
  }

  /** At the border between two pieces: the fast path is here. */
  #start(chunk: Uint8Array, at: number): number {
    const length = chunk.length
    while (at < length) {
      const byte = chunk[at]!
      if (byte === DOLLAR) {
        const room = length - at
        const size = room >= HEADER ? HEADER + ((chunk[at + 2]! << 8) | chunk[at + 3]!) : 0
        if (size === 0 || room < size) return this.#holdPacket(chunk, at, size)
        this.#garbage = 0
        this.#options.onMedia(chunk[at + 1]!, chunk.subarray(at + HEADER, at + size))
        at += size
      } else if (byte === CR || byte === LF) {
        at++ // Tolerates: cameras that end a body with an empty line too many, though RFC 2326 §4 counts it exactly
      } else if (isLetter(byte)) {
        this.#state = 'head'
        this.#held = new Uint8Array(1024)
        this.#heldLength = 0
        this.#lineStart = 0
        return at
      } else {
        return this.#lose(at)
      }
    }
    return at
  }

  /** Keeps the first part of a packet; `size` 0 means that its header is not whole yet. */
  #holdPacket(chunk: Uint8Array, at: number, size: number): number {
    this.#state = 'packet'
    this.#held = new Uint8Array(size === 0 ? HEADER : size)
    this.#held.set(chunk.subarray(at))
    this.#heldLength = chunk.length - at
    return chunk.length
  }

  #packet(chunk: Uint8Array, at: number): number {
    at = this.#fill(chunk, at)
    if (this.#heldLength < this.#held.length) return at
    const size = HEADER + u16(this.#held, 2)
    if (this.#held.length < size) {
      const whole = new Uint8Array(size)
      whole.set(this.#held)
      this.#held = whole
      return at
    }
    this.#state = 'start'
    this.#garbage = 0
    this.#options.onMedia(this.#held[1]!, this.#held.subarray(HEADER))
    return at
  }

  #body(chunk: Uint8Array, at: number): number {
    at = this.#fill(chunk, at)
    if (this.#heldLength === this.#held.length) this.#deliver(this.#held)
    return at
  }

  #fill(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#held.length - this.#heldLength)
    this.#held.set(chunk.subarray(at, end), this.#heldLength)
    this.#heldLength += end - at
    return end
  }

  #head(chunk: Uint8Array, at: number): number {
    while (at < chunk.length) {
      const byte = chunk[at]!
      at++
      this.#hold(byte)
      const isFirstLine = this.#lineStart === 0
      const lineLength = this.#heldLength - this.#lineStart
      if (isFirstLine && !this.#isPlausible(byte, lineLength)) return this.#reject(chunk, at)
      if (byte !== LF) continue
      if (lineLength === 1 || (lineLength === 2 && this.#held[this.#heldLength - 2] === CR)) {
        this.#headEnds()
        return at
      }
      if (isFirstLine && !isStartLine(latin1(this.#held.subarray(0, this.#heldLength)).trimEnd()))
        return this.#reject(chunk, at)
      this.#lineStart = this.#heldLength
    }
    return at
  }

  /** A start line is printable and of bounded length. */
  #isPlausible(byte: number, length: number): boolean {
    const isText = (byte >= 0x20 && byte < 0x7f) || byte >= 0x80 || byte === CR || byte === LF || byte === 0x09
    const isStatus = length > 4 && this.#held[0] === magic[0] && this.#held[4] === magic[4]
    return isText && length <= (isStatus ? MAX_STATUS_LINE_BYTES : MAX_START_LINE_BYTES)
  }

  #hold(byte: number): void {
    if (this.#heldLength >= MAX_HEAD_BYTES)
      throw new WireError('rtsp.head', `start line and header over ${MAX_HEAD_BYTES} bytes`, { spec: 'RFC 2326 §4' })
    if (this.#heldLength === this.#held.length) {
      const larger = new Uint8Array(Math.min(MAX_HEAD_BYTES, 2 * this.#held.length))
      larger.set(this.#held)
      this.#held = larger
    }
    this.#held[this.#heldLength++] = byte
  }

  #headEnds(): void {
    const message = parseHead(latin1(this.#held.subarray(0, this.#heldLength)))
    const length = contentLength(message.headers)
    this.#message = message
    this.#state = 'body'
    this.#held = new Uint8Array(length)
    this.#heldLength = 0
    if (length === 0) this.#deliver(message.body)
  }

  #deliver(body: Uint8Array): void {
    const message = this.#message!
    this.#message = undefined
    this.#state = 'start'
    this.#garbage = 0
    this.#options.onMessage(body.length === 0 ? message : { ...message, body })
  }

  /** The text held is no message: its first byte is nonsense, the rest is looked at again. */
  #reject(chunk: Uint8Array, at: number): number {
    const text = this.#held.slice(0, this.#heldLength)
    if (!this.#options.resync) parseHead(latin1(text)) // throws with the line
    this.#lose(0)
    this.#skip(1)
    this.#rest.push(chunk.subarray(at), text.subarray(1))
    return chunk.length
  }

  #lose(at: number): number {
    if (!this.#options.resync)
      throw new WireError('rtsp.garbage', 'neither a message nor an interleaved packet', {
        at,
        spec: 'RFC 2326 §10.12',
      })
    this.#state = 'lost'
    this.#held = new Uint8Array(magic.length)
    this.#heldLength = 0
    return at
  }

  #skip(count: number): void {
    this.skippedBytes += count
    this.#garbage += count
    if (this.#garbage > MAX_GARBAGE_BYTES)
      throw new WireError('rtsp.garbage', `nothing to be understood in ${MAX_GARBAGE_BYTES} bytes`, {
        spec: 'RFC 2326 §10.12',
      })
  }

  /** Byte by byte until the held bytes begin something believable. */
  #search(chunk: Uint8Array, at: number): number {
    while (at < chunk.length) {
      this.#held[this.#heldLength++] = chunk[at]!
      at++
      while (this.#heldLength > 0) {
        const guess = this.#guess()
        if (guess === 'unsure') break
        if (guess === 'found') return this.#resume(at)
        this.#skip(1)
        this.#held.copyWithin(0, 1, this.#heldLength)
        this.#heldLength--
      }
    }
    return at
  }

  #guess(): 'found' | 'unsure' | 'no' {
    const held = this.#held
    const length = this.#heldLength
    if (held[0] === DOLLAR) {
      if (length > 1 && !(this.#options.isKnownChannel?.(held[1]!) ?? held[1]! < 32)) return 'no'
      if (length < PEEK) return 'unsure'
      return u16(held, 2) >= 8 && held[HEADER]! >> 6 === 2 ? 'found' : 'no'
    }
    for (let i = 0; i < length; i++) if (held[i] !== magic[i]) return 'no'
    return length === magic.length ? 'found' : 'unsure'
  }

  #resume(at: number): number {
    const found = this.#held.slice(0, this.#heldLength)
    this.#state = 'start'
    this.#cut(found) // too short to be rejected
    return at
  }
}
