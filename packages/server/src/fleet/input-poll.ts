// SPDX-License-Identifier: Apache-2.0
/**
 * Alarm inputs that are looked at again and again: the last resort, for a device that gives no stream of events and sends
 * none. A change between two looks that is undone before the second is not seen.
 */
import { type IsapiDoor, readHttpHosts, readInputsNow } from '@openhmp/client'
import { type Clock, PeerError } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'

/** From one look to the next. */
export const POLL_MS = 2000
/** Inputs of one device that are looked at. */
export const MAX_POLLED = 16
/** After a look that failed. */
const AGAIN_MS = 30_000

/** Who is told. */
export interface InputWatcher {
  onEvent(event: DeviceEvent): void
  /** Nobody knows any more how they are. */
  onLost(): void
}

/** Looks until the signal aborts. Resolves at once for a device that has no inputs, or can send events itself. */
export const pollInputs = async (
  door: IsapiDoor,
  watcher: InputWatcher,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> => {
  let active: ReadonlySet<number> | undefined
  while (!signal.aborted) {
    try {
      if (active === undefined && (await canSend(door, signal))) return
      const inputs = await readInputsNow(door, { signal, most: MAX_POLLED })
      if (inputs.length === 0) return
      const now = new Set(inputs.filter(({ isActive }) => isActive).map(({ id }) => id))
      // An end is told once; of what goes on, that it does.
      for (const id of active ?? []) if (!now.has(id)) watcher.onEvent(eventOf(id, 'inactive'))
      for (const id of now) watcher.onEvent(eventOf(id, 'active'))
      active = now
      await clock.sleep(POLL_MS, { signal })
    } catch {
      if (signal.aborted) return
      if (active) watcher.onLost() // whether the device is there is found out by its stream, which is tried again
      active = undefined
      await clock.sleep(AGAIN_MS, { signal }).catch(() => {}) // aborted: the loop ends
    }
  }
}

/** It has places to send events to: those are to be used instead. */
const canSend = async (door: IsapiDoor, signal: AbortSignal): Promise<boolean> => {
  try {
    return (await readHttpHosts(door, { signal })).length > 0
  } catch (error) {
    if (error instanceof PeerError && error.retry === 'never') return false
    throw error
  }
}

const eventOf = (input: number, state: 'active' | 'inactive'): DeviceEvent => ({
  ...{ kind: 'alarmInput', type: 'IO', state, input, isHeartbeat: false, isAsked: true },
  ...{ targets: [], pictures: 0, isRetransmission: false },
})
