// SPDX-License-Identifier: Apache-2.0
/** An order that is sent twice is done once: answers by `Idempotency-Key`, for ten minutes. hmp.md §8.3. */
import type { HttpResponseInit } from '../http/message.ts'
import type { IncomingRequest } from './options.ts'

/** How long an answer is remembered. */
export const REMEMBER_MS = 600_000
/** Answers that are remembered; then the oldest goes. */
export const MAX_REMEMBERED = 500

/** Of the device side. It outlives sessions. */
export class AnswerMemory {
  readonly #now: () => number
  readonly #answers = new Map<string, { readonly atMs: number; readonly answer: Promise<HttpResponseInit> }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** The first answer to this key, given or on its way; else that of `act`. */
  answer(request: IncomingRequest, act: () => Promise<HttpResponseInit>): Promise<HttpResponseInit> {
    const key = request.headers.get('Idempotency-Key')
    if (key === undefined || request.method === 'GET') return act()
    const known = this.#answers.get(key)
    if (known && this.#now() - known.atMs < REMEMBER_MS) return known.answer
    const answer = act()
    this.#answers.delete(key)
    this.#answers.set(key, { atMs: this.#now(), answer })
    if (this.#answers.size > MAX_REMEMBERED) this.#answers.delete(this.#answers.keys().next().value!)
    return answer
  }
}
