// SPDX-License-Identifier: Apache-2.0
/** Events, their pictures, and everything as it happens. */
import {
  type EventFilter as AskedEvents,
  ExportEvents,
  FollowLive,
  GetEventPicture,
  ListEvents,
  ListGaps,
  type Output,
  SummarizeEvents,
} from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { type Subject, SYSTEM } from '../access/can.ts'
import { signInFirst } from '../access/sessions.ts'
import { csvOf, jsonLinesOf } from '../event/export.ts'
import { listGaps } from '../event/gaps.ts'
import type { Pictures } from '../event/pictures.ts'
import { type EventFilter, listEvents, summarizeEvents } from '../event/search.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Store } from '../store/store.ts'
import type { Feed } from './feed.ts'
import { type Handled, handle } from './handle.ts'

interface Parts {
  readonly store: Store
  readonly pictures: Pictures
  readonly feed: Feed
  readonly fleet: Pick<Fleet, 'list'>
}

type Asked = Output<typeof AskedEvents>

/** Of all devices, or of those that are named: each must be allowed. */
const subjects = ({ device }: Pick<Asked, 'device'>): Subject[] =>
  device === undefined ? [SYSTEM] : device.map((id) => ({ kind: 'device', id }))

/** Handlers of the events' routes. */
export const eventRoutes = ({ store, pictures, feed, fleet }: Parts): Handled[] => [
  handle(ListEvents, async ({ query, must }) => {
    for (const subject of subjects(query)) must(subject)
    return listEvents(store, { ...filterOf(query, fleet), before: query.before, limit: query.limit })
  }),
  handle(SummarizeEvents, async ({ query, must }) => {
    for (const subject of subjects(query)) must(subject)
    const times = { fromMs: Date.parse(query.from), toMs: Date.parse(query.to) }
    const { columns, ...rest } = await summarizeEvents(store, { ...filterOf(query, fleet), ...times })
    return {
      ...rest,
      kinds: [...rest.kinds],
      columns: columns.map(({ fromMs, count }) => ({ from: new Date(fromMs).toISOString(), count })),
    }
  }),
  handle(ExportEvents, async ({ query, must }) => {
    for (const subject of subjects(query)) must(subject)
    const filter = filterOf(query, fleet)
    return query.format === 'csv'
      ? { name: 'events.csv', type: 'text/csv; charset=utf-8', lines: csvOf(store, filter) }
      : { name: 'events.jsonl', type: 'application/jsonl', lines: jsonLinesOf(store, filter) }
  }),
  handle(ListGaps, async ({ query, must }) => {
    must(query.device === undefined ? SYSTEM : { kind: 'device', id: query.device })
    return { gaps: await listGaps(store, query) }
  }),
  handle(GetEventPicture, async ({ params: { id }, must }) => {
    const row = await store.db.selectFrom('event').select('deviceId').where('id', '=', id).executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'event.unknown', 'there is no such event')
    must({ kind: 'event', id, device: row.deviceId })
    const bytes = await pictures.of(id)
    if (!bytes) throw new Refusal('not-found', 'event.no-picture', 'this event has no picture')
    return { bytes, isForever: true }
  }),
  handle(FollowLive, async ({ session }) => {
    if (!session) throw signInFirst()
    return feed.follow(session)
  }),
]

const filterOf = (
  { device, site, channel, kind, state, text, from, to }: Asked,
  fleet: Parts['fleet'],
): EventFilter => {
  const there = site === undefined ? undefined : fleet.list().flatMap((one) => (one.site === site ? [one.id] : []))
  return {
    devices: there && device ? device.filter((id) => there.includes(id)) : (there ?? device),
    channel,
    kinds: kind,
    states: state,
    text,
    fromMs: from === undefined ? undefined : Date.parse(from),
    toMs: to === undefined ? undefined : Date.parse(to),
  }
}
