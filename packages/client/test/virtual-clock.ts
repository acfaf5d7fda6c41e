// SPDX-License-Identifier: Apache-2.0
/** Time for tests: it passes when the test says so. */
import type { Clock } from '@openhmp/protocol/base'

interface Sleeper {
  readonly dueMs: number
  wake(): void
}

export class VirtualClock implements Clock {
  #nowMs = 0
  readonly #sleepers = new Set<Sleeper>()

  now(): number {
    return Date.UTC(2026, 10, 23) + this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', abort)
      }
      const abort = () => {
        end()
        reject(signal?.reason)
      }
      const sleeper = {
        dueMs: this.#nowMs + ms,
        wake: () => {
          end()
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
      for (const one of this.#sleepers) if (!first || one.dueMs < first.dueMs) first = one
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
const settle = async (): Promise<void> => {
  for (let i = 0; i < 40; i++) await Promise.resolve()
}
