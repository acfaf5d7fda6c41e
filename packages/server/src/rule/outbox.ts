// SPDX-License-Identifier: Apache-2.0
/**
 * What is still to be told or done: rows that were written with the event itself, sent until they are taken or a day has
 * passed. A crash loses none; a receiver may get one twice, with the same id. Each target has a lane of its own, so that
 * one that does not answer keeps no other waiting.
 *
 *   waiting --taken--> sent
 *   waiting --not taken, and within a day--> waiting, later
 *   waiting --a day has passed--> dead --again, by a person--> waiting
 *   waiting --came to nothing--> dropped
 */
import type { Clock } from '@openhmp/protocol/base'
import { type Selectable, sql } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { Dropped } from './message.ts'

export type DeliveryRow = Selectable<Tables['delivery']>

/** Sent together in one lane. */
const ABREAST = 8
/** So many failures in a row mean that a receiver was away, not that it dislikes one message. */
const AWAY_FAILURES = 3
/** Rows that are looked at together. */
const PAGE = 200
/** Rows that are kept when they are through. */
const MAX_KEPT = 100_000
/** How long it is tried to tell. */
export const GIVE_UP_MS = 24 * 60 * 60_000
/** A door that opens later than this opens for nobody. */
const GIVE_UP_DEED_MS = 60_000
const FIRST_WAIT_MS = 5000
/** Clocks are kept right by less than this. */
const CLOCK_SLACK_MS = 500
const LONGEST_WAIT_MS = 60 * 60_000
/** At the latest it is looked after so long. */
const LOOK_MS = 10 * 60_000
const PRUNE_MS = 10 * 60_000

interface Parts {
  readonly store: Store
  readonly clock: Clock
  /** Rejects when it is not taken, with words for people; undefined when its rule or target is gone. */
  send(row: DeliveryRow, attempt: number, signal: AbortSignal): Promise<void> | undefined
  onError(error: unknown): void
}

/** The wait before the next attempt. */
export const waitAfter = (attempts: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 3 ** Math.min(attempts - 1, 10))

/** Runs from its start until disposed. */
export class Outbox implements AsyncDisposable {
  readonly #parts: Parts
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Lanes that are being worked on. */
  readonly #busy = new Map<string, Promise<void>>()
  /** How often in a row nothing was taken in a lane. */
  readonly #failures = new Map<string, number>()
  #wake = Promise.withResolvers<void>()
  /** Our clock less the monotonic one, at the last look; before the first it may have been set while we were away. */
  #aheadMs = Number.POSITIVE_INFINITY

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Once. */
  start(): void {
    this.#running = this.#run().catch(this.#parts.onError)
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
      await this.#mind().catch(onError)
      const due = await this.#due().catch((error: unknown) => {
        onError(error)
        return []
      })
      for (const [lane, rows] of Map.groupBy(due, (row) => row.lane)) this.#work(lane, rows.slice(0, ABREAST))
      if (clock.monotonic() - prunedMs >= PRUNE_MS) {
        prunedMs = clock.monotonic()
        await this.#prune().catch(onError)
      }
      if (due.length > 0) continue // the other lanes
      const rest = new AbortController()
      const restMs = await this.#restMs().catch((error: unknown) => {
        onError(error)
        return FIRST_WAIT_MS
      })
      const tired = clock.sleep(restMs, { signal: AbortSignal.any([signal, rest.signal]) }).catch(() => {}) // aborted
      await Promise.race([this.#wake.promise, tired])
      rest.abort()
    }
    await Promise.all(this.#busy.values())
  }

  /** Our clock was set back: what would wait until it is there again does not. */
  async #mind(): Promise<void> {
    const { store, clock } = this.#parts
    const nowMs = clock.now()
    const aheadMs = nowMs - clock.monotonic()
    const isBack = aheadMs < this.#aheadMs - CLOCK_SLACK_MS
    this.#aheadMs = aheadMs
    if (!isBack) return
    const wait = sql<number>`min(${LONGEST_WAIT_MS}, "nextAt" - "createdAt")`
    await store.db
      .updateTable('delivery')
      .set({ createdAt: nowMs, since: nowMs, nextAt: sql<number>`${nowMs} + ${wait}` })
      .where('state', '=', 'waiting')
      .where('createdAt', '>', nowMs)
      .execute()
  }

  #work(lane: string, rows: readonly DeliveryRow[]): void {
    const done = Promise.all(rows.map((row) => this.#send(row)))
      .then(
        () => {},
        (error: unknown) => this.#parts.onError(error),
      )
      .finally(() => {
        this.#busy.delete(lane)
        this.nudge()
      })
    this.#busy.set(lane, done)
  }

  #waiting() {
    const query = this.#parts.store.db.selectFrom('delivery').where('state', '=', 'waiting')
    const busy = [...this.#busy.keys()]
    return busy.length === 0 ? query : query.where('lane', 'not in', busy)
  }

  #due(): Promise<DeliveryRow[]> {
    const query = this.#waiting().selectAll().where('nextAt', '<=', this.#parts.clock.now())
    return query.orderBy('nextAt').limit(PAGE).execute()
  }

  /** Until the next one is due. */
  async #restMs(): Promise<number> {
    const query = this.#waiting().select(({ fn }) => fn.min('nextAt').as('next'))
    const next = (await query.executeTakeFirst())?.next
    return next == null ? LOOK_MS : Math.min(LOOK_MS, Math.max(1, next - this.#parts.clock.now()))
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
    try {
      const sending = send(row, attempts, this.#stop.signal)
      if (!sending) {
        await store.db.deleteFrom('delivery').where('id', '=', row.id).execute()
        return
      }
      await sending
    } catch (error) {
      if (this.#stop.signal.aborted) return // sent again by the next run
      const text = (error instanceof Error ? error.message : String(error)).slice(0, 300)
      const nowMs = clock.now()
      if (error instanceof Dropped) {
        await change({ text, state: 'dropped', nextAt: null, endedAt: nowMs })
        return
      }
      this.#failures.set(row.lane, (this.#failures.get(row.lane) ?? 0) + 1)
      const nextAt = nowMs + waitAfter(attempts)
      const giveUpMs = row.deedJson === null ? GIVE_UP_MS : GIVE_UP_DEED_MS
      const isOver = (row.deedJson === null ? nowMs : nextAt) - row.since >= giveUpMs
      await change({ text, ...(isOver ? { state: 'dead', nextAt: null, endedAt: nowMs } : { nextAt }) })
      return
    }
    await change({ state: 'sent', nextAt: null, endedAt: clock.now(), text: null })
    const failures = this.#failures.get(row.lane) ?? 0
    this.#failures.delete(row.lane)
    if (failures >= AWAY_FAILURES) await this.#hurry(row.lane)
  }

  /** It answers again: what waits for another attempt waits no longer. */
  async #hurry(lane: string): Promise<void> {
    const { store, clock } = this.#parts
    await store.db
      .updateTable('delivery')
      .set({ nextAt: clock.now() })
      .where('state', '=', 'waiting')
      .where('lane', '=', lane)
      .where('attempts', '>', 0)
      .execute()
  }

  async #prune(): Promise<void> {
    const { db } = this.#parts.store
    const query = db.selectFrom('delivery').select('createdAt').where('state', '<>', 'waiting')
    const beyond = await query.orderBy('createdAt', 'desc').offset(MAX_KEPT).limit(1).executeTakeFirst()
    if (beyond)
      await db
        .deleteFrom('delivery')
        .where('state', '<>', 'waiting')
        .where('createdAt', '<=', beyond.createdAt)
        .execute()
    const last = await db.selectFrom('firing').select('at').orderBy('at', 'desc').offset(MAX_KEPT).limit(1).execute()
    if (!last[0]) return
    const waited = db.selectFrom('delivery').select('batch').where('state', '=', 'waiting')
    await db
      .deleteFrom('firing')
      .where('at', '<=', last[0].at)
      .where('batch', 'not in', waited)
      .where('id', 'not in', waited)
      .execute()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.nudge()
    await this.#running
  }
}
