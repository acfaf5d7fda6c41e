// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware repeats an alert about once a second while it lasts. Over days without a link that would fill the spool with
 * nothing new: what begins and what ends is kept, and of the repeats one now and then.
 */
import type { DeviceEvent } from '@openhmp/protocol/event'

/** One repeat is kept after this long. */
export const REPEAT_KEPT_MS = 10_000
/** Subjects followed; the one that was silent longest goes. */
export const MAX_FOLLOWED = 2048

/** Of one device. */
export class EventFilter {
  /** What was last kept, in the order of its last change. */
  readonly #kept = new Map<string, { readonly state: DeviceEvent['state']; readonly atMs: number }>()

  /** Whether this one is to be kept. */
  takes({ type, channel, input, state }: DeviceEvent, nowMs: number): boolean {
    const key = `${channel ?? ''}|${input ?? ''}|${type.toLowerCase()}`
    const kept = this.#kept.get(key)
    if (kept?.state === state && (state === 'inactive' || nowMs - kept.atMs < REPEAT_KEPT_MS)) return false
    this.#kept.delete(key)
    this.#kept.set(key, { state, atMs: nowMs })
    if (this.#kept.size > MAX_FOLLOWED) this.#kept.delete(this.#kept.keys().next().value!)
    return true
  }

  /** The device was not heard for a while: the next of everything is news. */
  reset(): void {
    this.#kept.clear()
  }
}
