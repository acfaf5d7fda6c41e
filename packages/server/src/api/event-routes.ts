// SPDX-License-Identifier: Apache-2.0
/** Events, their pictures, and everything as it happens. */
import { FollowLive, GetEventPicture, ListEvents, ListGaps } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { SYSTEM } from '../access/can.ts'
import { signInFirst } from '../access/sessions.ts'
import { listGaps } from '../event/gaps.ts'
import type { Pictures } from '../event/pictures.ts'
import { listEvents } from '../event/rows.ts'
import type { Store } from '../store/store.ts'
import type { Feed } from './feed.ts'
import { type Handled, handle } from './handle.ts'

interface Parts {
  readonly store: Store
  readonly pictures: Pictures
  readonly feed: Feed
}

/** Handlers of the events' routes. */
export const eventRoutes = ({ store, pictures, feed }: Parts): Handled[] => [
  handle(ListEvents, async ({ query, must }) => {
    must(query.device === undefined ? SYSTEM : { kind: 'device', id: query.device })
    return listEvents(store, query)
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
