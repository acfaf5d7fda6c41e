// SPDX-License-Identifier: Apache-2.0
/**
 * Events that are looked for: pages of them, how many there are of each kind, and when. Made for ten millions of rows in
 * SQLite: before a page is read, counts by the hour tell which index leads to it in few steps; totals come from those counts.
 */
import type { Event } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Narrowed } from './narrowed.ts'
import { type EventRow, eventOf } from './rows.ts'

/** A row that is read and sorted costs so many that are only passed over. */
const SORTING = 3
/** What is counted one by one, the newest; of more it is said that there are more. */
export const MAX_COUNTED = 200_000
/** Columns of the picture of when. */
export const MAX_COLUMNS = 100
const HOUR_MS = 3_600_000
const HALF_DAY_MS = 12 * HOUR_MS
/** Stands for all devices in the counts. */
const ALL = ''

/** Which events. What is left out does not matter. */
export interface EventFilter {
  readonly devices?: readonly string[] | undefined
  /** Of these of the devices some cameras alone, and nothing that is of none. */
  readonly narrowed?: readonly Narrowed[] | undefined
  readonly channel?: number | undefined
  readonly kinds?: readonly string[] | undefined
  readonly states?: readonly Event['state'][] | undefined
  /** A part of the device's or channel's name, the description or the plate, in any case. */
  readonly text?: string | undefined
  /** Milliseconds since 1970; `to` is not in it any more. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

type Builder = ExpressionBuilder<Tables, 'event'>
type Lead = 'time' | 'device' | 'kind' | 'state' | 'text'

/** The columns by which SQLite shall not find its way: it has no idea how many rows there are of each. */
const aside = (on: Builder, column: keyof Tables['event']): Expression<never> => sql<never>`+${on.ref(column)}`

const wheres = (on: Builder, filter: EventFilter, lead: Lead): Expression<SqlBool>[] => {
  const { devices, narrowed = [], channel, kinds, states, text, fromMs, toMs } = filter
  const one = (by: Lead, column: 'deviceId' | 'kind' | 'state') => (by === lead ? on.ref(column) : aside(on, column))
  return [
    ...(fromMs === undefined ? [] : [on('time', '>=', fromMs)]),
    ...(toMs === undefined ? [] : [on('time', '<', toMs)]),
    ...(devices === undefined ? [] : [on(one('device', 'deviceId'), 'in', devices as never)]),
    ...narrowed.map((one) =>
      on.or([
        on(aside(on, 'deviceId'), '<>', one.device as never),
        on(aside(on, 'channel'), 'in', one.channels as never),
      ]),
    ),
    ...(channel === undefined ? [] : [on(aside(on, 'channel'), '=', channel as never)]),
    ...(kinds === undefined ? [] : [on(one('kind', 'kind'), 'in', kinds as never)]),
    ...(states === undefined ? [] : [on(one('state', 'state'), 'in', states as never)]),
    // The index of what goes on holds no other rows, and SQLite must be told so.
    ...(lead === 'state' ? [on('state', '<>', 'inactive')] : []),
    ...(text === undefined
      ? []
      : [on(lead === 'text' ? on.ref('textId') : aside(on, 'textId'), 'in', textIds(on, text) as never)]),
  ]
}

/** Few texts belong to many events: names and descriptions repeat, plates alone do not. */
const textIds = (on: Builder, text: string) =>
  on.selectFrom('eventText').select('eventText.id').where('eventText.text', 'like', likeOf(text))

const likeOf = (text: string): string => `%${text.replace(/[%_]/g, '_')}%`

/** A page, newest first; `next` leads to the one after it. Throws `Refusal` `event.cursor`. */
export const listEvents = async (
  store: Store,
  { before, limit, ...filter }: EventFilter & { readonly before?: string | undefined; readonly limit: number },
): Promise<{ events: Event[]; next: string | null }> => {
  if (isEmpty(filter)) return { events: [], next: null }
  const lead = await leadOf(store, filter, limit)
  const place = before === undefined ? undefined : placeOf(before)
  let query = store.db
    .selectFrom('event')
    .selectAll()
    .where((on) => on.and(wheres(on, filter, lead)))
    .orderBy('time', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (place) query = query.where((on) => on(on.refTuple('time', 'id'), '<', on.tuple(place.time, place.id)))
  const rows: EventRow[] = await query.execute()
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { events: rows.slice(0, limit).map(eventOf), next: last ? `${last.time}.${last.id}` : null }
}

const isEmpty = ({ devices, kinds, states }: EventFilter): boolean =>
  [devices, kinds, states].some((list) => list?.length === 0)

const placeOf = (cursor: string): { time: number; id: string } => {
  const match = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(cursor)
  if (!match) throw new Refusal('invalid', 'event.cursor', 'before is not the `next` of an earlier answer')
  return { time: Number(match[1]), id: match[2]! }
}

/**
 * What leads to `wanted` rows in the fewest steps. By device, kind or text every row of it is looked at (and sorted); by
 * time as many as it takes until enough have fitted.
 */
const leadOf = async (store: Store, filter: EventFilter, wanted: number): Promise<Lead> => {
  const { devices, kinds, states, text } = filter
  if (states && !states.includes('inactive')) return 'state'
  const total = await tallied(store, { ...filter, devices: undefined, kinds: undefined })
  if (total === 0 || (!devices && !kinds && text === undefined)) return 'time'
  const leads: { lead: Lead; count: number }[] = []
  if (devices) leads.push({ lead: 'device', count: await tallied(store, { ...filter, kinds: undefined }) })
  if (kinds) leads.push({ lead: 'kind', count: await tallied(store, { ...filter, devices: undefined }) })
  const withText = text === undefined ? total : await countText(store, text)
  if (text !== undefined) leads.push({ lead: 'text', count: withText })
  const fitting = (await tallied(store, filter)) * Math.min(1, withText / total)
  const byTime = Math.min(total, (wanted * total) / Math.max(fitting, 1))
  const least = leads.toSorted((a, b) => a.count - b.count)[0]!
  return least.count * SORTING < byTime ? least.lead : 'time'
}

const countText = async ({ db }: Store, text: string): Promise<number> => {
  const query = db.selectFrom('eventText').select(({ fn }) => fn.sum<number>('count').as('count'))
  return Number((await query.where('text', 'like', likeOf(text)).executeTakeFirst())?.count ?? 0)
}

const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS)

/** By whole hours, from the counts. */
const tallies = ({ db }: Store, { devices, kinds, fromMs, toMs }: EventFilter) => {
  let query = db.selectFrom('eventTally')
  if (fromMs !== undefined) query = query.where('hour', '>=', hourOf(fromMs))
  if (toMs !== undefined) query = query.where('hour', '<=', hourOf(toMs - 1))
  query = query.where('deviceId', 'in', devices ?? [ALL])
  if (kinds !== undefined) query = query.where('kind', 'in', kinds)
  return query
}

const tallied = async (store: Store, filter: EventFilter): Promise<number> => {
  const query = tallies(store, filter).select(({ fn }) => fn.sum<number>('count').as('count'))
  return Number((await query.executeTakeFirst())?.count ?? 0)
}

/** How many, of which kinds, and when. */
export interface EventSummary {
  readonly total: number
  /** There are more than were counted. */
  readonly isMore: boolean
  readonly kinds: readonly { readonly kind: string; readonly count: number }[]
  /** Columns of `columnMs` each, oldest first; those without events are left out. */
  readonly columns: readonly { readonly fromMs: number; readonly count: number }[]
  readonly columnMs: number
}

/** Counts what a filter finds between two times; over more than a day, by whole hours. */
export const summarizeEvents = async (
  store: Store,
  filter: EventFilter & { readonly fromMs: number; readonly toMs: number },
): Promise<EventSummary> => {
  const { fromMs, toMs, narrowed = [], channel, states, text } = filter
  const columnMs = columnOf(toMs - fromMs)
  if (isEmpty(filter)) return { total: 0, isMore: false, kinds: [], columns: [], columnMs }
  const isPlain = narrowed.length === 0 && channel === undefined && states === undefined && text === undefined
  const isByHour = isPlain && columnMs >= HOUR_MS
  const rows = isByHour ? await countHours(store, filter, columnMs) : await countRows(store, filter, columnMs)
  const byKind = new Map<string, number>()
  const byColumn = new Map<number, number>()
  let total = 0
  for (const { at, kind, count } of rows) {
    total += count
    byKind.set(kind, (byKind.get(kind) ?? 0) + count)
    byColumn.set(at, (byColumn.get(at) ?? 0) + count)
  }
  return {
    total,
    isMore: !isByHour && total >= MAX_COUNTED,
    kinds: [...byKind].map(([kind, count]) => ({ kind, count })).toSorted((a, b) => b.count - a.count),
    columns: [...byColumn].map(([at, count]) => ({ fromMs: at, count })).toSorted((a, b) => a.fromMs - b.fromMs),
    columnMs,
  }
}

const steps = [1, 5, 15, 60, 180, 720, 1440, 7 * 1440].map((minutes) => minutes * 60_000)

/** The finest step that needs no more columns than can be seen; from half a day on, hours, which are counted already. */
const columnOf = (spanMs: number): number =>
  steps.find((step) => spanMs / step <= MAX_COLUMNS && (step >= HOUR_MS || spanMs < HALF_DAY_MS)) ??
  Math.ceil(spanMs / MAX_COLUMNS / HOUR_MS) * HOUR_MS

interface Counted {
  readonly at: number
  readonly kind: string
  readonly count: number
}

const countHours = async (store: Store, filter: EventFilter, columnMs: number): Promise<Counted[]> => {
  const at = sql<number>`("hour" / ${sql.lit(columnMs / HOUR_MS)}) * ${sql.lit(columnMs)}`
  const query = tallies(store, filter).select(({ fn }) => [at.as('at'), 'kind', fn.sum<number>('count').as('count')])
  return (await query.groupBy(['at', 'kind']).execute()).map(({ count, ...rest }) => ({
    ...rest,
    count: Number(count),
  }))
}

const countRows = async (store: Store, filter: EventFilter, columnMs: number): Promise<Counted[]> => {
  const lead = await leadOf(store, filter, MAX_COUNTED)
  const some = store.db
    .selectFrom('event')
    .select(['time', 'kind'])
    .where((on) => on.and(wheres(on, filter, lead)))
    .orderBy('time', 'desc')
    .limit(MAX_COUNTED)
  const at = sql<number>`("time" / ${sql.lit(columnMs)}) * ${sql.lit(columnMs)}`
  const query = store.db
    .selectFrom(some.as('some'))
    .select(({ fn }) => [at.as('at'), 'kind', fn.countAll<number>().as('count')])
  return (await query.groupBy(['at', 'kind']).execute()).map(({ count, ...rest }) => ({
    ...rest,
    count: Number(count),
  }))
}
