// SPDX-License-Identifier: Apache-2.0
/** What the console asks of floor plans. */
import { ListPlans, type Plan } from '@openhmp/contract'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'
import { queries } from './client.ts'

/** Nothing tells of plans; somebody else may change one now and then. */
const PLANS_MS = 30_000

export const plansQuery = queryOptions({
  queryKey: ['plans'],
  queryFn: async ({ signal }) => (await call(ListPlans, { signal })).plans,
  refetchInterval: PLANS_MS,
})

/** What the server answered to a change: shown without asking again. */
export const notePlan = (plan: Plan): void => {
  queries.setQueryData(plansQuery.queryKey, (old) =>
    [...(old ?? []).filter(({ id }) => id !== plan.id), plan].sort((a, b) => a.name.localeCompare(b.name)),
  )
}
