// SPDX-License-Identifier: Apache-2.0
/** Time comes in from outside: nothing in `protocol` reads a clock. */

/** What a part of the system may know of time. Node's and the browser's are made in the outermost file only. */
export interface Clock {
  /** Wall time, milliseconds since 1970 (UTC). May jump. */
  now(): number
  /** Milliseconds that only grow. For durations and deadlines. */
  monotonic(): number
  /** Resolves after `ms`; rejects with `signal.reason` when aborted. */
  sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void>
}

/**
 * Turns a wrapping 32-bit RTP timestamp into one that only grows in steps of less than 2^31 either way. `place` looks a
 * time up without moving (RTCP); `advance` moves.
 */
export class Timeline {
  #last: number | undefined
  #high = 0

  advance(timestamp: number): number {
    const placed = this.place(timestamp)
    this.#high = placed
    this.#last = timestamp
    return placed
  }

  place(timestamp: number): number {
    if (this.#last === undefined) return timestamp
    return this.#high + ((timestamp - this.#last) | 0)
  }
}
