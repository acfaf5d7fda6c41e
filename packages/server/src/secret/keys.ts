// SPDX-License-Identifier: Apache-2.0
/**
 * The keys of a running server: another one is taken without stopping, and all that is sealed is sealed anew under it. What
 * runs may still hold values of before, so an old key goes at the next start, once nothing is sealed with it.
 */
import { createPublicKey } from 'node:crypto'
import { auditKeyOf, type Checkpoints } from '../audit/checkpoint.ts'
import type { Store } from '../store/store.ts'
import { type KeysInFile, makeKey, writeKeys } from './key-file.ts'
import { sealedValues } from './sealed-values.ts'
import { nameOfKey, Sealer } from './sealer.ts'

/** One key, without itself. */
export interface ShownKey {
  readonly name: string
  readonly isNewest: boolean
  /** Values sealed with it. */
  readonly sealed: number
}

/** What a sweep did. */
export interface Swept {
  /** Sealed anew. */
  readonly resealed: number
  /** That no key opens: they stay as they are. */
  readonly unopened: number
}

/** Who signs checkpoints. */
export type Signer = Pick<Checkpoints, 'sign' | 'signedUntil' | 'useKey'>

interface Parts {
  readonly store: Store
  readonly sealer: Sealer
  readonly file: string
  readonly inFile: KeysInFile
}

/** Keys, and what is sealed with which. */
export class Keys {
  readonly #parts: Parts
  #inFile: KeysInFile
  #tail: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#inFile = parts.inFile
  }

  /** The newest first. */
  async list(): Promise<ShownKey[]> {
    const counts = await this.#counts()
    return this.#inFile.keys
      .map(nameOfKey)
      .map((name, i) => ({ name, isNewest: i === 0, sealed: counts.get(name) ?? 0 }))
  }

  /** Another key from now on. Throws `Refusal` `key.unwritable`: then nothing has changed. */
  rotate(checkpoints: Signer): Promise<Swept & { readonly name: string }> {
    return this.#inOrder(async () => {
      const key = makeKey()
      await checkpoints.sign()
      // From here to the new signer nothing waits: no row in between is signed by the old one.
      const { keys, retired } = this.#inFile
      const old = { key: createPublicKey(auditKeyOf(keys[0]!)), until: checkpoints.signedUntil }
      const next = { keys: [key, ...keys], retired: [...retired, old] }
      writeKeys(this.#parts.file, next)
      this.#inFile = next
      this.#parts.sealer.adopt(key)
      checkpoints.useKey(auditKeyOf(key))
      return { name: nameOfKey(key), ...(await this.#sweep()) }
    })
  }

  /** What a crash has left is finished; keys that nothing is sealed with go. To be called at the start, before anything is read. */
  async finish(): Promise<void> {
    if (this.#inFile.keys.length === 1) return
    const { unopened } = await this.#sweep()
    if (unopened > 0) return
    const next = { ...this.#inFile, keys: this.#inFile.keys.slice(0, 1) }
    try {
      writeKeys(this.#parts.file, next)
    } catch {
      return // A key file that somebody else looks after: they have both until they take the old one out.
    }
    this.#inFile = next
  }

  async #sweep(): Promise<Swept> {
    const { store, sealer } = this.#parts
    let resealed = 0
    let unopened = 0
    for await (const page of sealedValues(store)) {
      const writes = page.flatMap(({ place, sealed, replace }) => {
        try {
          const by = sealer.reseal(sealed, place)
          return by === undefined ? [] : [replace(by)]
        } catch {
          unopened++
          return []
        }
      })
      if (writes.length > 0) await store.write(writes)
      resealed += writes.length
    }
    return { resealed, unopened }
  }

  async #counts(): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    // Values of before keys had names were sealed with the first.
    const first = nameOfKey(this.#inFile.keys.at(-1)!)
    for await (const page of sealedValues(this.#parts.store))
      for (const { sealed } of page) {
        const name = Sealer.keyOf(sealed) ?? first
        counts.set(name, (counts.get(name) ?? 0) + 1)
      }
    return counts
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work)
    this.#tail = done.catch(() => {}) // the caller hears of it
    return done
  }
}
