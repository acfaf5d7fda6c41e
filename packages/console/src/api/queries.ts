// SPDX-License-Identifier: Apache-2.0
/** What the pages ask of the server, by name. Lists are kept fresh by the live feed (live-feed.ts), not by asking again. */
import {
  type AuditFilter,
  type Device,
  type DeviceId,
  type Event,
  GetDemo,
  GetDesired,
  GetDevice,
  GetJob,
  GetSession,
  GetSystem,
  type Job,
  ListAudit,
  ListDevices,
  ListDrift,
  ListEvents,
  ListGaps,
  ListJobDevices,
  ListJobs,
  ListOrders,
  SummarizeEvents,
} from '@openhmp/contract'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { ApiProblem, call } from './call.ts'
import { queries } from './client.ts'

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => call(GetSystem, { signal }),
})

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call(GetSession, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
})

/** All devices with their streams: for the wall, which chooses among them. */
export const devicesWithStreamsQuery = queryOptions({
  queryKey: ['devices-with-streams'],
  queryFn: async ({ signal }) => (await call(ListDevices, { signal })).devices,
  // Comparing ten thousand devices field by field costs more than showing the few that are on the screen.
  structuralSharing: false,
})

/** All devices, of each channel its name alone: half as much, for lists and names. Begins with the other where that is there. */
export const devicesQuery = queryOptions({
  queryKey: ['devices'],
  queryFn: async ({ signal }) => (await call(ListDevices, { signal, query: { streams: 'none' } })).devices,
  initialData: () => queries.getQueryData<Device[]>(devicesWithStreamsQuery.queryKey),
  initialDataUpdatedAt: () => queries.getQueryState(devicesWithStreamsQuery.queryKey)?.dataUpdatedAt,
  structuralSharing: false,
})

/** One device; null once it was removed. */
export const deviceQuery = (id: DeviceId) =>
  queryOptions({
    queryKey: ['device', id] as const,
    queryFn: async ({ signal }): Promise<Device | null> => {
      try {
        return await call(GetDevice, { params: { id }, signal })
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return null
        throw error
      }
    },
    initialData: () =>
      queries.getQueryData<Device[]>(devicesWithStreamsQuery.queryKey)?.find((device) => device.id === id),
    initialDataUpdatedAt: () => queries.getQueryState(devicesWithStreamsQuery.queryKey)?.dataUpdatedAt,
  })

export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) => call(GetDemo, { signal }),
})

/** Which events a list holds. */
export interface EventFilter {
  readonly device?: DeviceId | undefined
  readonly site?: string | undefined
  readonly kind?: string | undefined
  readonly state?: Event['state'] | undefined
  /** A part of a name, the description or the plate, in any case. */
  readonly text?: string | undefined
  /** ISO 8601. */
  readonly from?: string | undefined
  /** Not in it any more. */
  readonly to?: string | undefined
}

export const eventsQuery = (filter: EventFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ['events', filter] as const,
    queryFn: ({ signal, pageParam }) =>
      call(ListEvents, { signal, query: { ...filter, before: pageParam, limit: 60 } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })

/** Counts move on while one looks. */
const SUMMARY_MS = 10_000

export const eventSummaryQuery = (filter: EventFilter & { readonly from: string; readonly to: string }) =>
  queryOptions({
    queryKey: ['event-summary', filter] as const,
    queryFn: ({ signal }) => call(SummarizeEvents, { signal, query: filter }),
    placeholderData: (before) => before,
    refetchInterval: SUMMARY_MS,
  })

/** A timeline of more events than this shows their counts. */
const MAX_BARS = 500
const TIMELINE_MS = 5000

/** All events of a device in a time, or their counts where they are too many to be shown one by one. */
export const timelineQuery = (span: { readonly device: DeviceId; readonly from: string; readonly to: string }) =>
  queryOptions({
    queryKey: ['timeline', span] as const,
    queryFn: async ({ signal }) => {
      const { events, next } = await call(ListEvents, { signal, query: { ...span, limit: MAX_BARS } })
      if (next === null) return { events, summary: undefined }
      return { events: [], summary: await call(SummarizeEvents, { signal, query: span }) }
    },
    placeholderData: (before) => before,
    refetchInterval: TIMELINE_MS,
  })

export const gapsQuery = ({ device, from, to }: Pick<EventFilter, 'device' | 'from' | 'to'>) =>
  queryOptions({
    queryKey: ['gaps', { device, from, to }] as const,
    queryFn: async ({ signal }) => (await call(ListGaps, { signal, query: { device, from, to, limit: 200 } })).gaps,
  })

export const ordersQuery = (device: DeviceId) =>
  queryOptions({
    queryKey: ['orders', device] as const,
    queryFn: async ({ signal }) => (await call(ListOrders, { signal, query: { device, limit: 20 } })).orders,
  })

export const auditQuery = (filter: AuditFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ signal, pageParam }) =>
      call(ListAudit, { signal, query: { ...filter, before: pageParam, limit: 100 } }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.rows.length < 100 ? undefined : page.rows.at(-1)?.sequence),
    placeholderData: (before) => before,
    staleTime: 0,
  })

export const desiredQuery = queryOptions({
  queryKey: ['desired'],
  queryFn: ({ signal }) => call(GetDesired, { signal }),
})

/** Nothing tells of drift by itself; it changes slowly, or after a job. */
const DRIFT_MS = 30_000

export const driftQuery = queryOptions({
  queryKey: ['drift'],
  queryFn: async ({ signal }) => (await call(ListDrift, { signal })).devices,
  refetchInterval: DRIFT_MS,
})

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: async ({ signal }) => (await call(ListJobs, { signal })).jobs,
})

/** An answer under way can be older than what the live feed tells meanwhile: while a job runs it is asked again. */
const JOB_MS = 2000

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id] as const,
    queryFn: ({ signal }) => call(GetJob, { signal, params: { id } }),
    refetchInterval: ({ state: { data } }) => (data && data.endedAt !== null ? false : JOB_MS),
  })

/** Asked again whenever the live feed tells of other counts. */
export const jobDevicesQuery = ({ id, counts, state }: Pick<Job, 'id' | 'counts' | 'state'>) =>
  queryOptions({
    queryKey: ['job-devices', id, counts, state] as const,
    queryFn: async ({ signal }) =>
      (await call(ListJobDevices, { signal, params: { id }, query: { limit: 1000 } })).devices,
    placeholderData: (before) => before,
    staleTime: 0,
  })
