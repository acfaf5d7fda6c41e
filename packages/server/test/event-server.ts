// SPDX-License-Identifier: Apache-2.0
/**
 * A whole server as a process, to be killed. Arguments: data folder, key file, port, password, how far its wall clock is
 * ahead of the machine's. Says `ready`; a message sets the clock anew, and is answered.
 */
import pino from 'pino'
import { startServer, systemClock } from '../src/index.ts'

const [dataDir = '', keyFile = '', port = '', adminPassword = '', ahead = '0'] = process.argv.slice(2)
let aheadMs = Number(ahead)
process.on('message', (message) => {
  aheadMs = Number(message)
  process.send?.('set')
})
await startServer({
  ...{ dataDir, keyFile, port: Number(port), host: '127.0.0.1', adminPassword },
  clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
  allowLoopback: true,
  passwordCost: { memoryKib: 64, passes: 1 },
  log: pino({ level: 'error' }, process.stderr),
})
process.stdout.write('ready\n')
