// SPDX-License-Identifier: Apache-2.0
/** One loop that keeps time for all streams of a process: it sleeps while nobody watches, and wakes nobody who is not due. */
import type { Clock } from '@openhmp/protocol/base'

/** The longest sleep: somebody may say that he is never due. */
const MAX_SLEEP_MS = 60_000

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
  /** Ends the sleep at hand, because something is due earlier than was known when it began. */
  #nap = new AbortController()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Starts pacing; a second call does nothing. */
  add(paced: Paced): void {
    if (this.#stop.signal.aborted || this.#paced.has(paced)) return
    this.#paced.set(paced, 0)
    this.#wake()
  }

  /** Calls `advance` of one that is paced anew, at once: what it is waiting for has changed. */
  nudge(paced: Paced): void {
    if (!this.#paced.has(paced)) return
    this.#paced.set(paced, 0)
    this.#wake()
  }

  #wake(): void {
    if (this.#running !== undefined) this.#nap.abort()
    else this.#running = this.#run()
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
      this.#nap = new AbortController()
      if (signal.aborted) break
      await this.clock.sleep(Math.max(1, next - now), { signal: this.#nap.signal }).catch(() => undefined) // woken early
    }
    this.#running = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#paced.clear()
    this.#nap.abort()
    await this.#running
  }
}
