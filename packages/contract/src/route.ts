// SPDX-License-Identifier: Apache-2.0
/** A route of the REST API as data: the server mounts it, the console calls it, the docs print it, one test audits it. */
import type { z } from 'zod'
import type { Permission } from './user.ts'

/** Who may call a route: anyone, any signed-in user, or a user with that permission. */
export type Needs = 'public' | 'session' | Permission

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The schemas default to `undefined`: a route without `body` takes none. */
export interface Route<
  Params extends z.ZodType | undefined = z.ZodType | undefined,
  Query extends z.ZodType | undefined = z.ZodType | undefined,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  Answer extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly method: Method
  /** Under `/api/v1`, Fastify's form: `/devices/:id`. */
  readonly path: string
  readonly needs: Needs
  /**
   * `system`: what it needs must hold everywhere. `objects`: it must hold somewhere, and the handler asks again with each
   * object that was loaded.
   */
  readonly reach: 'system' | 'objects'
  /** Wants a proof of identity of the last five minutes; the token of a program is one. */
  readonly fresh: boolean
  readonly summary: string
  readonly tag: string
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Undefined: 204, or bytes or a stream as `produces` says. */
  readonly answer: Answer
  /** Content type when the answer is not JSON. */
  readonly produces?: string | undefined
  /** Content type when the body is bytes, handed on as they come. */
  readonly takes?: string | undefined
}

/** The root under which every route is mounted. */
export const API_ROOT = '/api/v1'

interface RouteInit<P, Q, B, A> {
  method: Method
  path: string
  needs: Needs
  /** Default: `system`. */
  reach?: 'objects'
  /** Default: false. */
  fresh?: true
  summary: string
  tag: string
  params?: P
  query?: Q
  body?: B
  answer?: A
  produces?: string
  takes?: string
}

/** Declares a route; keeps the schemas' types. */
export const route = <
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  A extends z.ZodType | undefined = undefined,
>(
  init: RouteInit<P, Q, B, A>,
): Route<P, Q, B, A> => ({
  method: init.method,
  path: init.path,
  needs: init.needs,
  reach: init.reach ?? 'system',
  fresh: init.fresh ?? false,
  summary: init.summary,
  tag: init.tag,
  params: init.params as P,
  query: init.query as Q,
  body: init.body as B,
  answer: init.answer as A,
  produces: init.produces,
  takes: init.takes,
})

/** The value that a schema of a route gives, `undefined` where there is none. */
export type Output<S> = S extends z.ZodType ? z.output<S> : undefined
/** The value that a caller hands in, before defaults. */
export type Input<S> = S extends z.ZodType ? z.input<S> : undefined
