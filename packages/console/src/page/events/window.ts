// SPDX-License-Identifier: Apache-2.0
/** Which time the page of events shows. Pure. */
import type { EventSearch } from '../../search.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Up to now. */
export const ranges = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
} as const
export type Range = keyof typeof ranges

const isRange = (text: string | undefined): text is Range => text !== undefined && Object.hasOwn(ranges, text)

/** What is chosen. */
export const rangeOf = ({ range, from, to }: EventSearch): Range | 'all' | 'chosen' =>
  from !== undefined || to !== undefined ? 'chosen' : isRange(range) ? range : 'all'

const iso = (ms: number): string => new Date(ms).toISOString()

/** Of the list; by whole minutes, so that it is not asked for anew every second. */
export const windowOf = (search: EventSearch, nowMs: number): { from?: string; to?: string } => {
  const { from, to } = search
  const range = rangeOf(search)
  if (range === 'chosen') return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  return range === 'all' ? {} : { from: iso(Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - ranges[range]) }
}

/** Of the columns: always with both ends; the last day when nothing is chosen. */
export const columnsOf = (search: EventSearch, nowMs: number): { from: string; to: string } => {
  const next = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS
  const { from, to = iso(next) } = windowOf(search, nowMs)
  return { from: from ?? iso(Date.parse(to) - ranges.day), to }
}
