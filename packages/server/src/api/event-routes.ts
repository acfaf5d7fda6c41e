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
import { signInFirst } from '../access/sessions.ts'
import type { Audit } from '../audit/audit.ts'
import { csvOf, jsonLinesOf } from '../event/export.ts'
import { listGaps } from '../event/gaps.ts'
import { visibleOf } from '../event/narrowed.ts'
import type { Pictures } from '../event/pictures.ts'
import { type EventFilter, listEvents, summarizeEvents } from '../event/search.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Store } from '../store/store.ts'
import type { Feed } from './feed.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly store: Store
  readonly pictures: Pictures
  readonly feed: Feed
  readonly audit: Audit
  readonly fleet: Pick<Fleet, 'list'>
}

type Asked = Output<typeof AskedEvents>

/** Those of the devices and cameras that the caller may see; of each that is named, something must be allowed. */
const allowed = (
  call: Pick<Call, 'must' | 'camerasOf' | 'isEverywhere'>,
  asked: Asked,
  fleet: Parts['fleet'],
): EventFilter => {
  for (const id of asked.device ?? []) if (call.camerasOf(id).length === 0) call.must({ kind: 'device', id })
  const filter = filterOf(asked, fleet)
  if (call.isEverywhere()) return filter
  const devices = filter.devices ?? fleet.list().map(({ id }) => id)
  return { ...filter, ...visibleOf(devices, call.camerasOf) }
}

/** Handlers of the events' routes. */
export const eventRoutes = ({ store, pictures, feed, fleet, audit }: Parts): Handled[] => [
  handle(ListEvents, async (call) => {
    const { before, limit } = call.query
    return listEvents(store, { ...allowed(call, call.query, fleet), before, limit })
  }),
  handle(SummarizeEvents, async (call) => {
    const { query } = call
    const times = { fromMs: Date.parse(query.from), toMs: Date.parse(query.to) }
    const { columns, ...rest } = await summarizeEvents(store, { ...allowed(call, query, fleet), ...times })
    return {
      ...rest,
      kinds: [...rest.kinds],
      columns: columns.map(({ fromMs, count }) => ({ from: new Date(fromMs).toISOString(), count })),
    }
  }),
  handle(ExportEvents, async (call) => {
    const filter = allowed(call, call.query, fleet)
    const said = { who: call.user().name, source: call.source, object: null, detail: { ...call.query } }
    await audit.record({ ...said, action: 'event.export', outcome: 'done' })
    return call.query.format === 'csv'
      ? { name: 'events.csv', type: 'text/csv; charset=utf-8', lines: csvOf(store, filter) }
      : { name: 'events.jsonl', type: 'application/jsonl', lines: jsonLinesOf(store, filter) }
  }),
  handle(ListGaps, async ({ query, must, may }) => {
    if (query.device !== undefined) must({ kind: 'device', id: query.device })
    return { gaps: (await listGaps(store, query)).filter(({ device }) => may({ kind: 'device', id: device })) }
  }),
  handle(GetEventPicture, async ({ params: { id }, must }) => {
    const row = await store.db
      .selectFrom('event')
      .select(['deviceId', 'channel'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'event.unknown', 'there is no such event')
    must({ kind: 'event', id, device: row.deviceId, channel: row.channel })
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
