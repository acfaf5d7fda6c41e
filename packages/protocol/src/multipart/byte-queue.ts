// SPDX-License-Identifier: Apache-2.0
/** Bytes that wait for more: appended at the end and dropped from the front, in constant time a byte however they are cut. */

const FIRST_BYTES = 4096

export class ByteQueue {
  #buffer = new Uint8Array(FIRST_BYTES)
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** What waits; valid until the next append. */
  get view(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  append(chunk: Uint8Array): void {
    const { length } = this
    if (this.#end + chunk.length > this.#buffer.length) {
      const isRoomy = length + chunk.length <= this.#buffer.length / 2
      const target = isRoomy ? this.#buffer : new Uint8Array(Math.max(FIRST_BYTES, 2 * (length + chunk.length)))
      target.set(this.view)
      this.#buffer = target
      this.#start = 0
      this.#end = length
    }
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
  }

  drop(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end)
    if (this.#start < this.#end) return
    this.#start = 0
    this.#end = 0
    if (this.#buffer.length > 64 * FIRST_BYTES) this.#buffer = new Uint8Array(FIRST_BYTES) // a large picture has passed
  }
}
