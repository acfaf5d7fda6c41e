// SPDX-License-Identifier: Apache-2.0
/** What the page of rules asks of the server. Nothing tells of these by itself: they are asked for again. */
import {
  ListArming,
  ListBookmarks,
  ListDeliveries,
  ListFirings,
  ListRules,
  ListTargets,
  type NewRule,
  ReplayRule,
} from '@openhmp/contract'
import { queryOptions } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'

const LOOK_MS = 5000

export const rulesQuery = queryOptions({
  queryKey: ['rules', 'list'],
  queryFn: async ({ signal }) => (await call(ListRules, { signal })).rules,
})
export const targetsQuery = queryOptions({
  queryKey: ['rules', 'targets'],
  queryFn: async ({ signal }) => (await call(ListTargets, { signal })).targets,
  refetchInterval: LOOK_MS,
})
export const armingQuery = queryOptions({
  queryKey: ['rules', 'arming'],
  queryFn: async ({ signal }) => (await call(ListArming, { signal })).sites,
  refetchInterval: LOOK_MS,
})
export const firingsQuery = queryOptions({
  queryKey: ['rules', 'firings'],
  queryFn: async ({ signal }) => (await call(ListFirings, { signal, query: { limit: 50 } })).firings,
  refetchInterval: LOOK_MS,
})
export const bookmarksQuery = queryOptions({
  queryKey: ['rules', 'bookmarks'],
  queryFn: async ({ signal }) => (await call(ListBookmarks, { signal, query: { limit: 20 } })).bookmarks,
  refetchInterval: LOOK_MS,
})
/** Given up, then what is tried again. */
export const openDeliveriesQuery = queryOptions({
  queryKey: ['rules', 'deliveries'],
  queryFn: async ({ signal }) => {
    const lists = (['dead', 'waiting'] as const).map((state) =>
      call(ListDeliveries, { signal, query: { state, limit: 50 } }),
    )
    return (await Promise.all(lists)).flatMap(({ deliveries }) => deliveries)
  },
  refetchInterval: LOOK_MS,
})

/** Days of the past that a rule is tried on. */
export const PAST_DAYS = 7

export const pastQuery = ({ when, holdDownSeconds, groupSeconds }: NewRule) =>
  queryOptions({
    queryKey: ['rules', 'past', when, holdDownSeconds, groupSeconds],
    queryFn: ({ signal }) =>
      call(ReplayRule, { signal, body: { when, holdDownSeconds, groupSeconds, days: PAST_DAYS } }),
    placeholderData: (before) => before,
  })

export const reloadRules = () => queries.invalidateQueries({ queryKey: ['rules'] })
