// SPDX-License-Identifier: Apache-2.0
/** How long to wait before the next try at a camera that somebody watches. */

/** First waits of a camera that is there and says no; the last is kept. Full jitter keeps a fleet from calling in step. */
const WAITS_MS = [200, 400, 700, 1000, 2000, 4000, 8000, 15_000, 30_000]
/** Longest wait for one that is gone: its viewers have their picture again within a second of its return, however long it was away. */
const GONE_WAIT_MS = 900

/**
 * The wait before try number `failures` (1 after the first failure), between half and the whole of its step. `random` is in
 * 0..1. `isGone`: nobody answers at its address, so that asking costs one packet and bothers nobody.
 */
export const retryWaitMs = (failures: number, random: number, options: { isGone?: boolean } = {}): number => {
  const step = WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] ?? WAITS_MS[0]!
  return (options.isGone ? Math.min(step, GONE_WAIT_MS) : step) * (0.5 + random / 2)
}
