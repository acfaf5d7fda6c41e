// SPDX-License-Identifier: Apache-2.0
/** How long to wait before the next try: half a second, doubling to ten, with a third of chance so that a wall does not knock as one. */

const FIRST_MS = 500
const LONGEST_MS = 10_000

/** `attempt` counts from 0; `random` gives 0 to 1. */
export const nextDelay = (attempt: number, random: () => number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10)) * (1 + random() / 3)
