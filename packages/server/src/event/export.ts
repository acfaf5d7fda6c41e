// SPDX-License-Identifier: Apache-2.0
/** Events as a file, page by page, newest first: a million of them need no more memory than a page. */
import type { Event } from '@openhmp/contract'
import type { Store } from '../store/store.ts'
import { csvCell } from './csv-cell.ts'
import { type EventFilter, listEvents } from './search.ts'

const PAGE = 500
/** Columns of the CSV file, in their order. */
const columns: readonly (readonly [string, (event: Event) => string | number | null])[] = [
  ['time', ({ time }) => time],
  ['ended', ({ endedAt }) => endedAt],
  ['state', ({ state }) => state],
  ['kind', ({ kind }) => kind],
  ['type', ({ type }) => type],
  ['device', ({ deviceName }) => deviceName],
  ['channel', ({ channel }) => channel],
  ['camera', ({ channelName }) => channelName],
  ['input', ({ input }) => input],
  ['description', ({ description }) => description],
  ['plate', ({ detail }) => detail?.licensePlate ?? null],
  ['repeats', ({ count }) => count],
  ['received', ({ receivedAt }) => receivedAt],
  ['device time', ({ deviceTime }) => deviceTime],
  ['late', ({ isLate }) => (isLate ? 'late' : '')],
  ['device id', ({ device }) => device],
  ['id', ({ id }) => id],
  ['fault', ({ fault }) => fault],
  ['face', ({ detail }) => detail?.face?.name ?? null],
  ['temperature', ({ detail }) => detail?.temperature ?? null],
  ['source', ({ source }) => source],
]

async function* pages(store: Store, filter: EventFilter): AsyncGenerator<readonly Event[]> {
  let before: string | undefined
  do {
    const { events, next } = await listEvents(store, { ...filter, before, limit: PAGE })
    yield events
    before = next ?? undefined
  } while (before !== undefined)
}

/** A header, then a line each. */
export async function* csvOf(store: Store, filter: EventFilter): AsyncGenerator<string> {
  yield `${columns.map(([name]) => name).join(',')}\r\n`
  for await (const events of pages(store, filter))
    yield events.map((event) => `${columns.map(([, of]) => csvCell(of(event))).join(',')}\r\n`).join('')
}

/** A line of JSON each, as the API shows an event. */
export async function* jsonLinesOf(store: Store, filter: EventFilter): AsyncGenerator<string> {
  for await (const events of pages(store, filter)) yield events.map((event) => `${JSON.stringify(event)}\n`).join('')
}
