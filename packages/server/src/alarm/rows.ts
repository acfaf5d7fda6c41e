// SPDX-License-Identifier: Apache-2.0
/** Alarms from the database to the API, each with the latest of its events and why the state of that is not known. */
import type { Alarm, AlarmComment } from '@openhmp/contract'
import type { Selectable } from 'kysely'
import { eventOf } from '../event/rows.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { severityOf } from './write.ts'

export type AlarmRow = Selectable<Tables['alarm']>

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

/** In the order of the rows; one whose event has just gone is left out. */
export const alarmsOf = async ({ db }: Store, rows: readonly AlarmRow[]): Promise<Alarm[]> => {
  if (rows.length === 0) return []
  const ids = rows.map(({ latestEventId }) => latestEventId)
  const [events, comments] = await Promise.all([
    db
      .selectFrom('event')
      .selectAll()
      .select(({ selectFrom }) =>
        selectFrom('eventGap as gap')
          .select('gap.id')
          .whereRef('gap.deviceId', '=', 'event.deviceId')
          .where('event.state', '=', 'unknown')
          .where(({ or, eb, ref }) => or([eb('gap.to', 'is', null), eb('gap.to', '>', ref('event.lastSeenAt'))]))
          .orderBy('gap.from')
          .limit(1)
          .as('gapId'),
      )
      .where('id', 'in', ids)
      .execute(),
    db
      .selectFrom('alarmComment')
      .select(({ fn }) => ['alarmId', fn.countAll<number>().as('count')])
      .where(
        'alarmId',
        'in',
        rows.map(({ id }) => id),
      )
      .groupBy('alarmId')
      .execute(),
  ])
  const gapIds = events.flatMap(({ gapId }) => gapId ?? [])
  const found =
    gapIds.length === 0
      ? []
      : await db.selectFrom('eventGap').select(['id', 'causeCode', 'causeText']).where('id', 'in', gapIds).execute()
  const causes = new Map(found.map(({ id, causeCode: code, causeText: text }) => [id, { code, text }]))
  const byId = new Map(events.map((event) => [event.id, event]))
  const counts = new Map(comments.map(({ alarmId, count }) => [alarmId, Number(count)]))
  return rows.flatMap((row) => {
    const event = byId.get(row.latestEventId)
    if (!event) return []
    const unknownBecause = event.gapId === null ? null : (causes.get(event.gapId) ?? null)
    return { ...plain(row), event: eventOf(event), unknownBecause, commentCount: counts.get(row.id) ?? 0 }
  })
}

const plain = (row: AlarmRow): Omit<Alarm, 'event' | 'unknownBecause' | 'commentCount'> => ({
  id: row.id,
  severity: severityOf(row.severity),
  state: row.state,
  since: iso(row.since),
  createdAt: iso(row.createdAt),
  count: row.count,
  assignee: row.assignee,
  acknowledgedBy: row.acknowledgedBy,
  acknowledgedAt: isoOrNull(row.acknowledgedAt),
  closedBy: row.closedBy,
  closedAt: isoOrNull(row.closedAt),
})

/** Oldest first. */
export const commentsOf = async ({ db }: Store, alarm: string): Promise<AlarmComment[]> => {
  const rows = await db
    .selectFrom('alarmComment')
    .select(['id', 'who', 'at', 'text'])
    .where('alarmId', '=', alarm)
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows.map(({ at, ...rest }) => ({ ...rest, at: iso(at) }))
}
