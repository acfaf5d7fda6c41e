// SPDX-License-Identifier: Apache-2.0
/** What is written of an alarm together with its event, in one transaction: no event without its alarm, however it ends. */
import { randomUUID } from 'node:crypto'
import { alarmWord, type Event, Severity } from '@openhmp/contract'
import { type Compilable, type Kysely, sql } from 'kysely'
import type { Tables } from '../store/schema.ts'

/** An acknowledged alarm that was quiet for so long and comes again is new: somebody has to look again. */
export const QUIET_MS = 5 * 60_000

/** As it stands in the table: the gravest is the greatest. */
export const rankOf = (severity: Severity): number => Severity.options.length - Severity.options.indexOf(severity)
export const severityOf = (rank: number): Severity => Severity.options[Severity.options.length - rank] ?? 'low'

/** What one open alarm is of: a kind at a camera, or at an input. */
const subjectOf = (event: Event): string =>
  [event.device, event.channel ?? '', event.input ?? '', alarmWord(event)].join('|')

/** The queries, in their order. They do nothing unless the event is there: one that came twice is no second occurrence. */
export const alarmWrites = (db: Kysely<Tables>, event: Event, severity: Severity, nowMs: number): Compilable[] => {
  const { id, device } = event
  const subject = subjectOf(event)
  const isThere = sql`exists (select 1 from "event" where "id" = ${id})`
  const again = sql`"state" = 'acknowledged' and "latestAt" < ${nowMs - QUIET_MS}`
  const writes = [
    sql`update "alarm" set "count" = "count" + 1, "latestEventId" = ${id}, "latestAt" = ${nowMs},
        "since" = case when ${again} then ${nowMs} else "since" end,
        "acknowledgedBy" = case when ${again} then null else "acknowledgedBy" end,
        "acknowledgedAt" = case when ${again} then null else "acknowledgedAt" end,
        "state" = case when ${again} then 'new' else "state" end
      where "subject" = ${subject} and "state" <> 'closed' and "latestEventId" <> ${id} and ${isThere}`,
    sql`insert into "alarm" ("id", "eventId", "latestEventId", "subject", "deviceId", "severity", "state", "count",
        "since", "createdAt", "latestAt")
      select ${randomUUID()}, ${id}, ${id}, ${subject}, ${device}, ${rankOf(severity)}, 'new', 1,
        ${nowMs}, ${nowMs}, ${nowMs}
      where ${isThere} and not exists (select 1 from "alarm" where "subject" = ${subject} and "state" <> 'closed')`,
  ]
  return writes.map((query) => ({ compile: () => query.compile(db) }))
}
