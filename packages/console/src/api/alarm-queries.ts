// SPDX-License-Identifier: Apache-2.0
/** What the console asks of the queue of alarms, and what the live feed does to the answers. */
import { type Alarm, CountAlarms, GetAlarm, ListAlarms, ListSeverities, type Severity } from '@openhmp/contract'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'
import { queries } from './client.ts'

export interface AlarmView {
  readonly isClosed: boolean
  readonly severity: Severity | undefined
}
interface AlarmPage {
  readonly alarms: readonly Alarm[]
  readonly isMore: boolean
}

/** More are not shown: nobody works through more at once. */
const MOST = 200

export const alarmsQuery = ({ isClosed, severity }: AlarmView) =>
  queryOptions({
    queryKey: ['alarms', { isClosed, severity }] as const,
    queryFn: ({ signal }): Promise<AlarmPage> => {
      const state = isClosed ? 'closed' : 'new,acknowledged'
      return call(ListAlarms, { signal, query: { state, severity, limit: MOST } })
    },
    placeholderData: (before) => before,
  })

export const alarmQuery = (id: string) =>
  queryOptions({
    queryKey: ['alarm', id] as const,
    queryFn: ({ signal }) => call(GetAlarm, { signal, params: { id } }),
  })

export const alarmCountsQuery = queryOptions({
  queryKey: ['alarm-counts'],
  queryFn: ({ signal }) => call(CountAlarms, { signal }),
})

export const severitiesQuery = queryOptions({
  queryKey: ['alarm-severities'],
  queryFn: async ({ signal }) => (await call(ListSeverities, { signal })).severities,
})

/** Lists are asked for again once in so long, however much happens. */
const GATHER_MS = 250
let isGathering = false

/** Many alarms may have changed. */
export const reloadAlarms = (): void => {
  if (isGathering) return
  isGathering = true
  setTimeout(() => {
    isGathering = false
    for (const key of ['alarms', 'alarm-counts', 'alarm']) void queries.invalidateQueries({ queryKey: [key] })
  }, GATHER_MS)
}

/** One has changed: it is shown at once where it is known, its place in the lists comes from the server. */
export const noteAlarm = (alarm: Alarm): void => {
  for (const [key, page] of queries.getQueriesData<AlarmPage>({ queryKey: ['alarms'] }))
    if (page?.alarms.some(({ id }) => id === alarm.id))
      queries.setQueryData<AlarmPage>(key, {
        ...page,
        alarms: page.alarms.map((one) => (one.id === alarm.id ? alarm : one)),
      })
  queries.setQueryData(alarmQuery(alarm.id).queryKey, (old) => old && { ...old, alarm })
  reloadAlarms()
}
