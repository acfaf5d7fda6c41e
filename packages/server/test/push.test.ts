// SPDX-License-Identifier: Apache-2.0
/** Events that are pushed: a device told to send them here, and senders of every kind, good and bad. */
import { request } from 'node:http'
import type { Event, PushState } from '@openhmp/contract'
import { startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { MAX_PUSH_BYTES } from '../src/event/push.ts'
import { systemClock } from '../src/index.ts'
import { account } from './emulated.ts'
import { type House, makePlace, openHouse, until } from './harness.ts'

const alert = (type: string, more = '') =>
  `<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><ipAddress>10.0.0.9</ipAddress>` +
  `<channelID>1</channelID><dateTime>2020-01-01T00:00:00+08:00</dateTime><eventType>${type}</eventType>` +
  `<eventState>active</eventState><eventDescription>pushed</eventDescription>${more}</EventNotificationAlert>`
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xdb, ...Array.from({ length: 500 }, (_, i) => i & 255)])

interface Sent {
  readonly status: number
  readonly port: number
}
const send = (port: number, path: string, type: string, body: string | Buffer): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method: 'POST', headers: { 'content-type': type } })
    asking.on('response', (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode ?? 0, port })
    })
    asking.on('error', reject)
    asking.end(body)
  })
const pushed = async (house: House): Promise<Event[]> =>
  (await house.call<{ events: Event[] }>('GET', '/events?text=pushed&limit=100')).body.events

describe('events that a device pushes', { timeout: 30_000 }, () => {
  it('are taken after it was told to send them here, in every form, once', async () => {
    using place = makePlace()
    await using emulator = await startEmulator({
      ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: systemClock },
      ...{ user: account.userName, password: account.password },
    })
    await using house = await openHouse(place, { pushPort: 0 })
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    expect((await house.call<PushState>('GET', `/devices/${device.id}/push`)).body).toMatchObject({ isOn: false })
    const started = await house.call<PushState>('PUT', `/devices/${device.id}/push`, {})
    expect(started.body).toMatchObject({ isOn: true, place: 1, others: [] })

    // What was written into the device is where it sends to.
    const settings = JSON.stringify(emulator.device(0).settings)
    const [path] = /\/push\/[\w-]+\/[\w-]{43}/.exec(settings)!
    const port = Number(/"(?:[^"]*portNo)":"(\d+)"/.exec(settings)![1])
    const boundary = 'MIME_boundary'
    const part = (name: string, type: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n`
    const parts = Buffer.concat([
      Buffer.from(`${part('linedetection.jpg', 'image/jpeg')}`),
      jpeg,
      Buffer.from(
        `\r\n${part('linedetection.xml', 'application/xml')}${alert('linedetection')}\r\n--${boundary}--\r\n`,
      ),
    ])
    const json = { channelID: 1, eventType: 'AccessControllerEvent', eventState: 'active', eventDescription: 'pushed' }
    for (const [type, body] of [
      ['application/xml; charset="UTF-8"', alert('fielddetection')],
      ['application/xml; charset="UTF-8"', alert('fielddetection')],
      ['text/plain', alert('regionEntrance')],
      ['application/json', JSON.stringify({ dateTime: '2020-01-01T00:00:00+08:00', ...json })],
      [`multipart/form-data; boundary=${boundary}`, parts],
    ] as const)
      expect((await send(port, path, type, body)).status).toBe(200)
    expect((await pushed(house)).map(({ kind }) => kind).toSorted()).toEqual(
      ['accessControllerEvent', 'fieldIntrusion', 'lineCrossing', 'regionEntrance'].toSorted(),
    )
    await until(
      async () => (await pushed(house)).some(({ kind, hasPicture }) => kind === 'lineCrossing' && hasPicture),
      5000,
    )

    const stopped = await house.call<PushState>('DELETE', `/devices/${device.id}/push`)
    expect(stopped.body).toMatchObject({ isOn: false, place: null })
    expect(house.errors).toEqual([])
  })

  it('of nobody, of another, too large or broken are answered and not taken', async () => {
    using place = makePlace()
    await using house = await openHouse(place, { pushPort: 0 })
    const { device } = await house.add({ kind: 'rtsp', address: 'rtsp://192.0.2.1/', name: 'Gate' }).catch(() => ({
      device: { id: crypto.randomUUID() },
    }))
    const port = house.server.pushPort
    const wrong = `/push/${device.id}/${'A'.repeat(43)}`
    for (const path of [wrong, '/push/x', `/push/${device.id}/`, `${wrong}/../../x`])
      expect((await send(port, path, 'application/xml', alert('VMD'))).status).toBe(200)
    expect((await send(port, '/api/v1/system', 'application/json', '{}').catch(() => ({ status: 404 }))).status).toBe(
      404,
    )
    await send(port, wrong, 'application/xml', Buffer.alloc(MAX_PUSH_BYTES + 1)).catch(() => {}) // cut off while it sends
    expect(await pushed(house)).toEqual([])
    expect(house.errors).toEqual([])
  })
})
