// SPDX-License-Identifier: Apache-2.0
/**
 * A stream of bytes, cut anywhere, into packets. A payload that lies whole in one chunk is a view; another is gathered
 * into one array of its own size, once. So a byte is copied at most once, and nothing is held but the packet under way.
 */
import { WireError } from '../base/errors.ts'
import { decodeHeader, HEADER_BYTES, type PacketHeader } from './packet.ts'

/** What a splitter calls. `offset` is that of the packet's first byte in its direction. */
export interface PacketSink {
  /** A header is here, its payload may not be: throw to refuse before memory is set aside. */
  onHeader?(header: PacketHeader, offset: number): void
  onPacket(header: PacketHeader, payload: Uint8Array, offset: number): void
}

const nothing = new Uint8Array(0)

/** One direction of a stream carrier. After a throw it must not be fed again. */
export class PacketSplitter {
  readonly #sink: PacketSink
  readonly #headerBytes = new Uint8Array(HEADER_BYTES)
  #headerFilled = 0
  #header: PacketHeader | undefined
  #payload = nothing
  #payloadFilled = 0
  /** Of the first byte of the packet under way. */
  #offset = 0

  constructor(sink: PacketSink) {
    this.#sink = sink
  }

  /** Throws the `WireError`s of `decodeHeader` and whatever the sink throws. Views into `chunk` are handed on. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (!this.#header) {
        at = this.#takeHeader(chunk, at)
        if (!this.#header) continue
      }
      at = this.#takePayload(chunk, at, this.#header)
    }
  }

  /** Takes one packet that is exactly `bytes`: a WebSocket message. Throws `WireError` `hmp.length` when it is not. */
  pushWhole(bytes: Uint8Array): void {
    const header = decodeHeader(bytes, 0, this.#offset)
    if (HEADER_BYTES + header.length !== bytes.length)
      throw new WireError(
        'hmp.length',
        `message of ${bytes.length} bytes holds a packet of ${HEADER_BYTES + header.length}`,
        {
          at: this.#offset + 12,
          spec: 'hmp.md §2.2',
        },
      )
    this.#sink.onHeader?.(header, this.#offset)
    this.#deliver(header, bytes.subarray(HEADER_BYTES))
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    if (this.#headerFilled === 0 && chunk.length - at >= HEADER_BYTES) {
      this.#header = decodeHeader(chunk, at, this.#offset)
      at += HEADER_BYTES
    } else {
      const taken = Math.min(HEADER_BYTES - this.#headerFilled, chunk.length - at)
      this.#headerBytes.set(chunk.subarray(at, at + taken), this.#headerFilled)
      this.#headerFilled += taken
      at += taken
      if (this.#headerFilled < HEADER_BYTES) return at
      this.#headerFilled = 0
      this.#header = decodeHeader(this.#headerBytes, 0, this.#offset)
    }
    this.#sink.onHeader?.(this.#header, this.#offset)
    if (this.#header.length === 0) this.#deliver(this.#header, nothing)
    return at
  }

  #takePayload(chunk: Uint8Array, at: number, header: PacketHeader): number {
    const { length } = header
    if (this.#payloadFilled === 0) {
      if (chunk.length - at >= length) {
        this.#deliver(header, chunk.subarray(at, at + length))
        return at + length
      }
      if (at < chunk.length) this.#payload = new Uint8Array(length)
    }
    const taken = Math.min(length - this.#payloadFilled, chunk.length - at)
    this.#payload.set(chunk.subarray(at, at + taken), this.#payloadFilled)
    this.#payloadFilled += taken
    if (this.#payloadFilled === length) this.#deliver(header, this.#payload)
    return at + taken
  }

  #deliver(header: PacketHeader, payload: Uint8Array): void {
    const offset = this.#offset
    this.#header = undefined
    this.#payload = nothing
    this.#payloadFilled = 0
    this.#offset += HEADER_BYTES + payload.length
    this.#sink.onPacket(header, payload, offset)
  }
}
