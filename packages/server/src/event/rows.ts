// SPDX-License-Identifier: Apache-2.0
/** Events from the database to the API. */
import type { Event } from '@openhmp/contract'
import { faultOf } from '@openhmp/protocol/event'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'

export type EventRow = Selectable<Tables['event']>

/** A row before it is stored: its text has no number yet. */
export type NewEvent = Omit<EventRow, 'textId'>

const iso = (ms: number): string => new Date(ms).toISOString()

/** A row as the API shows it. */
export const eventOf = (row: NewEvent): Event => ({
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
  fault: faultOf(row.type) ?? null,
  state: row.state,
  input: row.input,
  description: row.description,
  detail: row.detailJson === null ? null : JSON.parse(row.detailJson),
  hasPicture: row.hasPicture !== 0,
  source: row.source,
})
