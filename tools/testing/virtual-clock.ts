// SPDX-License-Identifier: Apache-2.0
/** Virtual time for tests: nothing happens until the test says so. */
import type { Clock } from '@openhmp/protocol/base'

interface Sleeper {
  readonly dueMs: number
  wake(): void
}

/** Turns of the event loop in which nothing may be under way. */
const QUIET_TURNS = 4

export interface VirtualClockOptions {
  /** What `now` says at first; the monotonic time begins at 0. */
  readonly startMs?: number
  /** Tells of work that goes on in other threads. */
  readonly isBusy?: () => boolean
}

/** A clock that a test moves. */
export class VirtualClock implements Clock {
  #passedMs = 0
  readonly #startMs: number
  readonly #isBusy: () => boolean
  readonly #sleepers = new Set<Sleeper>()

  constructor({ startMs = Date.UTC(2026, 9, 16, 12), isBusy = () => false }: VirtualClockOptions = {}) {
    this.#startMs = startMs
    this.#isBusy = isBusy
  }

  /** How many wait. */
  get sleepers(): number {
    return this.#sleepers.size
  }

  now = (): number => this.#startMs + this.#passedMs
  monotonic = (): number => this.#passedMs

  sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', abort)
      }
      const abort = () => {
        done()
        reject(signal?.reason)
      }
      const sleeper: Sleeper = {
        dueMs: this.#passedMs + ms,
        wake: () => {
          done()
          resolve()
        },
      }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Lets `ms` pass, waking each sleeper at its time and letting it run until it waits again. */
  async advance(ms: number): Promise<void> {
    const end = this.#passedMs + ms
    for (;;) {
      await this.settle()
      let first: Sleeper | undefined
      for (const sleeper of this.#sleepers) if (!first || sleeper.dueMs < first.dueMs) first = sleeper
      if (!first || first.dueMs > end) break
      this.#passedMs = Math.max(this.#passedMs, first.dueMs)
      first.wake()
    }
    this.#passedMs = end
    await this.settle()
  }

  /** Lets everything that waits for promises, files and other threads go on until it waits for time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.#isBusy() ? 0 : quiet + 1)
      await new Promise((resolve) => setImmediate(resolve))
  }
}
