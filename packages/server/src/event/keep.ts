// SPDX-License-Identifier: Apache-2.0
/** Events into the database and out of it again: with each row go the text it is found by and the counts by the hour. */
import type { Event } from '@openhmp/contract'
import { type Compilable, type Kysely, sql } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { NewEvent } from './rows.ts'

const HOUR_MS = 3_600_000
/** Texts that nothing refers to any more are looked for so many at a time. */
const MAX_TEXTS = 10_000

/** What an event is found by. The same is made in SQL where names change and in the migration. */
export const textOf = ({ deviceName, channelName, description, detailJson }: NewEvent): string => {
  const detail: Event['detail'] = detailJson === null ? null : JSON.parse(detailJson)
  const who = [detail?.licensePlate, detail?.face?.name].filter(Boolean).join(' ')
  return [deviceName, channelName ?? '', description ?? '', who].join('\n')
}

/** The last of these changes a row only when the event is new: its key was not there before. */
export const insertEvent = (db: Kysely<Tables>, row: NewEvent, text: string): Compilable[] => {
  const raw = (query: ReturnType<typeof sql>): Compilable => ({ compile: () => query.compile(db) })
  const isNew = sql`exists (select 1 from "event" where "id" = ${row.id})`
  const count = (device: string) =>
    raw(sql`insert into "eventTally" ("deviceId", "hour", "kind", "count")
      select ${device}, ${Math.floor(row.time / HOUR_MS)}, ${row.kind}, 1 where ${isNew}
      on conflict do update set "count" = "count" + 1`)
  return [
    db
      .insertInto('eventText')
      .values({ text, count: 0 })
      .onConflict((on) => on.column('text').doNothing()),
    db
      .insertInto('event')
      .values((on) => ({ ...row, textId: on.selectFrom('eventText').select('eventText.id').where('text', '=', text) }))
      .onConflict((on) => on.column('key').doNothing()),
    raw(sql`update "eventText" set "count" = "count" + 1 where "text" = ${text} and ${isNew}`),
    count(''),
    count(row.deviceId),
  ]
}

/** What came in before a device had said its name is shown and found under its name, too. */
export const renameInEvents = async ({ db }: Store, device: string, name: string): Promise<void> => {
  const rows = await db.selectFrom('event').selectAll().where('deviceId', '=', device).limit(MAX_TEXTS).execute()
  for (const row of rows) {
    const text = textOf({ ...row, deviceName: name })
    const insert = db.insertInto('eventText').values({ text, count: 1 })
    await insert
      .onConflict((on) => on.column('text').doUpdateSet((up) => ({ count: up('eventText.count', '+', 1) })))
      .execute()
    await db
      .updateTable('event')
      .set((on) => ({
        deviceName: name,
        textId: on.selectFrom('eventText').select('eventText.id').where('text', '=', text),
      }))
      .where('id', '=', row.id)
      .execute()
  }
}

/** Lets the oldest hours go until no more than `most` events are left. */
export const pruneEvents = async (store: Store, most: number): Promise<void> => {
  const { db } = store
  const hours = await db
    .selectFrom('eventTally')
    .select(({ fn }) => ['hour', fn.sum<number>('count').as('count')])
    .where('deviceId', '=', '')
    .groupBy('hour')
    .orderBy('hour', 'desc')
    .execute()
  let kept = 0
  const first = hours.find(({ count }) => {
    kept += Number(count)
    return kept > most
  })
  if (!first) return
  const unused = db
    .selectFrom('eventText')
    .select('id')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('event').select('event.id').whereRef('event.textId', '=', 'eventText.id'))),
    )
    .limit(MAX_TEXTS)
  await store.write([
    db.deleteFrom('event').where('time', '<', (first.hour + 1) * HOUR_MS),
    db.deleteFrom('eventTally').where('hour', '<=', first.hour),
    db.deleteFrom('eventText').where('id', 'in', unused),
  ])
}
