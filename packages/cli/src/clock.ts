// SPDX-License-Identifier: Apache-2.0
/** The real clock: the one place where the command line reads time and sets timers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@openhmp/protocol/base'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, options = {}) => {
    try {
      await sleep(ms, undefined, options)
    } catch (error) {
      options.signal?.throwIfAborted() // the reason itself, not Node's error around it
      throw error
    }
  },
}
