// SPDX-License-Identifier: Apache-2.0
/**
 * Events: taken from devices, stored first, told afterwards. What a device says is worked on in the order in which it
 * said it; a second arrival of the same event falls out by its key; a lost link turns what was going on into `unknown`.
 */
import { createHash } from 'node:crypto'
import type { Event } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import type { Compilable } from 'kysely'
import type { Store } from '../store/store.ts'
import { detailOf } from './detail.ts'
import { estimateTime } from './estimate.ts'
import { storeFound } from './found.ts'
import { insertEvent, pruneEvents, textOf } from './keep.ts'
import type { Logged } from './log-pairs.ts'
import { Occurrences, type Open, type Subject } from './occurrences.ts'
import type { Origin } from './origin.ts'
import type { Pictures } from './pictures.ts'
import { type EventRow, eventOf, type NewEvent } from './rows.ts'
import { uuidv7 } from './uuid.ts'

/** Alerts of one device that wait to be stored; of more, those without a key are dropped and counted. */
export const MAX_WAITING_PER_DEVICE = 1000
/** Rows kept; of more, the oldest hours go. */
export const MAX_EVENTS = 10_000_000
/** Open events of the last run that are looked at when this one begins. */
const MAX_RESUMED = 10_000
/** Repeats are written down this often; those of an alarm that has gone on for long, rarely: it may go on for days. */
const WRITE_MS = 3000
const MAX_WRITE_MS = 60_000
const WRITE_MS_A_REPEAT = 25
/** Keys of arrivals are kept for a week: no spool is older. */
const ARRIVAL_MS = 7 * 24 * 60 * 60_000
const PRUNE_MS = 10 * 60_000

/** What events need. */
export interface EventParts {
  readonly store: Store
  readonly clock: Clock
  readonly pictures: Pictures
  publish(event: Event): void
  /** What else is to be written when an event has begun, ended or been lost, in the same transaction: who is to be told. */
  readonly also?: {
    writesFor(event: Event, moment: 'began' | 'ended' | 'lost'): readonly Compilable[]
    stored(): void
  }
  onError(error: unknown): void
  /** Default `MAX_EVENTS`. */
  readonly maxEvents?: number
}

/** Takes, stores, tells. Owns its upkeep until disposed. */
export class Events implements AsyncDisposable {
  readonly #parts: EventParts
  readonly #open = new Occurrences()
  /** Were open when the link was lost; a device that keeps its events tells their end later. */
  readonly #unknown = new Occurrences()
  readonly #queues = new Map<string, { tail: Promise<void>; waiting: number }>()
  readonly #stop = new AbortController()
  #keeping: Promise<void> = Promise.resolve()
  /** Stored, repeated and dropped since the start. */
  readonly counters = { stored: 0, repeated: 0, dropped: 0 }

  private constructor(parts: EventParts) {
    this.#parts = parts
  }

  /** What was active when the last run ended is unknown now. */
  static async open(parts: EventParts): Promise<Events> {
    const events = new Events(parts)
    const { db } = parts.store
    const rows = await db.selectFrom('event').selectAll().where('state', '=', 'active').limit(MAX_RESUMED).execute()
    for (const { id, deviceId, channel, type, input, lastSeenAt, count } of rows) {
      const subject = { device: deviceId, channel: channel ?? undefined, type, input: input ?? undefined }
      events.#unknown.add({ id, subject, lastSeenAt, count, writtenAt: lastSeenAt })
    }
    await db.updateTable('event').set({ state: 'unknown' }).where('state', '=', 'active').execute()
    events.#keeping = events.#upkeep()
    return events
  }

  get openCount(): number {
    return this.#open.count
  }

  /**
   * Takes an event in; resolves once it is durable. `arrival` is the key of a sender that sends again until it is told
   * that it is stored. Rejects with `Refusal` `event.busy` when too many wait.
   */
  take(origin: Origin, event: DeviceEvent, pictures: readonly Uint8Array[], arrival?: string): Promise<void> {
    if (event.isHeartbeat) return Promise.resolve()
    return this.#inOrder(origin.id, () => this.#store(origin, event, pictures, arrival))
  }

  /** Takes what the device's log tells of a time until `untilMs`; true when it was not known. Rules are told of it as of all that is late. */
  found(origin: Origin, one: Logged, untilMs: number): Promise<boolean> {
    return this.#inOrder(origin.id, async () => {
      const { store, clock, publish, also } = this.#parts
      const times = { nowMs: clock.now(), untilMs }
      const writes = (found: Event, moment: 'began' | 'ended') => also?.writesFor(found, moment) ?? []
      const { event, ended } = await storeFound(store, origin, one, times, writes)
      if (event || ended !== undefined) also?.stored()
      if (event) {
        this.counters.stored++
        publish(event)
      }
      if (ended !== undefined) {
        for (const lost of this.#unknown.of(origin.id)) if (lost.id === ended) this.#unknown.remove(lost.subject)
        await this.#tell(ended)
      }
      return event !== undefined
    })
  }

  /** The link to a device is lost: what was going on there may go on or not. */
  lost(device: string): Promise<void> {
    return this.#inOrder(device, async () => {
      for (const open of this.#open.of(device)) await this.#close(open, { state: 'unknown' })
    })
  }

  #inOrder<T>(device: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(device) ?? { tail: Promise.resolve(), waiting: 0 }
    if (queue.waiting >= MAX_WAITING_PER_DEVICE) {
      this.counters.dropped++
      return Promise.reject(
        new Refusal('unavailable', 'event.busy', 'too many events of this device wait to be stored'),
      )
    }
    queue.waiting++
    const done = queue.tail.then(work).finally(() => {
      if (--queue.waiting === 0) this.#queues.delete(device)
    })
    queue.tail = done.then(
      () => {},
      () => {}, // the caller hears of it
    )
    this.#queues.set(device, queue)
    return done
  }

  async #store(origin: Origin, event: DeviceEvent, pictures: readonly Uint8Array[], arrival?: string): Promise<void> {
    const { db } = this.#parts.store
    const nowMs = this.#parts.clock.now()
    const subject: Subject = { device: origin.id, channel: event.channel, type: event.type, input: event.input }
    const open = this.#open.find(subject)
    const writes: Compilable[] = []
    if (arrival !== undefined) writes.push(db.insertInto('arrival').values({ key: arrival, receivedAt: nowMs }))
    if (event.state === 'inactive') {
      const ended = open ?? this.#unknown.find(subject)
      // An inactive without an active is a heartbeat in all but name.
      if (ended) await this.#close(ended, { state: 'inactive', endedAt: nowMs, writes })
      else await this.#write(writes)
      return
    }
    // A sender that keeps its events has told all that was between: what was open when its link was lost still goes on.
    const goesOn = open ?? (arrival === undefined ? undefined : this.#unknown.find(subject))
    if (goesOn) {
      await this.#extend(goesOn, nowMs, writes)
      return
    }
    const row = rowOf(origin, event, nowMs, arrival)
    // A key that is there already: the same alert over a second link, or again after a restart.
    writes.push(...insertEvent(db, row, textOf(row)))
    const also = this.#parts.also?.writesFor(eventOf(row), 'began') ?? []
    const isNew = await this.#write([...writes, ...also], writes.length - 1)
    if (!isNew) return
    if (also.length > 0) this.#parts.also?.stored()
    this.counters.stored++
    this.#unknown.remove(subject)
    const { id } = row
    this.#open.add({ id, subject, lastSeenAt: nowMs, count: 1, writtenAt: nowMs })
    this.#parts.publish(eventOf(row))
    this.#parts.pictures.take(
      { event: id, device: origin.id, channel: event.channel ?? origin.soleChannel, given: pictures[0] },
      () => this.#tell(id),
    )
  }

  /** False when the query at `telling`, the last unless told otherwise, changed nothing, or all of it was stored before. */
  async #write(writes: readonly Compilable[], telling = writes.length - 1): Promise<boolean> {
    if (writes.length === 0) return false
    try {
      const results = await this.#parts.store.write(writes)
      return results[telling]!.changes > 0
    } catch (error) {
      if (error instanceof Refusal && error.code === 'store.exists') return false
      throw error
    }
  }

  async #extend(open: Open, nowMs: number, writes: Compilable[]): Promise<void> {
    const count = open.count + 1
    if (writes.length > 0 || nowMs - open.writtenAt >= writeAfterMs(open)) {
      const { db } = this.#parts.store
      const values = { state: 'active' as const, count, lastSeenAt: nowMs }
      writes.push(db.updateTable('event').set(values).where('id', '=', open.id))
      if (!(await this.#write(writes))) return // it had arrived before
      open.writtenAt = nowMs
      this.#unknown.remove(open.subject)
      this.#open.add(open)
      await this.#tell(open.id)
    }
    open.count = count
    open.lastSeenAt = nowMs
    this.counters.repeated++
  }

  async #close(
    open: Open,
    end: { state: 'inactive' | 'unknown'; endedAt?: number; writes?: Compilable[] },
  ): Promise<void> {
    const { state, endedAt = null, writes = [] } = end
    const values = { state, endedAt, count: open.count, lastSeenAt: open.lastSeenAt }
    writes.push(this.#parts.store.db.updateTable('event').set(values).where('id', '=', open.id))
    const also = await this.#alsoAtEnd(open, values)
    if (await this.#write([...writes, ...also], writes.length - 1)) {
      if (also.length > 0) this.#parts.also?.stored()
      this.#open.remove(open.subject)
      if (state === 'unknown') this.#unknown.add(open)
      else this.#unknown.remove(open.subject)
      await this.#tell(open.id)
    }
  }

  async #alsoAtEnd({ id }: Open, values: Partial<EventRow>): Promise<readonly Compilable[]> {
    const { also, store } = this.#parts
    if (!also) return []
    const row = await store.db.selectFrom('event').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? also.writesFor(eventOf({ ...row, ...values }), values.state === 'unknown' ? 'lost' : 'ended') : []
  }

  async #tell(id: string): Promise<void> {
    try {
      const row = await this.#parts.store.db.selectFrom('event').selectAll().where('id', '=', id).executeTakeFirst()
      if (row) this.#parts.publish(eventOf(row))
    } catch (error) {
      this.#parts.onError(error)
    }
  }

  async #upkeep(): Promise<void> {
    const { clock, onError } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      await clock.sleep(PRUNE_MS, { signal }).catch(() => {}) // aborted: the loop ends
      if (!signal.aborted) await this.#prune().catch(onError)
    }
  }

  async #prune(): Promise<void> {
    const { store, clock } = this.#parts
    await store.db
      .deleteFrom('arrival')
      .where('receivedAt', '<', clock.now() - ARRIVAL_MS)
      .execute()
    await pruneEvents(store, this.#parts.maxEvents ?? MAX_EVENTS)
  }

  /** What was taken is stored before this resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#keeping
    await Promise.all([...this.#queues.values()].map(({ tail }) => tail))
  }
}

const writeAfterMs = ({ count }: Open): number => Math.min(MAX_WRITE_MS, Math.max(WRITE_MS, count * WRITE_MS_A_REPEAT))

const rowOf = (origin: Origin, event: DeviceEvent, nowMs: number, arrival: string | undefined): NewEvent => {
  const { channel, type, input, timeMs } = event
  const { timeMs: time, isLate } = estimateTime({
    deviceMs: timeMs,
    isLocal: event.isTimeLocal === true,
    offsetMs: origin.clockOffsetMs,
    arrivalMs: nowMs,
    isKept: arrival !== undefined || event.isRetransmission,
  })
  // A sender that numbers its events tells two of one second apart.
  const identity = [origin.id, channel, type, input, arrival ?? Math.floor((timeMs ?? nowMs) / 1000)]
  const detail = detailOf(event)
  return {
    id: uuidv7(nowMs),
    key: keyOf(time, identity),
    deviceId: origin.id,
    deviceName: origin.name,
    channel: channel ?? null,
    channelName: (channel === undefined ? undefined : origin.channelName(channel)) ?? null,
    kind: event.kind,
    type: type.slice(0, 100),
    state: 'active',
    input: input ?? null,
    description: event.description?.slice(0, 500) ?? null,
    time,
    deviceTime: event.time?.slice(0, 60) ?? null,
    isLate: isLate ? 1 : 0,
    detailJson: detail === null ? null : JSON.stringify(detail),
    receivedAt: nowMs,
    lastSeenAt: nowMs,
    endedAt: null,
    count: 1,
    hasPicture: 0,
    source: event.isAsked ? 'asked' : 'told',
  }
}

/** Begins with the second, so that new keys stand side by side in their index. */
const keyOf = (time: number, identity: readonly unknown[]): string =>
  `${Math.floor(time / 1000).toString(36)}.${createHash('sha256').update(JSON.stringify(identity)).digest('base64url')}`
