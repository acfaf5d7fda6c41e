// SPDX-License-Identifier: Apache-2.0
/** How long to wait before the next try at a camera: quick at first, so that pictures are back at once, then with more patience. */

/** First waits; the last is kept. Full jitter keeps a fleet from calling in step. */
const WAITS_MS = [200, 400, 700, 1000, 2000, 4000, 8000, 15_000, 30_000]

/**
 * The wait before try number `failures` (1 after the first failure), between half and the whole of its step. `random` is in
 * 0..1. A camera that is merely gone is asked at least every second for the first minute, so that it is back within a
 * second of its return.
 */
export const retryWaitMs = (failures: number, random: number, options: { lostForMs?: number } = {}): number => {
  const step = WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] ?? WAITS_MS[0]!
  const isRecent = options.lostForMs !== undefined && options.lostForMs < 60_000
  return (isRecent ? Math.min(step, 900) : step) * (0.5 + random / 2)
}
