// SPDX-License-Identifier: Apache-2.0
/** What the addresses of pages carry after the question mark. Anything strange is left out, never an error. */
import type { EventFilter } from './api/queries.ts'

type Search = Record<string, unknown>
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export interface SignInSearch {
  /** Where to go afterwards: a path of this console. */
  to?: string
  ended?: boolean
  /** Back from the OpenID provider: signed in, or why not. */
  entered?: boolean
  problem?: string
}
export interface WallSearch {
  /** A camera to enlarge: `deviceId/channel`. */
  camera?: string
}
/** One value stands as a word, several as a list. */
type Words = string | string[]
/** The view of the list of devices, as it is in the address; `page/devices` knows what it means. */
export interface DeviceSearch {
  q?: string
  state?: Words
  site?: Words
  tag?: Words
  model?: Words
  firmware?: Words
  /** A column; with a dash before it, from the end. */
  sort?: string
  columns?: string
}
export type EventSearch = { -readonly [K in keyof EventFilter]?: string } & {
  /** `hour`, `day`, `week`, `month`: up to now. */
  range?: string
}

/** A plan by its id, and the camera that is chosen on it: `deviceId/channel`. */
export interface MapSearch {
  plan?: string
  camera?: string
}

/** Who did what to what; `action` as the audit names it, `object` by its id. */
export interface ActivitySearch {
  who?: string
  action?: string
  object?: string
  outcome?: string
  /** As of events. */
  range?: string
  from?: string
  to?: string
}

export interface AlarmSearch {
  /** The alarm that is shown. */
  alarm?: string
  /** `closed`; else those that are open. */
  view?: string
  severity?: string
}

const words = (value: unknown): Words | undefined => {
  const list = (Array.isArray(value) ? value : [value])
    .map((one) => text(typeof one === 'number' ? String(one) : one))
    .filter((one) => one !== undefined)
  return list.length > 1 ? list : list[0]
}

const time = (value: unknown): string | undefined =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : undefined

const without = <T extends object>(search: T): T =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T

export const readSearch = {
  signIn: (search: Search): SignInSearch => {
    const to = text(search['to'])
    return without({
      // Never to another site: `//host` is one, too.
      to: to !== undefined && /^\/(?![/\\])/.test(to) ? to : undefined,
      ended: search['ended'] === true ? true : undefined,
      entered: search['entered'] === true ? true : undefined,
      problem: text(search['problem'])?.slice(0, 40),
    }) as SignInSearch
  },
  wall: (search: Search): WallSearch => without({ camera: text(search['camera']) }) as WallSearch,
  activity: (search: Search): ActivitySearch =>
    without({
      who: words(search['who'])?.toString(),
      action: text(search['action']),
      object: text(search['object']),
      outcome: text(search['outcome']),
      range: text(search['range']),
      from: time(search['from']),
      to: time(search['to']),
    }) as ActivitySearch,
  map: (search: Search): MapSearch =>
    without({ plan: text(search['plan']), camera: text(search['camera']) }) as MapSearch,
  alarms: (search: Search): AlarmSearch =>
    without({
      alarm: text(search['alarm']),
      view: text(search['view']),
      severity: text(search['severity']),
    }) as AlarmSearch,
  devices: (search: Search): DeviceSearch =>
    without({
      q: words(search['q'])?.toString(),
      state: words(search['state']),
      site: words(search['site']),
      tag: words(search['tag']),
      model: words(search['model']),
      firmware: words(search['firmware']),
      sort: text(search['sort']),
      columns: text(search['columns']),
    }) as DeviceSearch,
  events: (search: Search): EventSearch =>
    without({
      device: text(search['device']),
      site: text(search['site']),
      kind: text(search['kind']),
      state: text(search['state']),
      text: words(search['text'])?.toString(),
      range: text(search['range']),
      from: time(search['from']),
      to: time(search['to']),
    }) as EventSearch,
}
