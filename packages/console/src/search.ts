// SPDX-License-Identifier: Apache-2.0
/** What the addresses of pages carry after the question mark. Anything strange is left out, never an error. */
import type { EventFilter } from './api/queries.ts'

type Search = Record<string, unknown>
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export interface SignInSearch {
  /** Where to go afterwards: a path of this console. */
  to?: string
  ended?: boolean
}
export interface WallSearch {
  /** A camera to enlarge: `deviceId/channel`. */
  camera?: string
}
export type EventSearch = { -readonly [K in keyof EventFilter]?: string }

const without = <T extends object>(search: T): T =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T

export const readSearch = {
  signIn: (search: Search): SignInSearch => {
    const to = text(search['to'])
    return without({
      // Never to another site: `//host` is one, too.
      to: to !== undefined && /^\/(?![/\\])/.test(to) ? to : undefined,
      ended: search['ended'] === true ? true : undefined,
    }) as SignInSearch
  },
  wall: (search: Search): WallSearch => without({ camera: text(search['camera']) }) as WallSearch,
  events: (search: Search): EventSearch =>
    without({
      device: text(search['device']),
      kind: text(search['kind']),
      state: text(search['state']),
    }) as EventSearch,
}
