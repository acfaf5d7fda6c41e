// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { utf8 } from '@openhmp/protocol/base'
import { expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { answerIsapi } from '../isapi/router.ts'
import { MAX_PUSHES, Pusher } from './push.ts'

it('sends no more at one time than a device has room for, and nothing where nobody is', async () => {
  const open: ServerResponse[] = []
  const server = createServer((request, response) => {
    request.resume()
    open.push(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const set = testDevice()
  await using _pusher = new Pusher(set.device)
  const cross = (id: number) =>
    set.device.raise({ type: 'linedetection', state: 'active', description: 'Line', channel: 1, channelName: `${id}` })
  const setHost = (host: string, port: number) => {
    const body = `<HttpHostNotification><id>1</id><ipAddress>${host}</ipAddress><portNo>${port}</portNo></HttpHostNotification>`
    const target = '/ISAPI/Event/notification/httpHosts/1'
    expect(answerIsapi(set.device, { method: 'PUT', target, body: utf8(body), user: 'admin' }).status).toBe(200)
  }
  cross(0)
  expect(set.device.events.listeners).toBe(0) // nobody is to be told: it costs nothing
  setHost('127.0.0.1', (server.address() as AddressInfo).port)
  for (let i = 0; i < MAX_PUSHES + 5; i++) cross(i)
  while (open.length < MAX_PUSHES) await new Promise((resolve) => setImmediate(resolve))
  for (const response of open.splice(0)) response.writeHead(200, { 'content-length': 0 }).end()
  for (let tries = 0; open.length === 0; tries++) {
    cross(100 + tries)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(open.length).toBeLessThanOrEqual(MAX_PUSHES)
  setHost('0.0.0.0', 80)
  expect(set.device.events.listeners).toBe(0)
  server.closeAllConnections()
  server.close()
})
