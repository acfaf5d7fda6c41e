// SPDX-License-Identifier: Apache-2.0
/** The one way out of a session: makes headers, writes packets, counts them. Payloads are passed on, never copied. */

import { HEADER_BYTES, HeaderWriter, PacketType } from '../hmp/packet.ts'
import {
  encodeSessionMessage,
  type GoodbyeMessage,
  type SessionMessage,
  type UnknownMessage,
} from '../hmp/session-message.ts'
import { InFlight } from './flow.ts'

const nothing = new Uint8Array(0)

export class Outlet {
  readonly inFlight = new InFlight()
  readonly #headers = new HeaderWriter()
  readonly #write: (parts: readonly Uint8Array[]) => void
  readonly #now: () => number
  #isOpen = true
  packets = 0
  bytes = 0
  lastSentMs: number

  constructor(write: (parts: readonly Uint8Array[]) => void, now: () => number) {
    this.#write = write
    this.#now = now
    this.lastSentMs = now()
  }

  /** Writes a session message at once: between packets, ahead of all that waits. */
  session(message: Exclude<SessionMessage, UnknownMessage | GoodbyeMessage>): void {
    const payload = encodeSessionMessage(message)
    this.#packet(this.#headers.write(PacketType.session, 0, 0, 0, payload.length), payload)
    this.lastSentMs = this.#now()
  }

  /** Writes one media or control packet and counts it as in flight. */
  packet(type: PacketType, flags: number, stream: number, sequence: number, payload: Uint8Array, nowMs: number): void {
    this.inFlight.sent(payload.length, nowMs)
    this.lastSentMs = nowMs
    this.#packet(this.#headers.write(type, flags, stream, sequence, payload.length), payload)
  }

  /** A packet without payload: CANCEL, END, the end of a streamed body. */
  empty(type: PacketType, flags: number, stream: number, sequence: number): void {
    this.#packet(this.#headers.write(type, flags, stream, sequence, 0), nothing)
  }

  /** The last packet. */
  goodbye(message: GoodbyeMessage): void {
    const payload = encodeSessionMessage(message)
    this.#packet(this.#headers.write(PacketType.session, 0, 0, 0, payload.length), payload)
    this.#isOpen = false
  }

  close(): void {
    this.#isOpen = false
  }

  #packet(header: Uint8Array, payload: Uint8Array): void {
    if (!this.#isOpen) return
    this.packets++
    this.bytes += HEADER_BYTES + payload.length
    this.#write(payload.length === 0 ? [header] : [header, payload])
  }
}
