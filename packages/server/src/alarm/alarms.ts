// SPDX-License-Identifier: Apache-2.0
/** The queue of alarms: what events put into it, what people do with it, and who is told of either. */
import { randomUUID } from 'node:crypto'
import {
  type Alarm,
  type AlarmComment,
  type AlarmCounts,
  type Event,
  type LiveMessage,
  MAX_COMMENTS,
} from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { Compilable, ExpressionBuilder } from 'kysely'
import type { Narrowed, Visible } from '../event/narrowed.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type AlarmRow, alarmsOf, commentsOf } from './rows.ts'
import type { Severities } from './severities.ts'
import { alarmWrites, rankOf, severityOf } from './write.ts'

/** Changes are gathered for so long: a site that goes dark is one message of a page, not five hundred. */
const GATHER_MS = 100
/** More at once are told as one: ask again. */
export const MAX_TOLD_AT_ONCE = 200

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly severities: Severities
  publish(message: LiveMessage): void
  onError(error: unknown): void
}

/** Which alarms; what is left out does not matter. */
export interface AlarmQuery {
  readonly state?: readonly Alarm['state'][] | undefined
  readonly severity?: readonly Alarm['severity'][] | undefined
  readonly device?: string | undefined
  /** Of these alone. */
  readonly visible?: Visible | undefined
  readonly assignee?: string | undefined
  readonly skip: number
  readonly limit: number
}

/** Of these devices the alarms of some cameras alone: an alarm's events are all of one channel. */
const within = (narrowed: readonly Narrowed[]) => (on: ExpressionBuilder<Tables, 'alarm'>) =>
  on.and(
    narrowed.map(({ device, channels }) =>
      on.or([
        on('alarm.deviceId', '<>', device),
        on(
          on.selectFrom('event').select('event.channel').whereRef('event.id', '=', 'alarm.latestEventId'),
          'in',
          channels as number[],
        ),
      ]),
    ),
  )

/** All alarms. Owns its gathering until disposed. */
export class Alarms implements AsyncDisposable {
  readonly #parts: Parts
  readonly #touched = new Set<string>()
  readonly #stop = new AbortController()
  #telling: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What is to be written together with an event that has begun, or was found in a log. */
  writesFor(event: Event): Compilable[] {
    const { store, clock, severities } = this.#parts
    const severity = severities.of(event)
    return severity === 'none' ? [] : alarmWrites(store.db, event, severity, clock.now())
  }

  /** Something has become of an event that is stored: pages are told what that makes of its alarm. */
  changed(event: Event): void {
    if (this.#parts.severities.of(event) !== 'none') this.#touch(event.id)
  }

  /** A gap of a device was opened or closed: it says why its events are unknown. */
  async gapChanged(device: string): Promise<void> {
    const { store, onError } = this.#parts
    try {
      const rows = await store.db
        .selectFrom('alarm')
        .innerJoin('event', 'event.id', 'alarm.latestEventId')
        .select('latestEventId')
        .where('alarm.deviceId', '=', device)
        .where('alarm.state', '<>', 'closed')
        .where('event.state', '=', 'unknown')
        .limit(MAX_TOLD_AT_ONCE)
        .execute()
      for (const { latestEventId } of rows) this.#touch(latestEventId)
    } catch (error) {
      onError(error)
    }
  }

  /** Open ones first, the gravest and newest first; then closed ones, the last closed first. */
  async list(query: AlarmQuery): Promise<{ alarms: Alarm[]; isMore: boolean }> {
    const { store } = this.#parts
    const { state = ['new', 'acknowledged'], skip, limit } = query
    const open = state.filter((each) => each !== 'closed')
    const wanted = limit + 1
    const rows: AlarmRow[] = []
    let left = skip
    if (open.length > 0) {
      const select = this.#select(query).where('state', '<>', 'closed').where('state', 'in', open)
      rows.push(
        ...(await select
          .selectAll()
          .orderBy('severity', 'desc')
          .orderBy('createdAt', 'desc')
          .orderBy('id')
          .limit(wanted)
          .offset(skip)
          .execute()),
      )
      if (rows.length < wanted && left > 0 && open.length < state.length) {
        const [all] = await select.select(({ fn }) => fn.countAll<number>().as('count')).execute()
        left = Math.max(0, left - Number(all?.count ?? 0))
      }
    }
    if (state.includes('closed') && rows.length < wanted) {
      const select = this.#select(query).selectAll().where('state', '=', 'closed').orderBy('closedAt', 'desc')
      rows.push(
        ...(await select
          .orderBy('id')
          .limit(wanted - rows.length)
          .offset(left)
          .execute()),
      )
    }
    return { alarms: await alarmsOf(store, rows.slice(0, limit)), isMore: rows.length > limit }
  }

  #select({ severity, device, visible, assignee }: AlarmQuery) {
    let select = this.#parts.store.db.selectFrom('alarm')
    if (severity !== undefined) select = select.where('severity', 'in', severity.map(rankOf))
    if (device !== undefined) select = select.where('deviceId', '=', device)
    if (visible) select = select.where('deviceId', 'in', visible.devices).where(within(visible.narrowed))
    if (assignee !== undefined) select = select.where('assignee', '=', assignee)
    return select
  }

  /** Those that are open, of what is seen or of all. */
  async counts(visible?: Visible): Promise<AlarmCounts> {
    let query = this.#parts.store.db
      .selectFrom('alarm')
      .select(({ fn }) => ['state', 'severity', fn.countAll<number>().as('count')])
      .where('state', '<>', 'closed')
      .groupBy(['state', 'severity'])
    if (visible) query = query.where('deviceId', 'in', visible.devices).where(within(visible.narrowed))
    const rows = await query.execute()
    const counts: AlarmCounts = { new: { critical: 0, high: 0, low: 0 }, acknowledged: 0 }
    for (const { state, severity, count } of rows) {
      if (state === 'new') counts.new[severityOf(severity)] += Number(count)
      else counts.acknowledged += Number(count)
    }
    return counts
  }

  /** Where each is. Throws `Refusal` `alarm.unknown` unless all are there. */
  async placesOf(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly device: string; readonly channel: number | null }>> {
    const rows = await this.#parts.store.db
      .selectFrom('alarm')
      .leftJoin('event', 'event.id', 'alarm.latestEventId')
      .select(['alarm.id', 'alarm.deviceId', 'event.channel'])
      .where('alarm.id', 'in', ids)
      .execute()
    const found = new Map(rows.map(({ id, deviceId: device, channel }) => [id, { device, channel }]))
    if (ids.some((id) => !found.has(id))) throw new Refusal('not-found', 'alarm.unknown', 'there is no such alarm')
    return found
  }

  /** Throws `Refusal` `alarm.unknown`. */
  async get(id: string): Promise<{ alarm: Alarm; comments: AlarmComment[] }> {
    const { store } = this.#parts
    const [alarm] = await this.#read([id])
    if (!alarm) throw new Refusal('not-found', 'alarm.unknown', 'there is no such alarm')
    return { alarm, comments: await commentsOf(store, id) }
  }

  /** Gives all of them as they are now; those that are not new stay as they were. */
  async acknowledge(ids: readonly string[], by: string): Promise<Alarm[]> {
    const { store, clock } = this.#parts
    await store.db
      .updateTable('alarm')
      .set({ state: 'acknowledged', acknowledgedBy: by, acknowledgedAt: clock.now() })
      .where('id', 'in', ids)
      .where('state', '=', 'new')
      .execute()
    return this.#done(ids)
  }

  /** Closed ones stay as they were. */
  async close(ids: readonly string[], by: string): Promise<Alarm[]> {
    const { store, clock } = this.#parts
    await store.db
      .updateTable('alarm')
      .set({ state: 'closed', closedBy: by, closedAt: clock.now() })
      .where('id', 'in', ids)
      .where('state', '<>', 'closed')
      .execute()
    return this.#done(ids)
  }

  /** To somebody who can sign in, or to nobody. Throws `Refusal` `user.unknown`. Closed ones stay as they were. */
  async assign(ids: readonly string[], assignee: string | null): Promise<Alarm[]> {
    const { db } = this.#parts.store
    if (assignee !== null) {
      const user = await db.selectFrom('user').select('id').where('name', '=', assignee).executeTakeFirst()
      if (!user) throw new Refusal('not-found', 'user.unknown', `nobody here is called ${assignee}`)
    }
    await db.updateTable('alarm').set({ assignee }).where('id', 'in', ids).where('state', '<>', 'closed').execute()
    return this.#done(ids)
  }

  /** Throws `Refusal` `alarm.unknown`, `alarm.many-comments`. */
  async comment(id: string, who: string, text: string): Promise<{ alarm: Alarm; comments: AlarmComment[] }> {
    const { store, clock } = this.#parts
    const { comments } = await this.get(id)
    if (comments.length >= MAX_COMMENTS)
      throw new Refusal('exhausted', 'alarm.many-comments', `an alarm has ${MAX_COMMENTS} comments at most`)
    await store.db
      .insertInto('alarmComment')
      .values({ id: randomUUID(), alarmId: id, who, at: clock.now(), text })
      .execute()
    await this.#done([id])
    return this.get(id)
  }

  async #read(ids: readonly string[]): Promise<Alarm[]> {
    const { store } = this.#parts
    return alarmsOf(store, await store.db.selectFrom('alarm').selectAll().where('id', 'in', ids).execute())
  }

  async #done(ids: readonly string[]): Promise<Alarm[]> {
    const alarms = await this.#read(ids)
    this.#publish(alarms)
    return alarms
  }

  #publish(alarms: readonly Alarm[]): void {
    const { publish } = this.#parts
    if (alarms.length > MAX_TOLD_AT_ONCE) publish({ what: 'alarms' })
    else for (const alarm of alarms) publish({ what: 'alarm', alarm })
  }

  #touch(event: string): void {
    if (this.#stop.signal.aborted) return
    if (this.#touched.size <= MAX_TOLD_AT_ONCE) this.#touched.add(event)
    this.#telling ??= this.#tell()
  }

  async #tell(): Promise<void> {
    const { store, clock, publish, onError } = this.#parts
    await clock.sleep(GATHER_MS, { signal: this.#stop.signal }).catch(() => {}) // stopped: nobody listens any more
    this.#telling = undefined
    const events = [...this.#touched]
    this.#touched.clear()
    if (this.#stop.signal.aborted) return
    if (events.length > MAX_TOLD_AT_ONCE) return publish({ what: 'alarms' })
    try {
      const rows = await store.db.selectFrom('alarm').selectAll().where('latestEventId', 'in', events).execute()
      this.#publish(await alarmsOf(store, rows))
    } catch (error) {
      onError(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#telling
  }
}
