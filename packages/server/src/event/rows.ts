// SPDX-License-Identifier: Apache-2.0
/** Events in the database: rows to what the API shows, pages of them. */
import type { Event } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type EventRow = Selectable<Tables['event']>

const iso = (ms: number): string => new Date(ms).toISOString()

/** A row as the API shows it. */
export const eventOf = (row: EventRow): Event => ({
  id: row.id,
  time: iso(row.time),
  deviceTime: row.deviceTime,
  isLate: row.isLate !== 0,
  receivedAt: iso(row.receivedAt),
  endedAt: row.endedAt === null ? null : iso(row.endedAt),
  lastSeenAt: iso(row.lastSeenAt),
  count: row.count,
  device: row.deviceId as Event['device'],
  deviceName: row.deviceName,
  channel: row.channel,
  channelName: row.channelName,
  kind: row.kind,
  type: row.type,
  state: row.state,
  input: row.input,
  description: row.description,
  detail: row.detailJson === null ? null : JSON.parse(row.detailJson),
  hasPicture: row.hasPicture !== 0,
})

/** Which events, and how many. */
export interface EventQuery {
  readonly device?: string | undefined
  readonly kind?: string | undefined
  readonly state?: Event['state'] | undefined
  readonly before?: string | undefined
  readonly limit: number
}

/** A page, newest first; `next` leads to the one after it. */
export const listEvents = async (
  store: Store,
  { device, kind, state, before, limit }: EventQuery,
): Promise<{ events: Event[]; next: string | null }> => {
  let query = store.db
    .selectFrom('event')
    .selectAll()
    .orderBy('time', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (device !== undefined) query = query.where('deviceId', '=', device)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (state !== undefined) query = query.where('state', '=', state)
  if (before !== undefined) {
    const { time, id } = placeOf(before)
    query = query.where((on) => on(on.refTuple('time', 'id'), '<', on.tuple(time, id)))
  }
  const rows = await query.execute()
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { events: rows.slice(0, limit).map(eventOf), next: last ? `${last.time}.${last.id}` : null }
}

const placeOf = (cursor: string): { time: number; id: string } => {
  const match = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(cursor)
  if (!match) throw new Refusal('invalid', 'event.cursor', 'before is not the `next` of an earlier answer')
  return { time: Number(match[1]), id: match[2]! }
}
