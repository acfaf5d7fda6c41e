// SPDX-License-Identifier: Apache-2.0
/**
 * Times of which nobody knows what happened at a device: its alert stream was not there, and the device does not keep
 * what it could not tell. Each is a row with its cause, from the last thing that was heard to the first of the next
 * stream; a time in which the server itself was away is one, too. Devices over HMP keep their events: they have none.
 */
import { randomUUID } from 'node:crypto'
import type { Gap } from '@openhmp/contract'
import type { Clock } from '@openhmp/protocol/base'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

/** Rows kept; of more, the oldest go. */
export const MAX_GAPS = 200_000
/** How often it is written down that the server lives: a gap after a crash may begin too early by this. */
export const ALIVE_MS = 5000
const PRUNE_MS = 10 * 60_000
const TURN_MS = 1000
/** Our own clock was set, when it goes by so much more or less than time does. */
const JUMP_MS = 500
const ALIVE = 'aliveAt'
const away = { code: 'server.away', text: 'the server was not running' } as const

/** Why a stream is not there. */
export interface Cause {
  readonly code: string
  readonly text: string
}

interface Parts {
  readonly store: Store
  readonly clock: Clock
  publish(gap: Gap): void
  /** The stream is back: what the device's own log tells of the gap is to be looked up. */
  fill?(gap: GapRow): void
  onError(error: unknown): void
}

/** A gap as it is stored. */
export type GapRow = Selectable<Tables['eventGap']>

/** Opens and closes gaps. Owns its upkeep until disposed. */
export class Gaps implements AsyncDisposable {
  readonly #parts: Parts
  /** Open ones, by device. */
  readonly #open: Map<string, GapRow>
  /** Open ones that last until then at least, by device: our clock was set back while they were open. */
  readonly #untilMs = new Map<string, number>()
  /** What is written for a device, in its order. */
  readonly #tails = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #keeping: Promise<void>

  private constructor(parts: Parts, open: Map<string, GapRow>) {
    this.#parts = parts
    this.#open = open
    this.#keeping = this.#upkeep()
  }

  /** Whoever was heard when the last run ended has not been heard since. */
  static async open(parts: Parts): Promise<Gaps> {
    const { db } = parts.store
    const alive = await db.selectFrom('setting').select('value').where('key', '=', ALIVE).executeTakeFirst()
    const listening = await db
      .selectFrom('eventListening')
      .innerJoin('device', 'device.id', 'eventListening.deviceId')
      .select(['device.id', 'device.name', 'eventListening.since'])
      .execute()
    const lost = listening.map(({ id, name, since }): GapRow => {
      const aliveMs = Number(alive?.value ?? 0)
      // A sign of life in the future: our clock was set back a moment before the end, and tells nothing.
      const fromMs = aliveMs > parts.clock.now() ? since : Math.max(since, aliveMs)
      return gapRow({ id, name }, Math.min(fromMs, parts.clock.now()), away)
    })
    for (const row of lost)
      await parts.store.write([db.insertInto('eventGap').values(row), notListening(parts.store, row.deviceId)])
    const rows = await db.selectFrom('eventGap').selectAll().where('to', 'is', null).execute()
    return new Gaps(parts, new Map(rows.map((row) => [row.deviceId, row])))
  }

  /** Events of a device are heard from now on. */
  heard(device: { readonly id: string }): Promise<void> {
    return this.#inOrder(device.id, async () => {
      const { store, clock, publish } = this.#parts
      const nowMs = clock.now()
      const open = this.#open.get(device.id)
      const listening = { deviceId: device.id, since: nowMs }
      const { fill } = this.#parts
      // Our clock may have been set back meanwhile.
      const end = {
        to: Math.max(nowMs, open?.from ?? 0, this.#untilMs.get(device.id) ?? 0),
        fill: fill ? ('filling' as const) : null,
      }
      const close = store.db.updateTable('eventGap').set(end)
      await store.write([
        store.db
          .insertInto('eventListening')
          .values(listening)
          .onConflict((on) => on.column('deviceId').doUpdateSet(listening)),
        ...(open ? [close.where('id', '=', open.id)] : []),
      ])
      if (!open) return
      this.#open.delete(device.id)
      this.#untilMs.delete(device.id)
      publish(gapOf({ ...open, ...end }))
      fill?.({ ...open, ...end })
    })
  }

  /** Nothing of a device is heard any more; the last was heard `silentMs` ago. The first cause counts. */
  lost(device: { readonly id: string; readonly name: string }, silentMs: number, cause: Cause): Promise<void> {
    return this.#inOrder(device.id, async () => {
      if (this.#open.has(device.id)) return
      const { store, clock, publish } = this.#parts
      const row = gapRow(device, Math.floor(clock.now() - silentMs), cause)
      await store.write([store.db.insertInto('eventGap').values(row), notListening(store, device.id)])
      this.#open.set(device.id, row)
      publish(gapOf(row))
    })
  }

  /** Nobody listens to it any more: it was removed, or is about to be reached in another way. */
  ended(device: string): Promise<void> {
    return this.#inOrder(device, async () => {
      const { store, clock, publish } = this.#parts
      const open = this.#open.get(device)
      const nowMs = Math.max(clock.now(), open?.from ?? 0)
      const close = open ? [store.db.updateTable('eventGap').set({ to: nowMs }).where('id', '=', open.id)] : []
      await store.write([notListening(store, device), ...close])
      this.#open.delete(device)
      if (open) publish(gapOf({ ...open, to: nowMs }))
    })
  }

  #inOrder(device: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#tails.get(device) ?? Promise.resolve()).then(work)
    const tail = done.catch(() => {}) // the caller hears of it
    this.#tails.set(device, tail)
    void tail.then(() => this.#tails.get(device) === tail && this.#tails.delete(device))
    return done
  }

  async #upkeep(): Promise<void> {
    const { clock, onError } = this.#parts
    const { signal } = this.#stop
    let prunedMs = clock.monotonic()
    let aliveMs = Number.NEGATIVE_INFINITY
    let last = { wallMs: clock.now(), ms: clock.monotonic() }
    while (!signal.aborted) {
      const now = { wallMs: clock.now(), ms: clock.monotonic() }
      const expectedMs = last.wallMs + now.ms - last.ms
      const jumpMs = now.wallMs - expectedMs
      last = now
      if (Math.abs(jumpMs) > JUMP_MS) await this.#clockSet(jumpMs, expectedMs).catch(onError)
      if (now.ms - aliveMs >= ALIVE_MS || Math.abs(jumpMs) > JUMP_MS) {
        aliveMs = now.ms
        await this.#alive().catch(onError)
      }
      if (clock.monotonic() - prunedMs >= PRUNE_MS) {
        prunedMs = clock.monotonic()
        await this.#prune().catch(onError)
      }
      await clock.sleep(TURN_MS, { signal }).catch(() => {}) // aborted: the loop ends
    }
  }

  /**
   * Our clock was set by so much, at `beforeMs` of the old one at the latest: an open gap lasts by the old clock as by the new
   * one, a gap that is still to be looked up is looked up by the new one, and who is heard is heard since now.
   */
  async #clockSet(byMs: number, beforeMs: number): Promise<void> {
    const { store, clock, publish } = this.#parts
    const nowMs = clock.now()
    await store.db
      .updateTable('eventGap')
      .set((on) => ({ fillShift: on('fillShift', '+', byMs) }))
      .where('fill', '=', 'filling')
      .execute()
    if (byMs > 0) return
    await store.db.updateTable('eventListening').set({ since: nowMs }).where('since', '>', nowMs).execute()
    for (const device of [...this.#open.keys()])
      await this.#inOrder(device, async () => {
        const open = this.#open.get(device)
        if (!open) return
        const row = { ...open, from: open.from + byMs }
        await store.db.updateTable('eventGap').set({ from: row.from }).where('id', '=', row.id).execute()
        this.#open.set(device, row)
        this.#untilMs.set(device, Math.max(beforeMs, this.#untilMs.get(device) ?? 0))
        publish(gapOf(row))
      })
  }

  async #alive(): Promise<void> {
    const value = String(this.#parts.clock.now())
    const query = this.#parts.store.db.insertInto('setting').values({ key: ALIVE, value })
    await query.onConflict((on) => on.column('key').doUpdateSet({ value })).execute()
  }

  async #prune(): Promise<void> {
    const { db } = this.#parts.store
    const query = db.selectFrom('eventGap').select('from').orderBy('from', 'desc').offset(MAX_GAPS).limit(1)
    const beyond = await query.executeTakeFirst()
    if (beyond) await db.deleteFrom('eventGap').where('from', '<=', beyond.from).where('to', 'is not', null).execute()
  }

  /** What was told is stored before this resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#keeping
    await Promise.all(this.#tails.values())
    await this.#alive() // the next run knows to the moment since when nobody has listened
  }
}

const notListening = ({ db }: Store, device: string) => db.deleteFrom('eventListening').where('deviceId', '=', device)

const gapRow = (device: { readonly id: string; readonly name: string }, from: number, cause: Cause): GapRow => ({
  ...{ id: randomUUID(), deviceId: device.id, deviceName: device.name, from, to: null },
  ...{ causeCode: cause.code, causeText: cause.text.slice(0, 500) },
  ...{ fill: null, fillCount: 0, fillWhy: null, fillShift: 0 },
})

const iso = (ms: number): string => new Date(ms).toISOString()

/** A row as the API shows it. */
export const gapOf = ({ id, deviceId, deviceName, from, to, causeCode, causeText, ...row }: GapRow): Gap => ({
  id,
  device: deviceId as Gap['device'],
  deviceName,
  from: iso(from),
  to: to === null ? null : iso(to),
  cause: { code: causeCode, text: causeText },
  fill: row.fill === null ? null : { state: row.fill, count: row.fillCount, why: row.fillWhy },
})

/** Gaps that touch a time, newest first. */
export const listGaps = async (
  { db }: Store,
  query: { device?: string | undefined; from?: string | undefined; to?: string | undefined; limit: number },
): Promise<Gap[]> => {
  let select = db.selectFrom('eventGap').selectAll().orderBy('from', 'desc').limit(query.limit)
  if (query.device !== undefined) select = select.where('deviceId', '=', query.device)
  const { from, to } = query
  if (to !== undefined) select = select.where('from', '<=', Date.parse(to))
  if (from !== undefined) select = select.where((is) => is.or([is('to', 'is', null), is('to', '>=', Date.parse(from))]))
  return (await select.execute()).map(gapOf)
}
