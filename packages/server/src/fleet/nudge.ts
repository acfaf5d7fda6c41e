// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@openhmp/protocol/base'

/** A wait that can be cut short: "try again now". */
export class Nudge {
  readonly #clock: Clock
  #waiting = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `ms`, when nudged, or when the signal aborts. Never rejects. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#waiting = new AbortController()
    await this.#clock.sleep(ms, { signal: AbortSignal.any([signal, this.#waiting.signal]) }).catch(() => {})
  }

  /** Ends the wait that is going on. */
  now(): void {
    this.#waiting.abort()
  }
}
