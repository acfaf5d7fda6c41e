// SPDX-License-Identifier: Apache-2.0
/** The real time. Only outermost files name it; everything else is handed a `Clock`, so that tests can make time stand still. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '@openhmp/protocol/base'

/** Time as this machine tells it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, options = {}) => {
    try {
      await wait(ms, undefined, options)
    } catch (error) {
      options.signal?.throwIfAborted() // the reason itself, not Node's error around it
      throw error
    }
  },
}
