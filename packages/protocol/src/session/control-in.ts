// SPDX-License-Identifier: Apache-2.0
/** Requests and answers on their way in: joined, and told apart from streamed ones, whose head comes before their body. hmp.md §4, §8. */

import { latin1 } from '../base/bytes.ts'
import { ControlJoiner, keyOf } from '../hmp/fragments.ts'
import { MAX_PARTIAL_CONTROL_MESSAGES } from '../hmp/limits.ts'
import { Flag, type PacketHeader, violation } from '../hmp/packet.ts'
import { findHeadEnd } from '../http/codec.ts'
import { parseStrictHeaderLines } from '../http/headers.ts'
import { BodyReader } from './body-reader.ts'
import type { Outlet } from './outlet.ts'

/** What a joined control message is handed to. `body` is there for a streamed one. */
export interface ControlSink {
  /** The first packet of a request has come: its number must be in order. */
  onRequestBegins(header: PacketHeader, offset: number): void
  onMessage(header: PacketHeader, bytes: Uint8Array, offset: number, body: BodyReader | undefined): void
  onCancel(header: PacketHeader, offset: number): void
}

export class ControlIn {
  readonly #joiner = new ControlJoiner()
  readonly #bodies = new Map<number, BodyReader>()
  readonly #outlet: Outlet
  readonly #sink: ControlSink

  constructor(outlet: Outlet, sink: ControlSink) {
    this.#outlet = outlet
    this.#sink = sink
  }

  /** Throws the `WireError`s that end the session. */
  push(header: PacketHeader, payload: Uint8Array, offset: number): void {
    if (header.flags & Flag.cancel) {
      this.drop(header)
      this.#sink.onCancel(header, offset)
      return
    }
    const body = this.#bodies.get(keyOf(header))
    if (body) {
      body.push(payload)
      if (header.flags & Flag.more) return
      this.#bodies.delete(keyOf(header))
      body.end()
      return
    }
    const isFirst = !this.#joiner.has(header)
    if (isFirst && !(header.flags & Flag.response)) this.#sink.onRequestBegins(header, offset)
    if (isFirst && header.flags & Flag.more && isStreamedHead(payload)) {
      this.#sink.onMessage(header, payload, offset, this.#open(header, offset))
      return
    }
    const whole = this.#joiner.push(header, payload, offset)
    if (whole) this.#sink.onMessage(header, whole, offset, undefined)
  }

  #open(header: PacketHeader, offset: number): BodyReader {
    if (this.#joiner.size + this.#bodies.size >= MAX_PARTIAL_CONTROL_MESSAGES)
      throw violation('flow', 'too many messages under way', offset + 8, '§4')
    const { sequence } = header
    const response = (header.flags & Flag.response) !== 0
    const body = new BodyReader((credit) => this.#outlet.session({ t: 'window', sequence, response, credit }))
    this.#bodies.set(keyOf(header), body)
    return body
  }

  /** Forgets a message under way; a body's reader is told. */
  drop(header: Pick<PacketHeader, 'type' | 'flags' | 'sequence'>): void {
    this.#joiner.drop(header)
    this.#bodies.get(keyOf(header))?.end(violation('sequence', 'cancelled', undefined, '§8.5'))
    this.#bodies.delete(keyOf(header))
  }

  close(cause: unknown): void {
    for (const body of this.#bodies.values()) body.end(cause)
    this.#bodies.clear()
  }
}

/** True for a first packet that is a head, whole, and says `HMP-Streamed: 1`. */
const isStreamedHead = (payload: Uint8Array): boolean => {
  if (findHeadEnd(payload) !== payload.length) return false
  const text = latin1(payload)
  try {
    return parseStrictHeaderLines(text.slice(text.indexOf('\r\n') + 2, -2)).get('HMP-Streamed') === '1'
  } catch {
    return false // malformed: it will be answered 400 once it is whole
  }
}
