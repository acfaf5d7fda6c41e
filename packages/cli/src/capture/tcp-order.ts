// SPDX-License-Identifier: Apache-2.0
/**
 * One direction of a TCP connection put in order (RFC 9293 §3.4): repeats are dropped, early segments wait, and what the
 * capture never saw is told as a gap, so that reading can go on behind it.
 */
import type { Segment } from './segment.ts'

/** Early segments wait up to this much for the missing one; then it counts as not captured. */
export const MAX_EARLY_BYTES = 4 * 1024 * 1024
export const MAX_EARLY_SEGMENTS = 4096

/** What comes out, in order. */
export interface TcpSink {
  /** `at` is the offset of the first byte in the capture file; `number` and `timeMs` are those of the frame it came in. */
  onBytes(bytes: Uint8Array, where: Place): void
  onGap(missingBytes: number, where: Place): void
}
export interface Place {
  readonly number: number
  readonly timeMs: number
  readonly at: number
}

interface Early {
  readonly sequence: number
  readonly payload: Uint8Array
  readonly where: Place
}

export class TcpOrder {
  readonly #sink: TcpSink
  #next: number | undefined
  #early: Early[] = []
  #earlyBytes = 0

  constructor(sink: TcpSink) {
    this.#sink = sink
  }

  push(segment: Segment, frame: Omit<Place, 'at'>): void {
    const { sequence, payload } = segment
    if (segment.isSyn) {
      this.flush()
      this.#next = (sequence + 1) >>> 0
      return
    }
    if (payload.length === 0) return
    // A capture that began in mid-connection: its first segment is the beginning.
    this.#next ??= sequence
    const where = { number: frame.number, timeMs: frame.timeMs, at: segment.at }
    if (((sequence - this.#next) | 0) > 0) {
      this.#early.push({ sequence, payload, where })
      this.#earlyBytes += payload.length
      if (this.#earlyBytes > MAX_EARLY_BYTES || this.#early.length > MAX_EARLY_SEGMENTS) this.#skip()
      return
    }
    this.#deliver({ sequence, payload, where })
    this.#drain()
  }

  /** Hands out what still waits: the capture ends here. */
  flush(): void {
    while (this.#early.length > 0) this.#skip()
  }

  #deliver({ sequence, payload, where }: Early): void {
    const known = (this.#next! - sequence) | 0 // bytes that came before
    if (known >= payload.length) return
    const fresh = known > 0 ? payload.subarray(known) : payload
    this.#next = (sequence + payload.length) >>> 0
    this.#sink.onBytes(fresh, known > 0 ? { ...where, at: where.at + known } : where)
  }

  #drain(): void {
    for (;;) {
      const i = this.#early.findIndex((early) => ((early.sequence - this.#next!) | 0) <= 0)
      if (i < 0) return
      const [ready] = this.#early.splice(i, 1)
      this.#earlyBytes -= ready!.payload.length
      this.#deliver(ready!)
    }
  }

  /** Gives the missing bytes up: on to the earliest segment that waits. */
  #skip(): void {
    let first = this.#early[0]
    if (!first) return
    for (const early of this.#early) if (((early.sequence - first.sequence) | 0) < 0) first = early
    this.#sink.onGap((first.sequence - this.#next!) >>> 0, first.where)
    this.#next = first.sequence
    this.#drain()
  }
}
