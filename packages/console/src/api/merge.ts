// SPDX-License-Identifier: Apache-2.0
/** How one live message changes what the page already holds. Pure, so that it can be tested without a server. */
import type { Device, Event, Order } from '@openhmp/contract'
import type { EventFilter } from './queries.ts'

/** The newest page of a live list grows no further than this; older rows come back by asking. */
export const MAX_LIVE_ROWS = 120

export interface EventPage {
  readonly events: readonly Event[]
  readonly next: string | null
}

/** True when the list with this filter should show the event. Where a device is, the event does not say. */
export const matches = (event: Event, filter: EventFilter, siteOf: (device: Device['id']) => string | null): boolean =>
  (filter.device === undefined || filter.device === event.device) &&
  (filter.site === undefined || filter.site === siteOf(event.device)) &&
  (filter.kind === undefined || filter.kind === event.kind) &&
  (filter.state === undefined || filter.state === event.state) &&
  (filter.from === undefined || event.time >= filter.from) &&
  (filter.to === undefined || event.time < filter.to) &&
  (filter.text === undefined || wordsOf(event).includes(filter.text.toLowerCase()))

const wordsOf = ({ deviceName, channelName, description, detail }: Event): string =>
  [deviceName, channelName, description, detail?.licensePlate, detail?.face?.name].join('\n').toLowerCase()

/** Where the server goes on after a row: the form of its `next`. */
const cursorOf = ({ id, time }: Event): string => `${Date.parse(time)}.${id}`

/** The pages with the event in its place: changed where it stands, new at its time, gone when it no longer matches. */
export const mergeEvent = (
  pages: readonly EventPage[],
  event: Event,
  filter: EventFilter,
  siteOf: (device: Device['id']) => string | null,
): EventPage[] => {
  const isWanted = matches(event, filter, siteOf)
  let isThere = false
  const changed = pages.map((page) => {
    if (!page.events.some((row) => row.id === event.id)) return page
    isThere = true
    return {
      ...page,
      events: isWanted
        ? page.events.map((row) => (row.id === event.id ? event : row))
        : page.events.filter((row) => row.id !== event.id),
    }
  })
  const [first, ...rest] = changed
  if (isThere || !first || !isWanted) return changed
  const at = first.events.findIndex((row) => row.time <= event.time)
  const events = at < 0 ? [...first.events, event] : first.events.toSpliced(at, 0, event)
  const last = events[MAX_LIVE_ROWS - 1]
  if (events.length <= MAX_LIVE_ROWS || !last) return [{ ...first, events }, ...rest]
  // What is cut off is asked for again, and all that is older with it: else there would be a hole.
  return [{ events: events.slice(0, MAX_LIVE_ROWS), next: cursorOf(last) }]
}

/** What became of some devices: as they are now, or null for one that was removed. */
export type DeviceChanges = ReadonlyMap<Device['id'], Device | null>

/** The list with devices changed, taken out, or added at its end: one walk, however many there are. */
export const mergeDevices = (devices: readonly Device[], changes: DeviceChanges): Device[] => {
  const added = new Map(changes)
  const merged: Device[] = []
  for (const device of devices) {
    const change = changes.get(device.id)
    if (change !== null) merged.push(change ?? device)
    added.delete(device.id)
  }
  for (const device of added.values()) if (device) merged.push(device)
  return merged
}

/** The list, newest first, with the order changed or added. */
export const mergeOrder = (orders: readonly Order[], order: Order): Order[] =>
  orders.some((row) => row.id === order.id)
    ? orders.map((row) => (row.id === order.id ? order : row))
    : [order, ...orders]
