// SPDX-License-Identifier: Apache-2.0
/** Calls a route of the contract: fills the path, sends, and holds the answer against the route's own schema. */
import { API_ROOT, ApiError, type Input, type Output, type Route } from '@openhmp/contract'
import { proveOnce } from './identity.ts'

/** A "no" from the server, or no answer at all. `code` is the server's, else `network` or `answer`. */
export class ApiProblem extends Error {
  readonly code: string
  /** 0 when there was no answer. */
  readonly status: number
  /** Where in the request: `body.address`. */
  readonly at: string | undefined
  constructor(code: string, text: string, status: number, at?: string) {
    super(text)
    this.name = 'ApiProblem'
    this.code = code
    this.status = status
    this.at = at
  }
}

type Needed<Name extends string, Schema> = Schema extends undefined
  ? { [N in Name]?: never }
  : { [N in Name]: Input<Schema> }
/** What a route needs to be called: its params, query and body, as far as it has them. */
export type CallInit<R extends Route> = Needed<'params', R['params']> &
  Partial<Needed<'query', R['query']>> &
  Needed<'body', R['body']> & { signal?: AbortSignal }

/** The address of a route, for `img` and `fetch` alike. */
export const address = (route: Route, params: object = {}, query: object = {}): string => {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[name])),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return `${API_ROOT}${path}${search.size === 0 ? '' : `?${search}`}`
}

/**
 * Sends and reads. Where the server wants to see once more who is there, asks the person and sends again. Throws an
 * ApiProblem for every "no"; an abort passes through untouched.
 */
export const call = async <R extends Route>(route: R, init: CallInit<R>): Promise<Output<R['answer']>> => {
  try {
    return await exchange(route, init)
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'session.stale' || !(await proveOnce())) throw error
    return exchange(route, init)
  }
}

const exchange = async <R extends Route>(route: R, init: CallInit<R>): Promise<Output<R['answer']>> => {
  const { params, query, body, signal } = init as {
    params?: object
    query?: object
    body?: unknown
    signal?: AbortSignal
  }
  let response: Response
  try {
    response = await fetch(address(route, params, query), {
      method: route.method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiProblem('network', 'no answer', 0)
  }
  if (!response.ok) throw await problemOf(response)
  if (!route.answer) return undefined as Output<R['answer']>
  const answer = route.answer.safeParse(await response.json().catch(() => undefined))
  if (!answer.success) {
    const issue = answer.error.issues[0]
    throw new ApiProblem('answer', `${route.method} ${route.path} ${issue?.path.join('.') ?? ''}`, response.status)
  }
  return answer.data as Output<R['answer']>
}

/** The "no" of an answer. */
export const problemOf = async (response: Response): Promise<ApiProblem> => {
  const body = ApiError.safeParse(await response.json().catch(() => undefined))
  if (!body.success) return new ApiProblem('status', String(response.status), response.status)
  return new ApiProblem(body.data.code, body.data.text, response.status, body.data.at)
}
