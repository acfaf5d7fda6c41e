// SPDX-License-Identifier: Apache-2.0
/**
 * Somebody with one camera of a recorder: that camera, and nothing of its neighbours nor of the recorder as a whole. Every
 * way by which something of a camera leaves the server is tried with theirs, which must work, and with another's.
 */
import { request } from 'node:https'
import { API_ROOT } from '@openhmp/contract'
import { startEmulator } from '@openhmp/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { type AddedDevice, awaitState, type Feed, type House, makePlace, openHouse, until } from './harness.ts'

const OWN = 2
const OTHER = 4
const PASSWORD = 'seven unrelated words here'
/** A PNG of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const stack = new AsyncDisposableStack()
let house: House
let device: AddedDevice['device']
let cookie: string
let feed: Feed
const ids: Record<'own' | 'other', { event: string; alarm: string }> = {
  own: { event: '', alarm: '' },
  other: { event: '', alarm: '' },
}

beforeAll(async () => {
  const place = stack.use(makePlace())
  const emulator = stack.use(
    await startEmulator({
      ...{ cameras: 0, recorders: 1, httpPort: 0, rtspPort: 0, user: 'admin', password: 'Camera12345' },
      profile: 'nvr-4',
      clock: systemClock,
    }),
  )
  house = stack.use(await openHouse(place))
  const address = emulator.devices[0]!.httpUrl
  ;({ device } = await house.add({ kind: 'isapi', address, userName: 'admin', password: 'Camera12345' }))
  await awaitState(house, device.id, 'online')
  await house.call('PATCH', `/devices/${device.id}`, { site: 'North', tags: ['gate'], group: 'Pair' })
  const scope = { kind: 'camera', device: device.id, channel: OWN }
  const grants = ['technician', 'operator'].map((role) => ({ role, scope, hours: [] }))
  const body = { name: 'Neighbour', password: PASSWORD, mustChangePassword: false, grants }
  expect((await house.call('POST', '/people', body)).status).toBe(200)
  cookie = await house.enter('Neighbour', PASSWORD)
  feed = stack.use(house.follow(cookie))
  using all = house.follow()
  const isOf = (channel: number) => (message: { what: string }) =>
    message.what === 'alarm' && (message as unknown as AlarmMessage).alarm.event.channel === channel
  // Theirs comes last: when it is there, the other's would be.
  for (const [which, channel] of [
    ['other', OTHER],
    ['own', OWN],
  ] as const) {
    emulator.raise(0, { type: 'shelteralarm', state: 'active', description: 'covered', channel })
    const { alarm } = (await all.until(isOf(channel), 15_000)) as unknown as AlarmMessage
    ids[which] = { event: alarm.event.id, alarm: alarm.id }
  }
}, 60_000)
afterAll(() => stack.disposeAsync())

interface AlarmMessage {
  readonly alarm: { readonly id: string; readonly event: { readonly id: string; readonly channel: number } }
}

const ask = async (method: string, path: string, body?: unknown) => {
  const { status, body: said, bytes } = await house.as(cookie, method, path, body)
  return { status, code: said.code, text: bytes.toString() }
}
const times = 'from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z'

describe('one camera of a recorder', () => {
  it('is the recorder’s only one, in the list and alone; where the recorder is stays untold', async () => {
    for (const path of ['/devices', '/devices?streams=none', `/devices/${device.id}`]) {
      const { text } = await ask('GET', path)
      const answer = JSON.parse(text)
      const row = answer.devices?.[0] ?? answer
      expect(row.channels.map(({ id }: { id: number }) => id)).toEqual([OWN])
      const { address, userName, serialNumber, macAddress, health, group } = row
      expect([address, userName, serialNumber, macAddress, health, group]).toEqual(['', null, null, null, null, null])
      expect(text).not.toContain(device.serialNumber)
      expect(text).not.toContain(new URL(device.address).port)
    }
  })

  it.each([
    ['GET', (at: number) => `/devices/${device.id}/channels/${at}/picture`, undefined],
    ['GET', (at: number) => `/devices/${device.id}/settings?channel=${at}`, undefined],
    ['GET', (at: number) => `/events/${eventAt(at)}/picture`, undefined],
    ['GET', (at: number) => `/alarms/${alarmAt(at)}`, undefined],
    ['POST', (at: number) => `/alarms/${alarmAt(at)}/comments`, { text: 'seen' }],
    ['POST', () => '/alarms/acknowledge', 'alarms'],
    ['POST', () => '/alarms/assign', 'alarms'],
    ['POST', () => '/alarms/close', 'alarms'],
  ] as const)('%s %s answers for it alone', async (method, path, body) => {
    const bodyOf = (at: number) => (body === 'alarms' ? { alarms: [alarmAt(at)], assignee: null } : body)
    const refused = await ask(method, path(OTHER), bodyOf(OTHER))
    expect([refused.status, refused.code]).toEqual([404, expect.stringMatching(/^(device|event|alarm)\.unknown$/)])
    const { status, code } = await ask(method, path(OWN), bodyOf(OWN))
    expect([200, 'event.no-picture'].includes(status === 200 ? 200 : code), `${status} ${code}`).toBe(true)
  })

  it('takes no other’s alarm with it', async () => {
    const both = { alarms: [alarmAt(OWN), alarmAt(OTHER)] }
    expect((await ask('POST', '/alarms/close', both)).code).toBe('alarm.unknown')
  })

  it.each([
    ['/events', 'events'],
    ['/events?channel=4', 'events'],
    ['/events?site=North', 'events'],
    ['/events?text=a', 'events'],
    ['/events?kind=tamper&state=active', 'events'],
    ['/events/export?format=csv', 'lines'],
    ['/events/export?format=jsonl', 'lines'],
    ['/alarms', 'alarms'],
    ['/alarms?state=new,acknowledged,closed', 'alarms'],
  ])('%s holds nothing of another', async (path) => {
    const named = path.includes('?') ? `${path}&device=${device.id}` : `${path}?device=${device.id}`
    for (const asked of [path, named]) {
      const { status, text } = await ask('GET', asked)
      expect(status).toBe(200)
      expect(text).not.toContain(ids.other.event)
      expect(text).not.toContain(ids.other.alarm)
      if (/export|closed|^.events$/.test(path)) expect(text).toContain(ids.own.event)
    }
  })

  it('is what is counted: by kinds and columns, whatever the span, and in the queue', async () => {
    const all = (await house.call<{ total: number }>('GET', `/events/summary?${times}`)).body
    const span = '&kind=tamper'
    for (const path of [`/events/summary?${times}${span}`, `/events/summary?${times}&device=${device.id}${span}`])
      expect(JSON.parse((await ask('GET', path)).text).total).toBe(1)
    expect(all.total).toBeGreaterThan(1)
    const other = JSON.parse((await ask('GET', `/events/summary?${times}&channel=${OTHER}`)).text)
    expect([other.total, other.kinds]).toEqual([0, []])
    const { body } = await house.call<{ new: { high: number } }>('GET', '/alarms/counts')
    const counts = JSON.parse((await ask('GET', '/alarms/counts')).text)
    const sum = ({ critical, high, low }: Record<string, number>) => critical! + high! + low!
    expect(sum(counts.new) + counts.acknowledged).toBeLessThan(sum(body.new as never) + 2)
    expect(sum(counts.new)).toBe(0)
  })

  it.each([
    ['GET', 'health', undefined],
    ['POST', 'health', undefined],
    ['GET', 'certificate', undefined],
    ['GET', 'settings', undefined],
    ['GET', 'accounts', undefined],
    ['POST', 'refresh', undefined],
    ['POST', 'reboot', {}],
    ['PATCH', '', { name: 'Mine' }],
    ['DELETE', '', undefined],
    ['GET', 'push', undefined],
  ] as const)('%s of the recorder’s %s is not given with it', async (method, what, body) => {
    const { status } = await ask(method, `/devices/${device.id}${what && `/${what}`}`, body)
    expect([403, 404]).toContain(status)
    expect((await house.call('GET', `/devices/${device.id}`)).status).toBe(200)
  })

  it.each(['/gaps', '/orders', '/links'])('%s tells nothing of the recorder', async (path) => {
    const { text } = await ask('GET', path)
    expect(text).not.toContain(device.id)
  })

  it('is the only one on a plan, and a plan without it is not there', async () => {
    const camera = (channel: number) => ({ device: device.id, channel, x: 0.5, y: 0.5, direction: 0, angle: 60 })
    const add = async (name: string, channels: readonly number[]) => {
      const plan = await addPlan(name)
      const body = { name, site: null, cameras: channels.map(camera), edition: plan.edition }
      expect((await house.call('PUT', `/plans/${plan.id}`, body)).status).toBe(200)
      return plan.id
    }
    const [shared, others] = [await add('Shared', [OWN, OTHER]), await add('Others', [OTHER])]
    const { plans } = JSON.parse((await ask('GET', '/plans')).text)
    expect(plans.map((plan: { id: string }) => plan.id)).toEqual([shared])
    expect(plans[0].cameras.map(({ channel }: { channel: number }) => channel)).toEqual([OWN])
    expect((await ask('GET', `/plans/${others}/picture`)).status).toBe(404)
    expect((await ask('GET', `/plans/${shared}/picture`)).status).toBe(200)
  })

  it('is the only one that feeds and viewers are told of, and plays', async () => {
    const isOwn = (message: { what: string }) =>
      message.what === 'alarm' && (message as unknown as AlarmMessage).alarm.id === ids.own.alarm
    await feed.until(isOwn, 15_000)
    await house.call('PATCH', `/devices/${device.id}`, { name: 'Cellar recorder' })
    await feed.until(({ what }) => what === 'device', 15_000)
    const told = JSON.stringify(feed.messages)
    for (const secret of [ids.other.event, ids.other.alarm, device.serialNumber!]) expect(told).not.toContain(secret)
    const viewer = await house.view({ as: cookie })
    const answer = await viewer.session.request(
      { method: 'GET', target: '/HMP/devices' },
      { signal: AbortSignal.timeout(15_000) },
    )
    const { devices } = JSON.parse(new TextDecoder().decode(answer.body))
    expect(devices[0].channels.map(({ id }: { id: number }) => id)).toEqual([OWN])
    await expect(viewer.open(device.id, { channel: OTHER })).rejects.toThrow()
    const watched = await viewer.open(device.id, { channel: OWN, profile: 'sub' })
    await watched.count(2, 15_000)
    const { body } = await house.call<{ people: { id: string; name: string }[] }>('GET', '/people')
    const { id } = body.people.find(({ name }) => name === 'Neighbour')!
    const scope = { kind: 'camera', device: device.id, channel: OTHER }
    await house.call('PATCH', `/people/${id}`, { grants: [{ role: 'viewer', scope, hours: [] }] })
    await until(() => watched.ended !== undefined, 15_000, 'the end of the stream')
    await viewer[Symbol.asyncDispose]()
  }, 60_000)
})

const eventAt = (channel: number): string => ids[channel === OWN ? 'own' : 'other'].event
const alarmAt = (channel: number): string => ids[channel === OWN ? 'own' : 'other'].alarm

const addPlan = (name: string): Promise<{ id: string; edition: number }> =>
  new Promise((resolve, reject) => {
    const { server, cookie: owner } = house
    const picture = Buffer.from(PIXEL, 'base64')
    const headers = {
      ...{ cookie: owner, origin: server.url, host: new URL(server.url).host },
      ...{ 'content-type': 'application/octet-stream', 'content-length': picture.length },
    }
    const tls = {
      host: '127.0.0.1',
      port: server.port,
      ca: server.caPem,
      servername: 'localhost',
      agent: false,
    } as const
    const outgoing = request({ ...tls, method: 'POST', path: `${API_ROOT}/plans?name=${name}`, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    outgoing.on('error', reject)
    outgoing.end(picture)
  })
