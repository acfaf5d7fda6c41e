// SPDX-License-Identifier: Apache-2.0
/** The server's search for devices: asked for while it goes on, begun and stopped. */
import { GetDiscovery, StartDiscovery, StopDiscovery } from '@openhmp/contract'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { type CallInit, call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'

/** While it goes on. */
const LOOK_MS = 700

const discoveryQuery = queryOptions({
  queryKey: ['discovery'],
  queryFn: ({ signal }) => call(GetDiscovery, { signal }),
  refetchInterval: ({ state: { data } }) => (data?.state === 'running' ? LOOK_MS : false),
  staleTime: 0,
})

export const useSearch = () => {
  const search = useQuery(discoveryQuery)
  const onSuccess = (state: typeof search.data) => queries.setQueryData(discoveryQuery.queryKey, state)
  const start = useMutation({
    mutationFn: (body: CallInit<typeof StartDiscovery>['body']) => call(StartDiscovery, { body }),
    onSuccess,
  })
  const stop = useMutation({ mutationFn: () => call(StopDiscovery, {}), onSuccess })
  return { search, start, stop }
}

/** Devices were added: which of the found ones are known is asked anew. */
export const lookAgain = (): Promise<void> => queries.invalidateQueries({ queryKey: discoveryQuery.queryKey })
