// SPDX-License-Identifier: Apache-2.0
/** A whole server as a process, to be killed. Arguments: data folder, key file, port, password. Says `ready`. */
import pino from 'pino'
import { startServer, systemClock } from '../src/index.ts'

const [dataDir = '', keyFile = '', port = '', adminPassword = ''] = process.argv.slice(2)
await startServer({
  ...{ dataDir, keyFile, port: Number(port), host: '127.0.0.1', adminPassword, clock: systemClock },
  allowLoopback: true,
  passwordCost: { memoryKib: 64, passes: 1 },
  log: pino({ level: 'error' }, process.stderr),
})
process.stdout.write('ready\n')
