// SPDX-License-Identifier: Apache-2.0
/**
 * The first-run code: who can read what the server prints is its owner. It comes in two forms, 128 bits inside a link
 * and ten characters for typing; both are good until the first administrator exists, for half an hour, and for five
 * wrong tries. Then another one is printed.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'

/** Wrong tries that burn a code. */
export const MAX_WRONG_TRIES = 5
/** Codes printed in one hour: bounds what guessing can reach (5 of 2^50 each). */
export const MAX_CODES_AN_HOUR = 10
const LIFE_MS = 30 * 60_000
const HOUR_MS = 60 * 60_000
/** Crockford's base 32: without I, L, O and U. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A code as it is printed. */
export interface PrintedCode {
  /** `ABCDE-FGHJK` */
  readonly typed: string
  /** 22 characters, for the link. */
  readonly link: string
}

/** As typed, with look-alikes set right. */
const plain = (text: string): string =>
  text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Holds the code in force. `print` is called for each new one. */
export class SetupCode {
  readonly #now: () => number
  readonly #print: (code: PrintedCode) => void
  #code: PrintedCode | undefined
  #madeAt = 0
  #wrong = 0
  readonly #made: number[] = []

  constructor(options: { now: () => number; print: (code: PrintedCode) => void }) {
    this.#now = options.now
    this.#print = options.print
  }

  /** Makes and prints a code. */
  renew(): void {
    const nowMs = this.#now()
    while (this.#made.length > 0 && nowMs - this.#made[0]! > HOUR_MS) this.#made.shift()
    if (this.#made.length >= MAX_CODES_AN_HOUR) {
      this.#code = undefined
      return
    }
    this.#made.push(nowMs)
    const letters = [...randomBytes(10)].map((byte) => LETTERS[byte & 31]).join('')
    this.#code = { typed: `${letters.slice(0, 5)}-${letters.slice(5)}`, link: randomBytes(16).toString('base64url') }
    this.#madeAt = nowMs
    this.#wrong = 0
    this.#print(this.#code)
  }

  get printed(): PrintedCode | undefined {
    return this.#code
  }

  /** Throws `Refusal` `setup.code` for a wrong one, `setup.code-over` for one that is over. */
  check(given: string): void {
    const isOver = !this.#code || this.#now() - this.#madeAt > LIFE_MS
    if (isOver) {
      this.renew()
      throw new Refusal('forbidden', 'setup.code-over', this.#overText('this code is over'))
    }
    if (same(given.trim(), this.#code!.link) || same(plain(given), plain(this.#code!.typed))) return
    if (++this.#wrong < MAX_WRONG_TRIES)
      throw new Refusal('forbidden', 'setup.code', 'this is not the code that the server printed')
    this.renew()
    throw new Refusal('forbidden', 'setup.code-over', this.#overText('too many wrong codes'))
  }

  #overText(why: string): string {
    return this.#code ? `${why}: the server has printed another one` : `${why}: wait an hour, or restart the server`
  }

  /** No code is good any more. */
  close(): void {
    this.#code = undefined
  }
}
