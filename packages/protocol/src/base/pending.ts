// SPDX-License-Identifier: Apache-2.0
import { LinkError } from './errors.ts'

interface Wait<V> {
  resolve(value: V): void
  reject(cause: unknown): void
}

/**
 * Answers awaited by key (CSeq, request number). A wait ends in exactly one of three ways: settled, aborted, or closed
 * with the whole table; its abort listener is gone in each. After `close` a new wait is refused at once.
 */
export class Pending<K, V> {
  readonly #waits = new Map<K, Wait<V>>()
  #closed: { readonly cause: unknown } | undefined

  /** How many are awaited now. */
  get size(): number {
    return this.#waits.size
  }

  /** Waits for `settle(key)`. Rejects with `signal.reason` when aborted, with the table's cause when closed. */
  wait(key: K, options: { signal?: AbortSignal } = {}): Promise<V> {
    const { signal } = options
    if (this.#closed) return Promise.reject(this.#closed.cause)
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise<V>((resolve, reject) => {
      const abort = () => {
        this.#waits.delete(key)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      const done = () => {
        this.#waits.delete(key)
        signal?.removeEventListener('abort', abort)
      }
      this.#waits.set(key, {
        resolve: (value) => {
          done()
          resolve(value)
        },
        reject: (cause) => {
          done()
          reject(cause)
        },
      })
    })
  }

  has(key: K): boolean {
    return this.#waits.has(key)
  }

  /** Ends the wait with a value; false when nobody waits for this key. */
  settle(key: K, value: V): boolean {
    const wait = this.#waits.get(key)
    wait?.resolve(value)
    return wait !== undefined
  }

  /** Ends the wait with a cause; false when nobody waits for this key. */
  fail(key: K, cause: unknown): boolean {
    const wait = this.#waits.get(key)
    wait?.reject(cause)
    return wait !== undefined
  }

  /** Rejects every wait, now and from now on. */
  close(cause: unknown = new LinkError('link.closed', 'the connection closed')): void {
    this.#closed ??= { cause }
    for (const wait of [...this.#waits.values()]) wait.reject(cause)
  }
}
