// SPDX-License-Identifier: Apache-2.0
/**
 * What a device wrote into its own log in a time of ours: page by page, with a pause between, so that a device that is just
 * back is not driven away again. Its clock may be wrong and its zone any: how far its local time is from ours is looked at
 * first.
 */
import { randomUUID } from 'node:crypto'
import { type Clock, PeerError } from '@openhmp/protocol/base'
import { formatLogSearch, LOG_SEARCH_PATH, type LogEntry, parseDeviceTime, readLogPage } from '@openhmp/protocol/event'
import { readTime } from '@openhmp/protocol/isapi'
import { documentOf } from './answer.ts'
import type { IsapiDoor } from './resource.ts'

/** Pages of one search: firmware gives no more. */
const MAX_LOG_PAGES = 20
/** Searches, each from where the one before was cut off. */
const MAX_LOG_SEARCHES = 8
/** Recorders end a search here without a word. */
const SILENT_END = 2000
const PAUSE_MS = 200

/** One entry, in our time. */
export interface LoggedEntry extends Omit<LogEntry, 'localMs' | 'time'> {
  readonly atMs: number
  /** As written, in the device's time. */
  readonly deviceTime: string
}

/** What was found. */
interface LogReading {
  /** In the order of their times. */
  readonly entries: readonly LoggedEntry[]
  /** False: there is more than is read. */
  readonly isAll: boolean
}

interface Asking {
  /** Milliseconds since 1970, of our clock; both ends are in it. */
  readonly fromMs: number
  readonly toMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Asks. Rejects with `PeerError` `isapi.not-supported` by a device without such a log, and as the door does. */
export const readDeviceLog = async (door: IsapiDoor, asking: Asking): Promise<LogReading> => {
  const { fromMs, toMs, clock, signal } = asking
  const aheadMs = await localAhead(door, asking)
  const found = new Map<string, LogEntry>()
  let fromLocalMs = fromMs + aheadMs
  let isAll = false
  for (let searches = 0; searches < MAX_LOG_SEARCHES && !isAll; searches++) {
    const searchId = randomUUID().toUpperCase()
    let position = 0
    let lastMs = fromLocalMs
    for (let pages = 0; pages < MAX_LOG_PAGES && !isAll; pages++) {
      if (searches + pages > 0) await clock.sleep(PAUSE_MS, { signal })
      const body = formatLogSearch({ searchId, fromLocalMs, toLocalMs: toMs + aheadMs, position })
      const answer = await door.post(LOG_SEARCH_PATH, body, { signal })
      const page = readLogPage(documentOf(answer, `${door.name}: POST ${LOG_SEARCH_PATH}`))
      for (const entry of page.entries)
        found.set(`${entry.type}|${entry.moment}|${entry.channel}|${entry.input}|${entry.time}`, entry)
      lastMs = Math.max(lastMs, page.lastLocalMs ?? 0)
      position += page.count
      if (page.isMore && page.count > 0) continue
      isAll = position < SILENT_END
      break
    }
    // A second that is full is passed over, else there would be no end.
    fromLocalMs = Math.max(fromLocalMs + 1000, lastMs)
    isAll ||= fromLocalMs > toMs + aheadMs
  }
  const entries = [...found.values()]
    .map(({ localMs, time, ...entry }) => ({ ...entry, atMs: localMs - aheadMs, deviceTime: time }))
    .filter(({ atMs }) => atMs >= fromMs - 1000 && atMs <= toMs + 1000) // some devices give the whole day
    .sort((a, b) => a.atMs - b.atMs)
  return { entries, isAll }
}

/** How far the digits of the device's local time are ahead of our clock. */
const localAhead = async (door: IsapiDoor, { clock, signal }: Asking): Promise<number> => {
  const startedMs = clock.monotonic()
  const { localTime = '' } = readTime(await door.getXml('/ISAPI/System/time', { signal }))
  const local = parseDeviceTime(localTime.replace(/(Z|[+-]\d{1,2}:?(\d{2})?)$/i, ''))
  if (local === undefined)
    throw new PeerError('isapi.time', `${door.name}: the device tells no time`, { retry: 'never' })
  return Math.round(local - (clock.now() - (clock.monotonic() - startedMs) / 2))
}
