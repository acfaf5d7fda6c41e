// SPDX-License-Identifier: Apache-2.0
/** Firings and what was told of them: rows of the database, and as the API shows them. */
import type { Bookmark, Delivery, Event, Firing, Reason } from '@openhmp/contract'
import { eventOf } from '../event/rows.ts'
import type { Store } from '../store/store.ts'
import { isTooShort } from './memory.ts'
import { Dropped, type Told } from './message.ts'
import type { DeliveryRow } from './outbox.ts'

/** Firings that are read for one message. */
const MAX_TOLD = 1000

const iso = (ms: number): string => new Date(ms).toISOString()

export const deliveryOf = (row: DeliveryRow): Delivery => ({
  id: row.id,
  rule: row.ruleId,
  ruleName: row.ruleName,
  event: row.eventId,
  kind: row.kind,
  targetId: row.targetId,
  target: row.target,
  state: row.state,
  attempts: row.attempts,
  createdAt: iso(row.createdAt),
  nextAt: row.nextAt === null ? null : iso(row.nextAt),
  endedAt: row.endedAt === null ? null : iso(row.endedAt),
  text: row.text,
})

/**
 * What a delivery tells: its firings whose events have gone on long enough, oldest first. Rejects with `Dropped` when
 * none has.
 */
export const toldBy = async ({ db }: Store, { batch }: DeliveryRow): Promise<Told[]> => {
  const rows = await db
    .selectFrom('firing')
    .selectAll()
    .where((on) => on.or([on('batch', '=', batch), on('id', '=', batch)]))
    .orderBy('at')
    .orderBy('id')
    .limit(MAX_TOLD)
    .execute()
  if (rows.length === 0) throw new Dropped('what it was about is not kept any more')
  const told: Told[] = []
  for (const { moment, minMs, eventId, eventJson } of rows) {
    if (moment === 'began' && minMs > 0) {
      const event = await db.selectFrom('event').selectAll().where('id', '=', eventId).executeTakeFirst()
      if (!event || isTooShort({ minSeconds: minMs / 1000 }, eventOf(event))) continue
    }
    told.push({ moment, event: JSON.parse(eventJson) as Event })
  }
  if (told.length === 0) throw new Dropped('it ended too soon')
  return told
}

/** Newest first, each with what was told of it. */
export const listFirings = async (
  { db }: Store,
  { rule, limit }: { rule?: string | undefined; limit: number },
): Promise<Firing[]> => {
  let query = db.selectFrom('firing').selectAll().orderBy('at', 'desc').limit(limit)
  if (rule !== undefined) query = query.where('ruleId', '=', rule)
  const rows = await query.execute()
  const batches = [...new Set(rows.flatMap(({ id, batch }) => [id, batch]))]
  const outcomes =
    batches.length === 0 ? [] : await db.selectFrom('delivery').selectAll().where('batch', 'in', batches).execute()
  const byBatch = Map.groupBy(outcomes, ({ batch }) => batch)
  return rows.map((row) => {
    const event = JSON.parse(row.eventJson) as Event
    const own = [...new Set([row.id, row.batch])].flatMap((batch) => byBatch.get(batch) ?? [])
    return {
      ...{ id: row.id, rule: row.ruleId, ruleName: row.ruleName, event: row.eventId },
      ...{ kind: event.kind, deviceName: event.deviceName, channelName: event.channelName },
      ...{ moment: row.moment, at: iso(row.at), reason: JSON.parse(row.reasonJson) as Reason },
      outcomes: own.map(({ id, kind, target, state, text }) => ({ id, kind, target, state, text })),
      isGrouped: row.isGrouped !== 0,
    }
  })
}

/** Newest first. */
export const listBookmarks = async ({ db }: Store, limit: number): Promise<Bookmark[]> => {
  const rows = await db
    .selectFrom('bookmark')
    .innerJoin('event', 'event.id', 'bookmark.eventId')
    .select(['event.id', 'event.time', 'event.kind', 'event.deviceName', 'event.channelName', 'bookmark.by'])
    .orderBy('bookmark.createdAt', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ id, time, ...rest }) => ({ event: id, time: iso(time), ...rest }))
}
