// SPDX-License-Identifier: Apache-2.0
/**
 * What was done, by whom: rows in a hash chain, h(n) = SHA-256(h(n-1) | canonical JSON of the row), so that a change, a
 * deletion or an insertion shows. A row is on the disk before `record` resolves.
 */
import { createHash } from 'node:crypto'
import type { AuditFilter, AuditRow } from '@openhmp/contract'
import type { Store } from '../store/store.ts'
import { noteRow } from './on-record.ts'

/** What is to be recorded. Never put secrets into `detail`. */
export interface Deed {
  readonly who: string
  /** Address of the caller, or the part of the server that acted by itself. */
  readonly source: string
  readonly action: string
  readonly object: string | null
  readonly outcome: AuditRow['outcome']
  readonly detail?: Readonly<Record<string, unknown>>
}

interface ChainedRow {
  readonly sequence: number
  readonly time: number
  readonly who: string
  readonly source: string
  readonly action: string
  readonly object: string | null
  readonly outcome: AuditRow['outcome']
  readonly detailJson: string
}

/** Before the first row. */
export const START = '0'.repeat(64)

/** What a row adds to the chain. */
export const hashOf = (before: string, row: ChainedRow): string => {
  const { sequence, time, who, source, action, object, outcome, detailJson } = row
  const text = JSON.stringify([sequence, time, who, source, action, object, outcome, detailJson])
  return createHash('sha256').update(before).update(text).digest('hex')
}

/** Rows of one transaction. */
const MAX_TOGETHER = 500

interface Waiting {
  readonly deed: Deed
  readonly time: number
  resolve(): void
  reject(error: unknown): void
}

/**
 * The audit log. What comes while a write is under way goes into the next one, in its order: a write that fails leaves no
 * hole in the chain, and whoever asked for it hears of it.
 */
export class Audit {
  readonly #store: Store
  readonly #now: () => number
  #waiting: Waiting[] = []
  #isWriting = false
  #head: { readonly sequence: number; readonly hash: string }

  private constructor(store: Store, now: () => number, last: { sequence: number; hash: string } | undefined) {
    this.#store = store
    this.#now = now
    this.#head = last ?? { sequence: 0, hash: START }
  }

  static async open(store: Store, now: () => number): Promise<Audit> {
    const newest = store.db.selectFrom('audit').select(['sequence', 'hash']).orderBy('sequence', 'desc').limit(1)
    return new Audit(store, now, await newest.executeTakeFirst())
  }

  /** Adds a row; resolves once it is durable. */
  record(deed: Deed): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ deed, time: this.#now(), resolve, reject })
    if (!this.#isWriting) void this.#write()
    noteRow()
    return promise
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, MAX_TOGETHER)
      let { sequence, hash } = this.#head
      const writes = together.map(({ deed: { detail = {}, who, source, action, object, outcome }, time }) => {
        const detailJson = JSON.stringify(detail)
        const row = { sequence: ++sequence, time, who, source, action, object, outcome, detailJson }
        hash = hashOf(hash, row)
        return this.#store.db.insertInto('audit').values({ ...row, hash })
      })
      try {
        await this.#store.write(writes)
        this.#head = { sequence, hash }
        for (const one of together) one.resolve()
      } catch (error) {
        for (const one of together) one.reject(error)
      }
    }
    this.#isWriting = false
  }

  /** The newest row that is durable. */
  get head(): { readonly sequence: number; readonly hash: string } {
    return this.#head
  }

  /** Newest first. */
  async list(options: AuditFilter & { before?: number | undefined; limit: number }): Promise<AuditRow[]> {
    const { before, limit, who, action, object, outcome, from, to } = options
    let query = this.#store.db.selectFrom('audit').selectAll().orderBy('sequence', 'desc').limit(limit)
    if (before !== undefined) query = query.where('sequence', '<', before)
    if (who !== undefined) query = query.where('who', '=', who)
    if (action?.endsWith('.')) query = query.where('action', '>=', action).where('action', '<', `${action}~`)
    else if (action !== undefined) query = query.where('action', '=', action)
    if (object !== undefined) query = query.where('object', '=', object)
    if (outcome !== undefined) query = query.where('outcome', '=', outcome)
    if (from !== undefined) query = query.where('time', '>=', Date.parse(from))
    if (to !== undefined) query = query.where('time', '<', Date.parse(to))
    return (await query.execute()).map(({ source, detailJson, time, hash, ...row }) => ({
      ...row,
      time: new Date(time).toISOString(),
      from: source,
      detail: JSON.parse(detailJson) as Record<string, unknown>,
    }))
  }
}
