// SPDX-License-Identifier: Apache-2.0
/** A signal that fires after so many seconds, with a reason that says what was waited for; `clear` calls it off. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(seconds: number, reason: () => Error) {
    this.#timer = setTimeout(() => this.#controller.abort(reason()), seconds * 1000)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  clear(): void {
    clearTimeout(this.#timer)
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}
