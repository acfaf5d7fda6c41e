// SPDX-License-Identifier: Apache-2.0
/**
 * What a device's log tells, beside what is known: an occurrence that was seen is not stored a second time, one that was
 * not is a row marked `log`, and one that was lost from sight gets its end.
 */
import { createHash } from 'node:crypto'
import type { Event } from '@openhmp/contract'
import { localText, parseDeviceTime } from '@openhmp/protocol/event'
import type { Compilable } from 'kysely'
import type { Store } from '../store/store.ts'
import { insertEvent, textOf } from './keep.ts'
import type { Logged } from './log-pairs.ts'
import type { Origin } from './origin.ts'
import { eventOf, type NewEvent } from './rows.ts'
import { uuidv7 } from './uuid.ts'

/** Logs tell whole seconds, and the device's clock is known to about one. */
const SLACK_MS = 2000
/** Our own clock is set by less than this. */
const DAY_MS = 86_400_000

/** What came of it. */
export interface Told {
  /** Stored; undefined where it was known. */
  readonly event?: Event
  /** Id of an event that has got its end. */
  readonly ended?: string
}

/** What else is to be written when one has begun, or ended. */
type Also = (event: Event, moment: 'began' | 'ended') => readonly Compilable[]

/** Stores it, and what `also` wants written with it. `untilMs`: an occurrence without an end went on until here at least, as far as anybody knows. */
export const storeFound = async (
  store: Store,
  origin: Origin,
  one: Logged,
  { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
  also: Also = () => [],
): Promise<Told> => {
  const { beganMs, endedMs } = one
  if (beganMs === undefined) return endLost(store, origin, one, endedMs ?? nowMs, also)
  const known =
    (await overlapping(store, origin, one, beganMs, endedMs ?? untilMs)) ??
    (await ofDeviceTime(store, origin, one, beganMs))
  if (known) {
    const isEndKnown = known.state !== 'unknown' || endedMs === undefined
    return isEndKnown ? {} : endLost(store, origin, one, endedMs, also)
  }
  const row = rowOf(origin, one, beganMs, nowMs)
  const writes = insertEvent(store.db, row, textOf(row))
  const event = eventOf(row)
  const ends = endedMs === undefined ? [] : also(event, 'ended')
  const results = await store.write([...writes, ...also(event, 'began'), ...ends])
  return results[writes.length - 1]!.changes > 0 ? { event } : {}
}

const overlapping = async (store: Store, origin: Origin, one: Logged, fromMs: number, toMs: number) =>
  await subject(store, origin, one)
    .where('time', '<=', toMs + SLACK_MS)
    .where(({ or, eb }) =>
      or([
        eb('state', '=', 'active'),
        eb('endedAt', '>=', fromMs - SLACK_MS),
        eb('lastSeenAt', '>=', fromMs - SLACK_MS),
      ]),
    )
    .orderBy('time', 'desc')
    .limit(1)
    .executeTakeFirst()

/** One that began in the same second of the device's clock: ours may have been set since. */
const ofDeviceTime = async (store: Store, origin: Origin, one: Logged, aboutMs: number) => {
  const ms = parseDeviceTime(digitsOf(one.deviceTime))
  if (ms === undefined) return undefined
  const seconds = [ms - 1000, ms, ms + 1000].map((each) => digitsOf(localText(each)))
  return await subject(store, origin, one)
    .where('time', '>', aboutMs - DAY_MS)
    .where('time', '<', aboutMs + DAY_MS)
    .where(({ eb, fn, val }) => eb(fn<string>('substr', ['deviceTime', val(1), val(19)]), 'in', seconds))
    .limit(1)
    .executeTakeFirst()
}

/** Date and time alone. */
const digitsOf = (time: string): string => time.slice(0, 19)

/** One that was active when the link was lost, and ended while nobody heard: its end is told late. */
const endLost = async (store: Store, origin: Origin, one: Logged, endedMs: number, also: Also): Promise<Told> => {
  const query = subject(store, origin, one).selectAll().where('state', '=', 'unknown')
  const lost = await query
    .where('time', '<=', endedMs + SLACK_MS)
    .orderBy('time', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!lost) return {}
  const values = { state: 'inactive' as const, endedAt: Math.max(endedMs, lost.time) }
  const end = store.db.updateTable('event').set(values).where('id', '=', lost.id).where('state', '=', 'unknown')
  await store.write([end, ...also(eventOf({ ...lost, ...values, isLate: 1 }), 'ended')])
  return { ended: lost.id }
}

/** Events of its kind and place. A number of an input says more than the channel beside it, which some devices leave out. */
const subject = ({ db }: Store, { id }: Origin, { kind, type, channel, input }: Logged) => {
  let query = db.selectFrom('event').select(['id', 'state', 'time']).where('deviceId', '=', id).where('kind', '=', kind)
  // A full disk is no broken network, though both are faults of the device.
  if (kind === 'deviceError') query = query.where(({ eb, fn }) => eb(fn('lower', ['type']), '=', type.toLowerCase()))
  if (input !== undefined) return query.where('input', '=', input)
  return channel === undefined
    ? query
    : query.where(({ or, eb }) => or([eb('channel', '=', channel), eb('channel', 'is', null)]))
}

const rowOf = (origin: Origin, one: Logged, beganMs: number, nowMs: number): NewEvent => {
  const { kind, type, channel, input, endedMs, deviceTime } = one
  // By what the device wrote: the same line gives the same key, however its clock is measured the next time.
  const identity = createHash('sha256').update(
    JSON.stringify([origin.id, 'log', type.toLowerCase(), channel, input, deviceTime]),
  )
  return {
    ...{ id: uuidv7(nowMs), key: `log.${identity.digest('base64url')}` },
    ...{ deviceId: origin.id, deviceName: origin.name },
    channel: channel ?? null,
    channelName: (channel === undefined ? undefined : origin.channelName(channel)) ?? null,
    ...{ kind, type: type.slice(0, 100), input: input ?? null, description: null },
    state: endedMs === undefined ? 'unknown' : 'inactive',
    ...{ time: Math.min(beganMs, nowMs), deviceTime: deviceTime.slice(0, 60), isLate: 1, detailJson: null },
    ...{ receivedAt: nowMs, lastSeenAt: endedMs ?? beganMs, endedAt: endedMs ?? null },
    ...{ count: 1, hasPicture: 0, source: 'log' },
  }
}
