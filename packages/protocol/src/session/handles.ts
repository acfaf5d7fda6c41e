// SPDX-License-Identifier: Apache-2.0
/** The numbers of streams: given by parity, and at rest for 60 s after their end. hmp.md §9.1. */
import { Refusal } from '../base/errors.ts'
import { HANDLE_REST_MS } from '../hmp/limits.ts'

const LAST_HANDLE = 65_535
/** Most streams that one side answers at a time, as told in `welcome`. */
export const MAX_STREAMS = 1024

export class Handles {
  readonly #first: number
  readonly #now: () => number
  readonly #isOpen: (handle: number) => boolean
  readonly #restedAtMs = new Map<number, number>()
  #next: number

  constructor(isDialler: boolean, now: () => number, isOpen: (handle: number) => boolean) {
    this.#first = isDialler ? 1 : 2
    this.#next = this.#first
    this.#now = now
    this.#isOpen = isOpen
  }

  /** The next free one. Throws `Refusal` `busy` when none is, or when `open` reaches MAX_STREAMS. */
  allocate(open: number): number {
    if (open >= MAX_STREAMS) throw new Refusal('exhausted', 'busy', `${MAX_STREAMS} streams are open`)
    for (let tries = 0; tries <= LAST_HANDLE / 2; tries++) {
      const handle = this.#next
      this.#next = handle + 2 > LAST_HANDLE ? this.#first : handle + 2
      if (!this.#isOpen(handle) && !this.isResting(handle)) return handle
    }
    throw new Refusal('exhausted', 'busy', 'no handle is free')
  }

  rest(handle: number): void {
    this.#restedAtMs.set(handle, this.#now())
  }

  wake(handle: number): void {
    this.#restedAtMs.delete(handle)
  }

  isResting(handle: number): boolean {
    const sinceMs = this.#restedAtMs.get(handle)
    if (sinceMs === undefined) return false
    if (this.#now() - sinceMs < HANDLE_REST_MS) return true
    this.#restedAtMs.delete(handle)
    return false
  }
}
