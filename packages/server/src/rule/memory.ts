// SPDX-License-Identifier: Apache-2.0
/** What rules remember of the events before: what is held down, what came shortly before, and what is being grouped. */
import { randomUUID } from 'node:crypto'
import type { Event, Moment, Reason, Rule, When } from '@openhmp/contract'
import { isAbout, isNow, type Place } from './match.ts'

type Camera = Pick<Event, 'device' | 'channel' | 'kind'>
type After = NonNullable<When['after']>

/** Entries that are remembered of each; of more, the oldest is forgotten. */
export const MAX_REMEMBERED = 50_000

/** A map that forgets what was put in first. */
class Ring<V> {
  readonly #map = new Map<string, V>()
  get(key: string): V | undefined {
    return this.#map.get(key)
  }
  put(key: string, value: V): void {
    this.#map.delete(key)
    this.#map.set(key, value)
    if (this.#map.size > MAX_REMEMBERED) this.#map.delete(this.#map.keys().next().value!)
  }
  delete(key: string): void {
    this.#map.delete(key)
  }
}

/** Of one camera and kind no second time within the hold-down. */
export class HoldDown {
  readonly #last = new Ring<{ atMs: number; held: number }>()

  /** How many were held down since the last that passed; undefined when this one is. */
  pass(rule: string, camera: Camera, moment: Moment, seconds: number, atMs: number): number | undefined {
    if (seconds === 0) return 0
    const key = keyOf(rule, camera, moment)
    const last = this.#last.get(key)
    if (last && atMs - last.atMs < seconds * 1000) {
      last.held++
      return undefined
    }
    this.#last.put(key, { atMs, held: 0 })
    return last?.held ?? 0
  }

  /** It came to nothing: the next one is the first. */
  forget(rule: string, camera: Camera, moment: Moment): void {
    this.#last.delete(keyOf(rule, camera, moment))
  }
}

const keyOf = (rule: string, { device, channel, kind }: Camera, moment: Moment): string =>
  `${rule}|${device}|${channel ?? ''}|${kind}|${moment}`

/** Which kinds began where, and when last. */
class Recent {
  readonly #last = new Ring<{ atMs: number; deviceName: string }>()

  note(event: Event, place: Place, atMs: number): void {
    for (const where of ['camera', 'device', 'site'] as const) {
      const key = `${spotOf(where, event, place)}|${event.kind}`
      if (atMs >= (this.#last.get(key)?.atMs ?? atMs)) this.#last.put(key, { atMs, deviceName: event.deviceName })
    }
  }

  /** The latest of the kinds that are asked for, when it was soon enough. */
  before({ kinds, seconds, where }: After, event: Event, place: Place, atMs: number): Reason['after'] {
    const spot = spotOf(where, event, place)
    const found = kinds
      .map((kind) => ({ kind, last: this.#last.get(`${spot}|${kind}`) }))
      .filter(({ last }) => last !== undefined && atMs >= last.atMs && atMs - last.atMs <= seconds * 1000)
      .toSorted((a, b) => b.last!.atMs - a.last!.atMs)[0]
    if (!found) return null
    const { kind, last } = found
    return { kind, deviceName: last!.deviceName, seconds: Math.round((atMs - last!.atMs) / 100) / 10 }
  }
}

/** A device without a site is a site of its own. */
const spotOf = (where: After['where'], { device, channel }: Event, { site }: Place): string => {
  if (where === 'site' && site !== null) return `site|${site}`
  return where === 'camera' ? `camera|${device}|${channel ?? ''}` : `device|${device}`
}

/** What is told late did not come just now: it stands among the others where it happened, as far as that is known. */
const sinceMs = ({ isLate, time }: Event, atMs: number): number => (isLate ? Math.min(atMs, Date.parse(time)) : atMs)

/** An event as a rule is asked about it. */
export interface Happening {
  readonly event: Event
  readonly moment: Moment
  readonly place: Place
  /** Undefined: nobody knows. */
  readonly isArmed: boolean | undefined
  readonly atMs: number
}

type Asked = Pick<Rule, 'id' | 'when' | 'holdDownSeconds'>

/** Holds rules against events, in the order of their arrival. */
export class Judge {
  readonly #holdDown = new HoldDown()
  readonly #recent = new Recent()
  /** Rules that ask what came before, and events that they have told. */
  readonly #begun = new Ring<true>()

  /** After all rules were asked: what later ones may come after. */
  note({ event, moment, place, atMs }: Pick<Happening, 'event' | 'moment' | 'place' | 'atMs'>): void {
    if (moment === 'began') this.#recent.note(event, place, sinceMs(event, atMs))
  }

  /** Why it fires; undefined when it does not. How long it must go on is not asked here. */
  ask({ id, when, holdDownSeconds }: Asked, happening: Happening): Reason | undefined {
    const { event, moment, place, isArmed, atMs } = happening
    if (!when.moments.includes(moment) || !isAbout(when, event, place) || !isNow(when, isArmed, atMs)) return undefined
    if (moment !== 'began' && isTooShort(when, event)) return undefined
    const after = when.after ? this.#recent.before(when.after, event, place, sinceMs(event, atMs)) : null
    // An end belongs to the beginning that was told.
    const isEnd = moment !== 'began' && when.moments.includes('began')
    if (when.after && !(isEnd ? this.#begun.get(`${id}|${event.id}`) : after)) return undefined
    const heldDown = this.#holdDown.pass(id, event, moment, holdDownSeconds, atMs)
    if (heldDown === undefined) return undefined
    if (when.after && moment === 'began') this.#begun.put(`${id}|${event.id}`, true)
    return { site: place.site, isArmed: when.arming === null ? null : (isArmed ?? null), after, heldDown, notes: [] }
  }

  /** Whether an event's beginning is meant, repeats and moments aside. */
  wouldBegin(when: When, { event, place, isArmed, atMs }: Happening): boolean {
    return (
      isNow(when, isArmed, atMs) &&
      (when.after === null || this.#recent.before(when.after, event, place, sinceMs(event, atMs)) !== null)
    )
  }

  /** Its beginning came to nothing, because it ended too soon. */
  ended(id: string, when: When, event: Event): void {
    if (isTooShort(when, event)) this.#holdDown.forget(id, event, 'began')
  }
}

/** It is over, and was shorter than the rule wants. */
export const isTooShort = ({ minSeconds }: Pick<When, 'minSeconds'>, event: Event): boolean => {
  if (minSeconds === 0 || event.state === 'active') return false
  // What is told late may be over when it arrives.
  const beganMs = Date.parse(event.isLate ? event.time : event.receivedAt)
  return Date.parse(event.endedAt ?? event.lastSeenAt) - beganMs < minSeconds * 1000
}

/** Firings of one rule that become one message. */
export class Groups {
  readonly #open = new Map<string, { batch: string; untilMs: number }>()

  /** The open group of a rule, or a new one. */
  of(rule: string, seconds: number, atMs: number): { readonly batch: string; readonly untilMs: number } {
    const open = this.#open.get(rule)
    if (open && atMs < open.untilMs) return open
    const made = { batch: randomUUID(), untilMs: atMs + seconds * 1000 }
    this.#open.set(rule, made)
    return made
  }
}
