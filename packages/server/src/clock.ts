// SPDX-License-Identifier: Apache-2.0
/** The real time. Only the outermost file names it; everything else is handed a `Clock`. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '@openhmp/protocol/base'

/** Time as this machine tells it. Its sleeps keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, { signal } = {}) => {
    try {
      await wait(ms, undefined, { ref: false, ...(signal ? { signal } : {}) })
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  },
}
