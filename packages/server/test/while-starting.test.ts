// SPDX-License-Identifier: Apache-2.0
/** Who comes while a server is still starting is answered once it stands. */
import { request } from 'node:https'
import { API_ROOT } from '@openhmp/contract'
import pino from 'pino'
import { expect, it } from 'vitest'
import { startServer, systemClock } from '../src/index.ts'
import { makePlace } from './harness.ts'

it('a page that asks before the routes are there gets its answer', async () => {
  using place = makePlace()
  let asked: Promise<number> | undefined
  await using server = await startServer({
    ...{ ...place, port: 0, host: '127.0.0.1', clock: systemClock, log: pino({ level: 'silent' }) },
    // Told when the port is open and nothing else is.
    onSetupCode: ({ url }) => {
      const target = new URL(`${API_ROOT}/system`, url)
      asked = new Promise((resolve, reject) => {
        request(target, { rejectUnauthorized: false, agent: false }, (answer) => {
          answer.resume()
          resolve(answer.statusCode!)
        })
          .on('error', reject)
          .end()
      })
    },
  })
  expect(await asked).toBe(200)
  expect(server.port).toBeGreaterThan(0)
})
