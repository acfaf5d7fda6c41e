// SPDX-License-Identifier: Apache-2.0
/**
 * Tells a quiet alert stream from a dead one. Cameras send a heartbeat every ten seconds or so, some recorders none at all
 * and stay silent for minutes; so how long silence may last is learned from the stream. No clock.
 */

/** Silence after which the device is asked by another way whether it is there. */
export const CHECK_AFTER_MS = 60_000
/** A stream with heartbeats that is silent for so many times their longest gap is dead, even when the device is there. */
const GAPS = 3
/** Heartbeats that must have come before they are relied on. */
const MIN_HEARTBEATS = 4
/** Never is a stream given up for silence earlier than this. */
const MIN_DEAD_MS = 60_000

/** Of one connection. */
export class Silence {
  #lastMs: number
  #checkedMs: number
  #heartbeats = 0
  #longestGapMs = 0

  constructor(nowMs: number) {
    this.#lastMs = nowMs
    this.#checkedMs = nowMs
  }

  /** Bytes came. */
  heard(nowMs: number): void {
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    this.#checkedMs = nowMs
  }

  heartbeat(): void {
    this.#heartbeats++
  }

  /** The device was asked. */
  checked(nowMs: number): void {
    this.#checkedMs = nowMs
  }

  /** Longest time between two signs of life that is normal; undefined while not known. */
  get periodMs(): number | undefined {
    return this.#heartbeats >= MIN_HEARTBEATS ? this.#longestGapMs : undefined
  }

  isDead(nowMs: number): boolean {
    return this.periodMs !== undefined && nowMs - this.#lastMs >= Math.max(MIN_DEAD_MS, GAPS * this.periodMs)
  }

  needsCheck(nowMs: number): boolean {
    return nowMs - this.#checkedMs >= CHECK_AFTER_MS
  }
}
