// SPDX-License-Identifier: Apache-2.0
/**
 * What was done, by whom: rows in a hash chain, h(n) = SHA-256(h(n-1) | canonical JSON of the row), so that a change, a
 * deletion or an insertion shows. A row is on the disk before `record` resolves.
 */
import { createHash } from 'node:crypto'
import type { AuditRow } from '@openhmp/contract'
import type { Store } from '../store/store.ts'

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

const START = '0'.repeat(64)

const hashOf = (before: string, row: ChainedRow): string => {
  const { sequence, time, who, source, action, object, outcome, detailJson } = row
  const text = JSON.stringify([sequence, time, who, source, action, object, outcome, detailJson])
  return createHash('sha256').update(before).update(text).digest('hex')
}

/** The audit log. Rows are numbered and chained here, and written in order by the one writer thread. */
export class Audit {
  readonly #store: Store
  readonly #now: () => number
  #sequence: number
  #hash: string

  private constructor(store: Store, now: () => number, last: { sequence: number; hash: string } | undefined) {
    this.#store = store
    this.#now = now
    this.#sequence = last?.sequence ?? 0
    this.#hash = last?.hash ?? START
  }

  static async open(store: Store, now: () => number): Promise<Audit> {
    const newest = store.db.selectFrom('audit').select(['sequence', 'hash']).orderBy('sequence', 'desc').limit(1)
    return new Audit(store, now, await newest.executeTakeFirst())
  }

  /** Adds a row; resolves once it is durable. */
  async record(deed: Deed): Promise<void> {
    const { detail = {}, who, source, action, object, outcome } = deed
    const row = {
      sequence: ++this.#sequence,
      time: this.#now(),
      who,
      source,
      action,
      object,
      outcome,
      detailJson: JSON.stringify(detail),
    }
    this.#hash = hashOf(this.#hash, row)
    await this.#store.db
      .insertInto('audit')
      .values({ ...row, hash: this.#hash })
      .execute()
  }

  /** Newest first. */
  async list(options: { before?: number | undefined; limit: number }): Promise<AuditRow[]> {
    let query = this.#store.db.selectFrom('audit').selectAll().orderBy('sequence', 'desc').limit(options.limit)
    if (options.before !== undefined) query = query.where('sequence', '<', options.before)
    return (await query.execute()).map(({ source, detailJson, time, hash, ...row }) => ({
      ...row,
      time: new Date(time).toISOString(),
      from: source,
      detail: JSON.parse(detailJson) as Record<string, unknown>,
    }))
  }

  /** Number of the first row that does not continue the chain; undefined when all is well. */
  async verify(): Promise<number | undefined> {
    const PAGE = 1000
    let before = START
    let last = 0
    for (;;) {
      const page = this.#store.db.selectFrom('audit').selectAll().where('sequence', '>', last)
      const rows = await page.orderBy('sequence').limit(PAGE).execute()
      for (const row of rows) {
        if (row.sequence !== last + 1 || row.hash !== hashOf(before, row)) return row.sequence
        before = row.hash
        last = row.sequence
      }
      if (rows.length < PAGE) return undefined
    }
  }
}
