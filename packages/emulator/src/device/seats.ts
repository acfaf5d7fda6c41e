// SPDX-License-Identifier: Apache-2.0
/** So many at a time and no more: the sessions that a device has room for. */

/** A number of seats, taken and given back. */
export class Seats {
  readonly limit: number
  #taken = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  /** A seat, given back when it is disposed; undefined when all are taken. */
  take(): Disposable | undefined {
    if (this.#taken >= this.limit) return undefined
    this.#taken++
    let isMine = true
    return {
      [Symbol.dispose]: () => {
        if (isMine) this.#taken--
        isMine = false
      },
    }
  }
}
