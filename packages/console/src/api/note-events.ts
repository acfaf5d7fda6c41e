// SPDX-License-Identifier: Apache-2.0
/** Events of the live feed into the lists that are shown: gathered, so that two thousand a second are a few changes of the page. */
import type { Device, Event } from '@openhmp/contract'
import type { InfiniteData } from '@tanstack/react-query'
import { queries } from './client.ts'
import { type EventPage, mergeEvent } from './merge.ts'
import { devicesQuery, devicesWithStreamsQuery, type EventFilter } from './queries.ts'

/** Shorter than what somebody notices. */
const GATHER_MS = 100
/** However long it takes to show the lists: so many times as long the page is left for everything else. */
const REST = 4
const MAX_GATHER_MS = 600

/** By id: of one that changed again meanwhile, the last is shown. */
const gathered = new Map<string, Event>()
let gatherMs = GATHER_MS

export const noteEvent = (event: Event): void => {
  if (gathered.size === 0) setTimeout(putGathered, gatherMs)
  gathered.set(event.id, event)
}

const putGathered = (): void => {
  const begunAt = performance.now()
  // The frame that shows it is drawn before the next task.
  requestAnimationFrame(() =>
    setTimeout(() => {
      gatherMs = Math.min(MAX_GATHER_MS, Math.max(GATHER_MS, (performance.now() - begunAt) * REST))
    }),
  )
  const events = [...gathered.values()]
  gathered.clear()
  for (const [key, data] of queries.getQueriesData<InfiniteData<EventPage>>({ queryKey: ['events'] })) {
    if (!data) continue
    const filter = key[1] as EventFilter
    const pages = events.reduce((merged, event) => mergeEvent(merged, event, filter, siteOf), data.pages)
    queries.setQueryData(key, { ...data, pages })
  }
}

const siteOf = (device: Device['id']): string | null =>
  (queries.getQueryData(devicesQuery.queryKey) ?? queries.getQueryData(devicesWithStreamsQuery.queryKey))?.find(
    ({ id }) => id === device,
  )?.site ?? null
