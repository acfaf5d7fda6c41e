// SPDX-License-Identifier: Apache-2.0
/**
 * What is active at a device, from alerts that repeat. Many devices never say that an event is over; their repeats just
 * stop. After three times the period that was learned of an event, and at least five seconds, it counts as over. An event
 * that never repeated has no period: half a minute is waited for it. No clock.
 */
import type { DeviceEvent } from '@openhmp/protocol/event'

/** Silence after which an active event is over, at least. */
export const MIN_SILENCE_MS = 5000
/** For an event whose repeats were never seen. */
export const UNKNOWN_SILENCE_MS = 30_000
/** And at most, however slowly a device repeats. */
export const MAX_SILENCE_MS = 5 * 60_000
/** Events followed at one time: channels times types. The longest silent one is forgotten for another. */
export const MAX_GOING_ON = 2048
const PERIODS = 3

interface Going {
  readonly event: DeviceEvent
  lastMs: number
}

const keyOf = ({ type, channel, input }: DeviceEvent): string => `${channel ?? ''}|${input ?? ''}|${type.toLowerCase()}`

/** Of one device; lives longer than its connections, for the periods that were learned. */
export class GoingOn {
  /** In the order of their last alert. */
  readonly #active = new Map<string, Going>()
  /** Longest gap between two alerts of one occurrence, by event type. */
  readonly #periods = new Map<string, number>()

  get size(): number {
    return this.#active.size
  }

  /** Takes an alert. */
  take(event: DeviceEvent, nowMs: number): void {
    const key = keyOf(event)
    const known = this.#active.get(key)
    this.#active.delete(key)
    if (event.state === 'inactive') return
    if (known) this.#learn(event.type, nowMs - known.lastMs)
    if (this.#active.size >= MAX_GOING_ON) this.#active.delete(this.#active.keys().next().value!)
    this.#active.set(key, { event, lastMs: nowMs })
  }

  /** Ends what has been silent for too long; gives an `inactive` for each. */
  expire(nowMs: number): DeviceEvent[] {
    const over: DeviceEvent[] = []
    for (const [key, { event, lastMs }] of this.#active) {
      if (nowMs - lastMs < this.#silenceOf(event.type)) continue
      this.#active.delete(key)
      over.push(endOf(event))
    }
    return over
  }

  /** When `expire` has something to do next. */
  nextMs(): number | undefined {
    let next: number | undefined
    for (const { event, lastMs } of this.#active.values()) {
      const at = lastMs + this.#silenceOf(event.type)
      if (next === undefined || at < next) next = at
    }
    return next
  }

  /** The stream is lost: gives what was active and forgets it. */
  lose(): DeviceEvent[] {
    const lost = [...this.#active.values()].map(({ event }) => event)
    this.#active.clear()
    return lost
  }

  #silenceOf(type: string): number {
    const period = this.#periods.get(type.toLowerCase())
    if (period === undefined) return UNKNOWN_SILENCE_MS
    return Math.min(MAX_SILENCE_MS, Math.max(MIN_SILENCE_MS, PERIODS * period))
  }

  #learn(type: string, gapMs: number): void {
    const key = type.toLowerCase()
    const known = this.#periods.get(key)
    if (known === undefined && this.#periods.size >= MAX_GOING_ON) return
    // A longer gap counts at once, a shorter one bit by bit: too early an end is worse than a late one.
    this.#periods.set(key, known === undefined || gapMs > known ? gapMs : known + (gapMs - known) / 8)
  }
}

/** The end of an event that the device did not tell. */
const endOf = (event: DeviceEvent): DeviceEvent => {
  const { time: _time, timeMs: _timeMs, count: _count, ...rest } = event
  return { ...rest, state: 'inactive', targets: [], pictures: 0 }
}
