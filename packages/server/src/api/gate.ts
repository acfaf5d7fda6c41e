// SPDX-License-Identifier: Apache-2.0
/**
 * What the caller of a route may do: the route's permission, asked with the loaded object. Who may do nothing at all with an
 * object is told that it is not there; who sees it, that they may not.
 */
import type { Permission, Route } from '@openhmp/contract'
import { Defect, Refusal } from '@openhmp/protocol/base'
import {
  camerasOf,
  can,
  canSomewhere,
  knowsOf,
  type Loaded,
  type LoadedDevice,
  type Place,
  type SignedIn,
  type Subject,
  SYSTEM,
} from '../access/can.ts'
import { type Session, type Sessions, signInFirst } from '../access/sessions.ts'

/** Where a device is, by its id; of one that is not there, nowhere. */
export type PlaceOf = (device: string) => Place

const absent: Readonly<Record<Exclude<Subject['kind'], 'system'>, readonly [code: string, text: string]>> = {
  device: ['device.unknown', 'there is no such device'],
  event: ['event.unknown', 'there is no such event'],
  alarm: ['alarm.unknown', 'there is no such alarm'],
}

/** Refusals that say `not there` to hide something from who has no right on it. */
const hidden = new WeakSet<Refusal>()

/** Whether an error keeps somebody from what they have no right to. */
export const isForRights = (error: unknown): error is Refusal =>
  error instanceof Refusal && (error.kind === 'forbidden' || error.kind === 'unauthenticated' || hidden.has(error))

const forbidden = (): Refusal => new Refusal('forbidden', 'forbidden', 'your account may not do this')

/** Before the input is even looked at: a stranger learns nothing of our schemas' taste. Throws `Refusal`. */
export const admit = (
  { needs, reach, fresh }: Pick<Route, 'needs' | 'reach' | 'fresh'>,
  session: Session | undefined,
  sessions: Pick<Sessions, 'isFresh'>,
): void => {
  if (needs === 'public') return
  if (!session) throw signInFirst()
  const { user } = session
  if (needs !== 'session' && !(reach === 'system' ? can(user, needs, SYSTEM) : canSomewhere(user, needs)))
    throw forbidden()
  if (fresh && !sessions.isFresh(session))
    throw new Refusal(
      'forbidden',
      'session.stale',
      'show once more who you are: this is asked before what is dangerous',
    )
}

/** Where a device is, as `can` wants it. */
export const loaded = (device: string, placeOf: PlaceOf, channel?: number | null): LoadedDevice => {
  const { site, tags } = placeOf(device)
  return { kind: 'device', device, site, tags, channel }
}

/** The questions that handlers ask; see `Call`. */
export const gateOf = (route: Route, user: SignedIn | undefined, placeOf: PlaceOf) => {
  const needed = (): Permission => {
    const { needs } = route
    if (needs === 'public' || needs === 'session') throw new Defect(`${route.path} asks for no permission`)
    return needs
  }
  const load = (subject: Subject): Loaded => {
    if (subject.kind === 'system') return SYSTEM
    return loaded(subject.kind === 'device' ? subject.id : subject.device, placeOf, subject.channel)
  }
  const mayDo = (subject: Loaded, also: Permission | undefined): boolean =>
    can(user, needed(), subject) && (also === undefined || can(user, also, subject))
  return {
    may: (subject: Subject): boolean => mayDo(load(subject), undefined),
    camerasOf: (device: string) => camerasOf(user, needed(), loaded(device, placeOf)),
    isEverywhere: (): boolean => can(user, needed(), SYSTEM),
    must: (subject: Subject, also?: Permission): void => {
      const object = load(subject)
      if (mayDo(object, also)) return
      if (subject.kind === 'system' || knowsOf(user, object)) throw forbidden()
      const refusal = new Refusal('not-found', ...absent[subject.kind])
      hidden.add(refusal)
      throw refusal
    },
  }
}
