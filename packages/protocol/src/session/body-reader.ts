// SPDX-License-Identifier: Apache-2.0
/** A streamed body as it comes in: hmp.md §6.5 and §8.4. What its reader has taken is granted anew. */
import { LinkError } from '../base/errors.ts'
import { INITIAL_CREDIT_BYTES } from '../hmp/limits.ts'
import { violation } from '../hmp/packet.ts'

/** Credit is granted in steps of this size. */
const GRANT_BYTES = INITIAL_CREDIT_BYTES / 4

/** Holds at most the credit that was granted. To be iterated once. */
export class BodyReader implements AsyncIterable<Uint8Array> {
  readonly #grant: (bytes: number) => void
  #chunks: Uint8Array[] = []
  #credit = INITIAL_CREDIT_BYTES
  #taken = 0
  #end: { readonly cause?: unknown } | undefined
  #isDiscarding = false
  #isBegun = false
  #wake: (() => void) | undefined

  constructor(grant: (bytes: number) => void) {
    this.#grant = grant
  }

  /** Takes content in. Throws `WireError` `hmp.flow` for more than was granted. */
  push(chunk: Uint8Array): void {
    if (chunk.length > this.#credit) throw violation('flow', 'a streamed body over its credit', undefined, '§6.5')
    this.#credit -= chunk.length
    if (this.#end) return
    if (this.#isDiscarding) this.#give(chunk.length)
    else if (chunk.length > 0) this.#chunks.push(chunk)
    this.#wake?.()
  }

  /** No more will come; with a cause, what was there is not all. */
  end(cause?: unknown): void {
    this.#end ??= cause === undefined ? {} : { cause }
    this.#wake?.()
  }

  /** Nobody will read this: unless somebody has begun to, what is there and what comes is dropped, and granted anew. */
  discard(): void {
    if (!this.#isBegun) this.#drain()
  }

  #drain(): void {
    this.#isDiscarding = true
    const chunks = this.#chunks
    this.#chunks = []
    for (const chunk of chunks) this.#give(chunk.length)
  }

  #give(bytes: number): void {
    this.#taken += bytes
    if (this.#taken < GRANT_BYTES || this.#end) return
    this.#credit += this.#taken
    this.#grant(this.#taken)
    this.#taken = 0
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.#isBegun = true
    try {
      for (;;) {
        const chunk = this.#chunks.shift()
        if (chunk) {
          yield chunk
          this.#give(chunk.length)
        } else if (this.#end) {
          if (this.#end.cause !== undefined)
            throw new LinkError('hmp.body-cut', 'the content broke off', { cause: this.#end.cause })
          return
        } else
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
      }
    } finally {
      // A reader that stops early must not hold the sender up for ever.
      this.#drain()
    }
  }
}
