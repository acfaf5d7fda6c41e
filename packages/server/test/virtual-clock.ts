// SPDX-License-Identifier: Apache-2.0
/** Time that passes when it is told to. */
import type { Clock } from '@openhmp/protocol/base'

interface Sleep {
  readonly atMs: number
  wake(): void
}

/** Turns of the event loop in which nothing may be under way. */
const QUIET_TURNS = 4

export class VirtualClock implements Clock {
  #ms = 1_700_000_000_000
  #sleeps: Sleep[] = []
  readonly #isBusy: () => boolean

  /** `isBusy` tells of work that goes on in other threads. */
  constructor(isBusy: () => boolean = () => false) {
    this.#isBusy = isBusy
  }

  now = (): number => this.#ms
  monotonic = (): number => this.#ms

  sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const sleep: Sleep = { atMs: this.#ms + ms, wake: resolve }
      this.#sleeps.push(sleep)
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleeps = this.#sleeps.filter((one) => one !== sleep)
          reject(signal.reason)
        },
        { once: true },
      )
    })
  }

  /** Passes time, in order, giving everybody the time to act in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#ms + ms
    for (;;) {
      await this.settle()
      const next = this.#sleeps.toSorted((a, b) => a.atMs - b.atMs)[0]
      if (!next || next.atMs > end) break
      this.#ms = next.atMs
      this.#sleeps = this.#sleeps.filter((one) => one !== next)
      next.wake()
    }
    this.#ms = end
    await this.settle()
  }

  /** Lets everything that waits for promises, files and database threads go on until it waits for time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.#isBusy() ? 0 : quiet + 1)
      await new Promise((resolve) => setImmediate(resolve))
  }
}
