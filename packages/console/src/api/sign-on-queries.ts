// SPDX-License-Identifier: Apache-2.0
/** What the console asks of signing in with what another keeps. */
import { GetSignOn, GetSignOnSettings, ListWaiting } from '@openhmp/contract'
import { queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'
import { queries } from './client.ts'

export const signOnQuery = queryOptions({
  queryKey: ['sign-on'],
  queryFn: ({ signal }) => call(GetSignOn, { signal }),
})

export const signOnSettingsQuery = queryOptions({
  queryKey: ['sign-on-settings'],
  queryFn: ({ signal }) => call(GetSignOnSettings, { signal }),
})

export const waitingQuery = queryOptions({
  queryKey: ['waiting'],
  queryFn: ({ signal }) => call(ListWaiting, { signal }),
})

export const reloadSignOn = async (): Promise<void> => {
  const keys = [signOnQuery.queryKey, signOnSettingsQuery.queryKey, waitingQuery.queryKey]
  await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })))
}
