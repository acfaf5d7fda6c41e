// SPDX-License-Identifier: Apache-2.0
/** How long to wait before the next try at a camera that somebody watches. */

/** First waits of a camera that is there and says no; the last is kept. Full jitter keeps a fleet from calling in step. */
const WAITS_MS = [200, 400, 700, 1000, 2000, 4000, 8000, 15_000, 30_000]
/**
 * Longest wait for one that is gone. With the longest call (`reconnectMs`) it stays under a second, so that viewers have
 * their picture again within a second of its return, however long it was away and wherever between two calls it came back.
 */
const GONE_WAIT_MS = 450
/** A camera on a LAN that does not answer a call in this time is not there. */
const LEAST_CONNECT_MS = 450
/** Calls of cameras that nothing is known of, or that are far away, wait this long. */
const MOST_CONNECT_MS = 1000

/**
 * The wait before try number `failures` (1 after the first failure), between half and the whole of its step. `random` is in
 * 0..1. `isGone`: nobody answers at its address, so that asking costs one packet and bothers nobody.
 */
export const retryWaitMs = (failures: number, random: number, options: { isGone?: boolean } = {}): number => {
  const step = WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] ?? WAITS_MS[0]!
  return (options.isGone ? Math.min(step, GONE_WAIT_MS) : step) * (0.5 + random / 2)
}

/**
 * How long a call of a camera that went away may take. `openedMs`: what its last play took from the call to the pictures,
 * which is at least three journeys there and back; undefined when it never played.
 */
export const reconnectMs = (openedMs: number | undefined): number =>
  openedMs === undefined ? MOST_CONNECT_MS : Math.min(Math.max(openedMs, LEAST_CONNECT_MS), MOST_CONNECT_MS)
