// SPDX-License-Identifier: Apache-2.0
/** A limit of what runs at one time; the rest waits in turn. */

/** Most that wait for one device; more are told that it is busy. */
export const MAX_WAITING = 256

export class Slots {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** All that wait. */
  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING
  }

  /** Runs `job` when its turn has come. Rejects with `signal.reason` when aborted before that. */
  async run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (this.#taken >= this.#most) await this.#turn(signal)
    else this.#taken++
    try {
      return await job()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#taken--
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const abort = () => {
        const at = this.#waiting.indexOf(wake)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal.reason)
      }
      this.#waiting.push(wake)
      signal.addEventListener('abort', abort, { once: true })
    })
  }
}
