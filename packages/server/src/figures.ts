// SPDX-License-Identifier: Apache-2.0
/** The figures of `/metrics`, read from the parts at the moment of asking. */
import type { Feed } from './api/feed.ts'
import type { Figure } from './api/health.ts'
import type { Door } from './door/door.ts'
import type { Events } from './event/events.ts'
import type { Pictures } from './event/pictures.ts'
import type { Fleet } from './fleet/fleet.ts'
import type { Presence } from './fleet/presence.ts'
import type { Front } from './front/front.ts'
import type { CertificateWatch } from './front/own-certificate.ts'
import type { Hub } from './live/hub.ts'
import type { Store } from './store/store.ts'

interface Parts {
  readonly hub: Hub
  readonly door: Door
  readonly fleet: Fleet
  readonly events: Events
  readonly pictures: Pictures
  readonly store: Store
  readonly feed: Feed
  readonly front: Front
  readonly presence: Presence
  readonly own: Pick<CertificateWatch, 'daysLeft'> | undefined
}

/** All figures. */
export const figuresOf = (parts: Parts): Figure[] => {
  const { hub, door, fleet, events, pictures, store, feed, front, presence, own } = parts
  const sum = (of: (stream: Hub['streams'][number]) => number) => () =>
    hub.streams.reduce((total, stream) => total + of(stream), 0)
  return [
    ...(own
      ? [
          {
            name: 'certificate_days_left',
            help: 'Days left of the certificate of the console',
            read: () => own.daysLeft,
          },
        ]
      : []),
    { name: 'devices', help: 'Devices held', read: () => fleet.count },
    { name: 'devices_online', help: 'Devices that are online', read: () => fleet.onlineCount },
    { name: 'hmp_devices', help: 'Devices that have dialled in', read: () => presence.count },
    { name: 'hmp_sessions', help: 'HMP sessions, devices and viewers', read: () => door.sessionCount },
    { name: 'viewers', help: 'Viewers', read: () => door.viewerCount },
    {
      name: 'viewer_units_shed',
      help: 'Units not sent to viewers that are connected and too slow',
      read: () => door.unitsShed,
    },
    { name: 'live_streams', help: 'Upstreams open', read: () => hub.streams.length },
    { name: 'live_readers', help: 'Readers of all streams', read: sum((stream) => stream.subscriberCount) },
    {
      name: 'live_units',
      help: 'Units received on the streams that are open',
      read: sum((stream) => stream.counters.units),
    },
    {
      name: 'live_bytes',
      help: 'Bytes received on the streams that are open',
      read: sum((stream) => stream.counters.bytes),
    },
    { name: 'live_units_damaged', help: 'Units that came with a loss', read: sum((stream) => stream.counters.damaged) },
    { name: 'live_kept_bytes', help: 'Bytes of kept groups of pictures', read: sum((stream) => stream.keptBytes) },
    { name: 'events_stored', help: 'Events stored since the start', read: () => events.counters.stored },
    { name: 'events_repeated', help: 'Repeats of open events', read: () => events.counters.repeated },
    { name: 'events_dropped', help: 'Events dropped because too many waited', read: () => events.counters.dropped },
    { name: 'events_open', help: 'Events that go on now', read: () => events.openCount },
    { name: 'event_picture_bytes', help: 'Bytes of event pictures', read: () => pictures.totalBytes },
    { name: 'event_pictures_missed', help: 'Snapshots that could not be had', read: () => pictures.missed },
    { name: 'store_jobs', help: 'Jobs that wait for a database thread', read: () => store.pendingJobs },
    { name: 'followers', help: 'Pages that follow the live feed', read: () => feed.followerCount },
    { name: 'connections', help: 'Connections of the port', read: () => front.connections },
  ]
}
