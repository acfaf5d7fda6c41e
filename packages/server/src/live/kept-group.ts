// SPDX-License-Identifier: Apache-2.0
/** The last group of pictures of a running stream, so that a new viewer sees a picture at once. */
import type { MediaUnit } from '@openhmp/protocol/rtp'

/** A group that grows past this is not kept: its camera sends key pictures too rarely to be worth the memory. */
export const MAX_GROUP_BYTES = 16 * 1024 * 1024

/** Video units since the last key picture, the key first. Sound is not kept: old sound is of no use to anybody. */
export class KeptGroup {
  #units: MediaUnit[] = []
  #sizeBytes = 0

  /** From the key picture on; empty until one came. */
  get units(): readonly MediaUnit[] {
    return this.#units
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  push(unit: MediaUnit): void {
    if (unit.kind !== 'video') return
    if (unit.isKey) this.clear()
    else if (this.#units.length === 0) return
    if (this.#sizeBytes + unit.sizeBytes > MAX_GROUP_BYTES) {
      this.clear()
      return
    }
    this.#units.push(unit)
    this.#sizeBytes += unit.sizeBytes
  }

  clear(): void {
    this.#units = []
    this.#sizeBytes = 0
  }
}
