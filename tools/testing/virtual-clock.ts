// SPDX-License-Identifier: Apache-2.0
/** Virtual time for tests: nothing happens until the test says so. */
import type { Clock } from '@openhmp/protocol/base'

interface Sleeper {
  readonly dueMs: number
  wake(): void
}

/** A clock that a test moves. Both of its times start at the same moment. */
export class VirtualClock implements Clock {
  #nowMs: number
  readonly #startMs: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(startMs = Date.UTC(2026, 9, 16, 12)) {
    this.#nowMs = 0
    this.#startMs = startMs
  }

  /** How many wait. */
  get sleepers(): number {
    return this.#sleepers.size
  }

  now(): number {
    return this.#startMs + this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

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
        dueMs: this.#nowMs + ms,
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
    const end = this.#nowMs + ms
    await settle()
    for (;;) {
      let first: Sleeper | undefined
      for (const sleeper of this.#sleepers) if (!first || sleeper.dueMs < first.dueMs) first = sleeper
      if (!first || first.dueMs > end) break
      this.#nowMs = Math.max(this.#nowMs, first.dueMs)
      first.wake()
      await settle()
    }
    this.#nowMs = end
    await settle()
  }
}

/** Enough turns for what hangs on promises alone. */
async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve()
}
