// SPDX-License-Identifier: Apache-2.0
/** A device's own clock: ahead or behind, and gaining or losing, until somebody sets it. */
import type { Clock } from '@openhmp/protocol/base'

/** How it stood when it was set. */
export interface ClockState {
  /** How far it was ahead then, in milliseconds. */
  readonly clockAheadMs: number
  /** When that was, in milliseconds since 1970. */
  readonly clockSetAtMs: number
}

/** One device's. */
export class WallClock {
  readonly #clock: Clock
  readonly #rate: number
  #aheadMs: number
  /** Since when it gains, on the monotonic clock. */
  #setMs: number

  /** `rate`: milliseconds gained per millisecond. `state`: it ran on while the emulator was away. */
  constructor(clock: Clock, aheadMs: number, rate: number, state: ClockState | undefined) {
    this.#clock = clock
    this.#rate = rate
    this.#aheadMs = state?.clockAheadMs ?? aheadMs
    this.#setMs = clock.monotonic() - (state ? Math.max(0, clock.now() - state.clockSetAtMs) : 0)
  }

  /** Milliseconds since 1970, as the device has it. */
  now(): number {
    const gainedMs = (this.#clock.monotonic() - this.#setMs) * this.#rate
    return this.#clock.now() + this.#aheadMs + Math.round(gainedMs)
  }

  set(ms: number): void {
    this.#aheadMs = ms - this.#clock.now()
    this.#setMs = this.#clock.monotonic()
  }

  get state(): ClockState {
    const forMs = this.#clock.monotonic() - this.#setMs
    return { clockAheadMs: this.#aheadMs, clockSetAtMs: this.#clock.now() - forMs }
  }
}
