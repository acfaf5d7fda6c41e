// SPDX-License-Identifier: Apache-2.0
/** Time for which a program waits passes faster: a link that is silent for half a minute is a dead one, and no test sits through that. */
import { systemClock } from '@openhmp/client'
import type { Clock } from '@openhmp/protocol/base'

const HURRY = 8

/** `aheadMs`: how far its calendar is before ours. */
export const hurriedClock = (aheadMs: () => number = () => 0): Clock => ({
  now: () => systemClock.now() + aheadMs(),
  monotonic: () => systemClock.monotonic() * HURRY,
  sleep: (ms, options) => systemClock.sleep(ms / HURRY, options),
})
