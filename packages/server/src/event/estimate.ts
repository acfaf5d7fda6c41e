// SPDX-License-Identifier: Apache-2.0
/**
 * When an event truly was. A device's clock may be in 1970, in another zone, or an hour off since the last change of
 * summer time; how far it is off is measured when the device is looked at. Pure.
 */

/** A live event that would be further from its arrival than this is placed at its arrival. */
export const MAX_LIVE_ERROR_MS = 60_000
/** An event that was kept by its device may be as old as this. */
export const MAX_LATE_MS = 7 * 24 * 60 * 60_000
/** Zones differ by quarters of an hour, and by no more than 14 hours from UTC. */
const ZONE_STEP_MS = 15 * 60_000
const MAX_ZONE_MS = 14 * 60 * 60_000

/** What is known of an event's time. Milliseconds since 1970. */
export interface Clues {
  /** As the device says. */
  readonly deviceMs: number | undefined
  /** The device did not say its zone. */
  readonly isLocal: boolean
  /** How far the device's clock is ahead of ours, as last measured. */
  readonly offsetMs: number | undefined
  readonly arrivalMs: number
  /** The device has kept it and says it again: it may be old. */
  readonly isKept: boolean
}

/** The best estimate, and whether it is so far before the arrival that the event counts as late. */
export const estimateTime = (clues: Clues): { readonly timeMs: number; readonly isLate: boolean } => {
  const { arrivalMs, isKept } = clues
  const told = inUtc(clues)
  const aheadMs = told === undefined ? 0 : told - arrivalMs
  const isBelievable =
    told !== undefined && aheadMs < MAX_LIVE_ERROR_MS && aheadMs > -(isKept ? MAX_LATE_MS : MAX_LIVE_ERROR_MS)
  const timeMs = isBelievable ? Math.min(told, arrivalMs) : arrivalMs
  return { timeMs, isLate: arrivalMs - timeMs > MAX_LIVE_ERROR_MS }
}

/** The device's word on our clock; undefined when it says nothing that can be placed. */
const inUtc = ({ deviceMs, isLocal, offsetMs = 0, arrivalMs, isKept }: Clues): number | undefined => {
  if (deviceMs === undefined) return undefined
  const ms = deviceMs - offsetMs
  if (!isLocal) return ms
  // What happens now tells the zone; what is old does not.
  const zoneMs = Math.round((ms - arrivalMs) / ZONE_STEP_MS) * ZONE_STEP_MS
  return isKept || Math.abs(zoneMs) > MAX_ZONE_MS ? undefined : ms - zoneMs
}
