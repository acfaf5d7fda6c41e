// SPDX-License-Identifier: Apache-2.0
/** The machine's own time, for tests with real sockets; a new one each, so that what one test learns of logins is not known to the next. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@openhmp/protocol/base'

export const realClock = (): Clock => ({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, options) => sleep(ms, undefined, { ref: false, ...options }),
})
