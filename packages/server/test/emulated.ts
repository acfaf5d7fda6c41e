// SPDX-License-Identifier: Apache-2.0
/** Devices in software for the tests of the whole server: one camera on ports of its own, unless told otherwise. */
import { type Emulator, type EmulatorOptions, startEmulator } from '@openhmp/emulator'
import { systemClock } from '../src/index.ts'

/** The account that they know. */
export const account = { userName: 'admin', password: 'Camera12345' }

export const emulate = (more: Partial<EmulatorOptions> = {}): Promise<Emulator> =>
  startEmulator({
    ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: systemClock },
    ...{ user: account.userName, password: account.password },
    ...more,
  })
