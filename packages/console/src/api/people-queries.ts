// SPDX-License-Identifier: Apache-2.0
/** What the console asks of people and roles. */
import { ListPeople, ListPeopleGroups, ListRoles } from '@openhmp/contract'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'
import { queries } from './client.ts'
import { sessionQuery } from './queries.ts'

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: async ({ signal }) => (await call(ListPeople, { signal })).people,
})

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async ({ signal }) => (await call(ListRoles, { signal })).roles,
})

export const peopleGroupsQuery = queryOptions({
  queryKey: ['people-groups'],
  queryFn: async ({ signal }) => (await call(ListPeopleGroups, { signal })).groups,
})

/** Somebody or a role was changed: it may have been one's own. */
export const reloadPeople = async (): Promise<void> => {
  const keys = [peopleQuery.queryKey, peopleGroupsQuery.queryKey, rolesQuery.queryKey, sessionQuery.queryKey]
  await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })))
}
