// SPDX-License-Identifier: Apache-2.0
/** Whether a rule means an event. Pure. */
import type { Event, When } from '@openhmp/contract'
import { isWindowOpen } from '../job/waves.ts'

/** What an event does not say of its device. */
export interface Place {
  readonly site: string | null
  readonly tags: readonly string[]
}

export type Moment = When['moments'][number]

/** True when everything that is named fits. `atMs`: rules go by the arrival. */
export const isMeant = (
  when: When,
  event: Pick<Event, 'kind' | 'device'>,
  { site, tags }: Place,
  moment: Moment,
  atMs: number,
): boolean =>
  when.moments.includes(moment) &&
  (when.kinds.length === 0 || when.kinds.includes(event.kind)) &&
  (when.devices.length === 0 || when.devices.includes(event.device)) &&
  (when.sites.length === 0 || (site !== null && when.sites.includes(site))) &&
  when.tags.every((tag) => tags.includes(tag)) &&
  isWindowOpen(when.window, atMs)

/** Of one camera and kind no second time within the hold-down. Remembers what has fired. */
export class HoldDown {
  readonly #lastMs = new Map<string, number>()
  /** Places that are remembered; of more, the oldest is forgotten. */
  static readonly MAX = 50_000

  /** True when it may fire now. */
  pass(
    rule: string,
    { device, channel, kind }: Pick<Event, 'device' | 'channel' | 'kind'>,
    moment: Moment,
    seconds: number,
    atMs: number,
  ): boolean {
    if (seconds === 0) return true
    const key = `${rule}|${device}|${channel ?? ''}|${kind}|${moment}`
    const last = this.#lastMs.get(key)
    if (last !== undefined && atMs - last < seconds * 1000) return false
    this.#lastMs.delete(key)
    this.#lastMs.set(key, atMs)
    if (this.#lastMs.size > HoldDown.MAX) this.#lastMs.delete(this.#lastMs.keys().next().value!)
    return true
  }
}
