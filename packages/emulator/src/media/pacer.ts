// SPDX-License-Identifier: Apache-2.0
/** One loop that keeps time for all streams of a process: it sleeps while nobody watches, and wakes nobody who is not due. */
import type { Clock } from '@openhmp/protocol/base'

/** The longest sleep while something plays, so that a stream that starts meanwhile is at most this late. */
const MAX_SLEEP_MS = 20

/** What is paced. */
export interface Paced {
  /** Sends what is due and returns when it wants to be called next, in the clock's monotonic milliseconds. */
  advance(nowMs: number): number
}

export class Pacer implements AsyncDisposable {
  readonly clock: Clock
  readonly #paced = new Map<Paced, number>()
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Starts pacing; a second call does nothing. */
  add(paced: Paced): void {
    if (this.#stop.signal.aborted || this.#paced.has(paced)) return
    this.#paced.set(paced, 0)
    this.#running ??= this.#run()
  }

  remove(paced: Paced): void {
    this.#paced.delete(paced)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (this.#paced.size > 0 && !signal.aborted) {
      const now = this.clock.monotonic()
      let next = now + MAX_SLEEP_MS
      for (const [paced, dueMs] of this.#paced) {
        let due = dueMs
        if (due <= now) {
          due = paced.advance(now)
          if (this.#paced.has(paced)) this.#paced.set(paced, due)
        }
        if (due < next) next = due
      }
      try {
        await this.clock.sleep(Math.max(1, next - now), { signal })
      } catch {
        break // the only reason is our own signal
      }
    }
    this.#running = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#paced.clear()
    await this.#running
  }
}
