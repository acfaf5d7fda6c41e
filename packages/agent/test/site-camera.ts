// SPDX-License-Identifier: Apache-2.0
/** A camera of a site: a process of its own, which is told what it sees. Arguments: its address, profile and password. */
import { startEmulator } from '@openhmp/emulator'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { answerAll } from './two-sites.ts'

const [host = '', profile = '', password = ''] = process.argv.slice(2)
const emulator = await startEmulator({
  ...{ cameras: 1, recorders: 0, host, httpPort: 80, rtspPort: 554, user: 'admin', password, profile },
  ...{ isDiscoverable: true, clock: realClock() },
})
answerAll((alert: Parameters<typeof emulator.raise>[1]) => emulator.raise(0, alert))
const [{ model, serialNumber }] = emulator.devices as [(typeof emulator.devices)[0]]
process.stdout.write(`ready ${JSON.stringify({ model, serialNumber })}\n`)
