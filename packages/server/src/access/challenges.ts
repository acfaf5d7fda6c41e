// SPDX-License-Identifier: Apache-2.0
/** What somebody has been asked and may answer once, within five minutes. Bounded: of too many, the oldest is forgotten. */
import { randomBytes } from 'node:crypto'

export const CHALLENGE_MS = 5 * 60_000
/** Open at a time. */
export const MAX_CHALLENGES = 10_000

/** Open questions, each with what has to be remembered of it. */
export class Challenges<T> {
  readonly #now: () => number
  readonly #open = new Map<string, { readonly about: T; readonly untilMs: number }>()

  constructor(monotonic: () => number) {
    this.#now = monotonic
  }

  /** A new name for it, which nobody guesses. */
  put(about: T): string {
    const id = randomBytes(32).toString('base64url')
    this.#open.set(id, { about, untilMs: this.#now() + CHALLENGE_MS })
    if (this.#open.size > MAX_CHALLENGES) this.#open.delete(this.#open.keys().next().value!)
    return id
  }

  /** What was asked, while it is open. */
  get(id: string): T | undefined {
    const found = this.#open.get(id)
    if (found && found.untilMs > this.#now()) return found.about
    this.#open.delete(id)
    return undefined
  }

  /** The same, and closes it. */
  take(id: string): T | undefined {
    const about = this.get(id)
    this.#open.delete(id)
    return about
  }
}
