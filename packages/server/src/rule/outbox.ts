// SPDX-License-Identifier: Apache-2.0
/**
 * What is still to be told: rows that were written with the event itself, sent until they are taken or a day has passed.
 * A crash loses none; a receiver may get one twice, with the same id.
 *
 *   waiting --taken--> sent
 *   waiting --not taken, and within a day--> waiting, later
 *   waiting --a day has passed--> dead --again, by a person--> waiting
 */
import type { Clock } from '@openhmp/protocol/base'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type DeliveryRow = Selectable<Tables['delivery']>

/** Sent together. */
const ABREAST = 8
/** Rows that are kept when they are through. */
const MAX_KEPT = 100_000
/** How long it is tried. */
export const GIVE_UP_MS = 24 * 60 * 60_000
const FIRST_WAIT_MS = 5000
const LONGEST_WAIT_MS = 60 * 60_000
/** At the latest it is looked after so long. */
const LOOK_MS = 10 * 60_000
const PRUNE_MS = 10 * 60_000

interface Parts {
  readonly store: Store
  readonly clock: Clock
  /** Rejects when it is not taken, with words for people; undefined when its rule is gone. */
  send(row: DeliveryRow, attempt: number, signal: AbortSignal): Promise<void> | undefined
  onError(error: unknown): void
}

/** The wait before the next attempt. */
export const waitAfter = (attempts: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 3 ** Math.min(attempts - 1, 10))

/** Runs until disposed. */
export class Outbox implements AsyncDisposable {
  readonly #parts: Parts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #wake = Promise.withResolvers<void>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#running = this.#run().catch(parts.onError)
  }

  /** There may be something to send. */
  nudge(): void {
    this.#wake.resolve()
  }

  async #run(): Promise<void> {
    const { clock, onError } = this.#parts
    const { signal } = this.#stop
    let prunedMs = clock.monotonic()
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers()
      const due = await this.#due().catch((error: unknown) => {
        onError(error)
        return []
      })
      await Promise.all(due.map((row) => this.#send(row).catch(onError)))
      if (clock.monotonic() - prunedMs >= PRUNE_MS) {
        prunedMs = clock.monotonic()
        await this.#prune().catch(onError)
      }
      if (due.length > 0) continue
      const tired = clock.sleep(await this.#restMs(), { signal }).catch(() => {}) // aborted: the loop ends
      await Promise.race([this.#wake.promise, tired])
    }
  }

  #due(): Promise<DeliveryRow[]> {
    const query = this.#parts.store.db.selectFrom('delivery').selectAll().where('state', '=', 'waiting')
    return query.where('nextAt', '<=', this.#parts.clock.now()).orderBy('nextAt').limit(ABREAST).execute()
  }

  /** Until the next one is due. */
  async #restMs(): Promise<number> {
    const { store, clock } = this.#parts
    const query = store.db.selectFrom('delivery').select(({ fn }) => fn.min('nextAt').as('next'))
    const next = (await query.where('state', '=', 'waiting').executeTakeFirst())?.next
    return next == null ? LOOK_MS : Math.min(LOOK_MS, Math.max(1, next - clock.now()))
  }

  async #send(row: DeliveryRow): Promise<void> {
    const { store, clock, send } = this.#parts
    const attempts = row.attempts + 1
    const change = (values: Partial<DeliveryRow>) =>
      store.db
        .updateTable('delivery')
        .set({ attempts, ...values })
        .where('id', '=', row.id)
        .execute()
    const sending = send(row, attempts, this.#stop.signal)
    if (!sending) {
      await store.db.deleteFrom('delivery').where('id', '=', row.id).execute()
      return
    }
    try {
      await sending
    } catch (error) {
      if (this.#stop.signal.aborted) return // sent again by the next run
      const text = (error instanceof Error ? error.message : String(error)).slice(0, 300)
      const nowMs = clock.now()
      const isOver = nowMs - row.since >= GIVE_UP_MS
      const next = isOver
        ? { state: 'dead' as const, nextAt: null, endedAt: nowMs }
        : { nextAt: nowMs + waitAfter(attempts) }
      await change({ text, ...next })
      return
    }
    await change({ state: 'sent', nextAt: null, endedAt: clock.now(), text: null })
  }

  async #prune(): Promise<void> {
    const { db } = this.#parts.store
    const query = db.selectFrom('delivery').select('createdAt').where('state', '<>', 'waiting')
    const beyond = await query.orderBy('createdAt', 'desc').offset(MAX_KEPT).limit(1).executeTakeFirst()
    if (!beyond) return
    await db.deleteFrom('delivery').where('state', '<>', 'waiting').where('createdAt', '<=', beyond.createdAt).execute()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.nudge()
    await this.#running
  }
}
