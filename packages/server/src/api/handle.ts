// SPDX-License-Identifier: Apache-2.0
/**
 * A route of the contract with what it does. Handlers see neither the web framework nor a socket, so both can be changed
 * in one file; and the permission stands in the route, where a handler cannot forget it.
 */
import type { Output, Permission, Route } from '@openhmp/contract'
import type { SignedIn, Subject } from '../access/can.ts'
import type { Session } from '../access/sessions.ts'

/** What a handler is called with. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** The bytes of the body as they come, on routes that take bytes. */
  readonly content?: AsyncIterable<Uint8Array>
  /** Undefined on public routes alone. */
  readonly session: Session | undefined
  /** Address of the caller. */
  readonly source: string
  /** Throws unless there is a user; on routes that need one there is. */
  user(): SignedIn
  /**
   * Throws `Refusal` unless the user may do what the route needs with this object, and `also` what it comes to: `forbidden`,
   * or that it is not there when they may not even know of it.
   */
  must(subject: Subject, also?: Permission): void
  /** Whether the user may do what the route needs with this object: for lists, which leave out the rest. */
  may(subject: Subject): boolean
  /** The cameras of a device with which the user may do what the route needs; `all` when with the device. */
  camerasOf(device: string): 'all' | readonly number[]
  /** Whether that holds for everything there is. */
  isEverywhere(): boolean
  /** Sets the session cookie, or takes it away. It goes with the browser unless it is kept for `maxAge` seconds. */
  setCookie(token: string | undefined, maxAge?: number): void
  /** Keeps the cookie that has come for so many seconds more. */
  keepCookie(maxAge: number): void
  /** What this browser was given to bring back from another site. */
  mark(): string | undefined
  /** Gives it that for so many seconds, or takes it away. */
  setMark(value: string | undefined, maxAge: number): void
}

/** Sends a browser on to another page of this server. */
export class Onward {
  /** A path. */
  readonly to: string
  constructor(to: string) {
    this.to = to
  }
}

/** Bytes as an answer, for routes with `produces`. */
export interface Bytes {
  readonly bytes: Uint8Array
  /** Where the route's `produces` is none in particular. */
  readonly type?: string
  /** Never changes: the browser may keep it. */
  readonly isForever?: boolean
}

/** A file that is made while it is sent, as fast as it is taken. */
export interface FileAnswer {
  readonly name: string
  readonly type: string
  readonly lines: AsyncIterable<string>
}

/** Goes on after the answer has begun: server-sent events. */
export interface Following {
  /** Begins to write; returns what to call when the client has gone. */
  follow(write: Writer): () => void
}

/** The open end of a `Following`. */
export interface Writer {
  /** Queues text; false when the client is too slow and has been cut off. */
  write(text: string): boolean
  end(): void
}

/** An answer that is JSON already: for long lists, which would keep everything else waiting while they are written out. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Answer<R extends Route> = R['answer'] extends undefined
  ? R extends { readonly produces: string }
    ? Bytes | Following | FileAnswer
    : Bytes | Following | FileAnswer | Onward | undefined
  : Output<R['answer']> | JsonText

/** A route and its handler, with types forgotten: what is mounted. */
export interface Handled {
  readonly route: Route
  run(call: Call): Promise<unknown>
}

/** Ties a handler to its route; the types come from the route's schemas. */
export const handle = <R extends Route>(
  route: R,
  run: (call: Call<Output<R['params']>, Output<R['query']>, Output<R['body']>>) => Promise<Answer<R>>,
): Handled => ({ route, run: run as Handled['run'] })
