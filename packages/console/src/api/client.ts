// SPDX-License-Identifier: Apache-2.0
/** The one query cache of the page. What the live feed tells goes in here; a lost session empties it. */
import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiProblem } from './call.ts'

/** Set by the shell: what to do when the server no longer knows us. */
export const session = {
  onLost: (): void => {},
  /** A link was refused and may mean that: ask who we are. */
  onDoubt: (): void => {},
}

const noteLoss = (error: unknown): void => {
  if (error instanceof ApiProblem && error.status === 401) session.onLost()
}

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: noteLoss }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => error instanceof ApiProblem && (error.status === 0 || error.status >= 500) && count < 2,
    },
    mutations: { onError: noteLoss },
  },
})
