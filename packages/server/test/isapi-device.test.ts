// SPDX-License-Identifier: Apache-2.0
/** A camera over ISAPI and RTSP through the whole server: what it is, its events, its pictures, orders to it, its faults. */
import type { Device, Event, LiveMessage, Order } from '@openhmp/contract'
import type { Emulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const PASSWORD = account.password
const wish = (address: string, password = PASSWORD) =>
  ({ kind: 'isapi', address, userName: 'admin', password }) as const

const raise = (emulator: Emulator, alert: Omit<Parameters<Emulator['raise']>[1], 'description'>) =>
  emulator.raise(0, { description: 'raised by a test', ...alert })

type EventMessage = Extract<LiveMessage, { what: 'event' }>
type OrderMessage = Extract<LiveMessage, { what: 'order' }>
const eventsOf = async (house: House) => (await house.call<{ events: Event[] }>('GET', '/events?limit=500')).body.events

describe('a camera over ISAPI', () => {
  it('is added by address and account: model, channels and streams are known, and it is online', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { httpUrl, model, serialNumber } = emulator.devices[0]!
    const { device } = await house.add(wish(httpUrl))
    expect(device).toMatchObject({ kind: 'isapi', model, serialNumber, channels: [{ id: 1 }] })
    expect(device.channels[0]!.streams).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 101, profile: 'main', codec: 'h264', width: 1280, audioCodec: 'pcma' }),
        expect.objectContaining({ id: 102, profile: 'sub' }),
      ]),
    )
    const online = await awaitState(house, device.id, 'online')
    expect(online.state.cause).toBeNull()
    const viewer = await house.view()
    for (const profile of ['main', 'sub'] as const) await (await viewer.open(device.id, { profile })).count(5)
    await (await viewer.open(device.id, { media: ['audio'] })).count(5)
    const picture = await house.call('GET', `/devices/${device.id}/channels/1/picture`)
    expect([picture.status, picture.headers['content-type'], picture.bytes.subarray(0, 2).toString('hex')]).toEqual([
      200,
      'image/jpeg',
      'ffd8',
    ])
    expect((await house.call('GET', `/devices/${device.id}/channels/9/picture`)).body.code).toBe('channel.unknown')
    expect(house.errors).toEqual([])
  })

  it('tells an event to the page within a second, stored, with a picture', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { device } = await house.add(wish(emulator.devices[0]!.httpUrl))
    await awaitState(house, device.id, 'online')
    const feed = house.follow()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const began = performance.now()
    raise(emulator, { type: 'IO', state: 'active', input: 1, channel: 1 })
    const { event } = await feed.until<EventMessage>(
      (message) => message.what === 'event' && message.event.kind === 'alarmInput',
    )
    expect(performance.now() - began).toBeLessThan(1000)
    expect(event).toMatchObject({ device: device.id, state: 'active', kind: 'alarmInput' })
    expect((await eventsOf(house)).map(({ id }) => id)).toContain(event.id)
    await until(async () => (await eventsOf(house)).find(({ id }) => id === event.id)!.hasPicture, 5000, 'the picture')
    const picture = await house.call('GET', `/events/${event.id}/picture`)
    expect([picture.status, picture.bytes.subarray(0, 2).toString('hex')]).toEqual([200, 'ffd8'])
    raise(emulator, { type: 'IO', state: 'inactive', input: 1, channel: 1 })
    await until(
      async () => (await eventsOf(house)).find(({ id }) => id === event.id)!.state === 'inactive',
      10_000,
      'the end',
    )
    expect(house.errors).toEqual([])
  })

  it('reboots by an order that is done once the camera is seen to be back', async () => {
    using place = makePlace()
    await using emulator = await emulate({ fault: 'reboot=2s' })
    await using house = await openHouse(place)
    const { device } = await house.add(wish(emulator.devices[0]!.httpUrl))
    await awaitState(house, device.id, 'online')
    const viewer = await house.view()
    const watched = await viewer.open(device.id)
    await watched.count(5)
    const feed = house.follow()
    const order = (await house.call<Order>('POST', `/devices/${device.id}/reboot`)).body
    expect(order).toMatchObject({ kind: 'reboot', state: 'queued', by: 'admin' })
    await awaitState(house, device.id, 'restarting')
    const { order: done } = await feed.until<OrderMessage>(
      (message) => message.what === 'order' && message.order.state === 'done',
      20_000,
    )
    expect(done.id).toBe(order.id)
    expect(emulator.device(0).reboots).toBe(1)
    await awaitState(house, device.id, 'online')
    const { length } = watched.units
    await watched.count(length + 10)
    const { rows } = (await house.call<{ rows: { action: string; outcome: string }[] }>('GET', '/audit')).body
    expect(rows.slice(0, 2)).toMatchObject([
      { action: 'reboot.result', outcome: 'done' },
      { action: 'device.reboot', outcome: 'done' },
    ])
    expect(house.errors).toEqual([])
  }, 40_000)

  it('with a wrong password is told in one line, and no account is locked', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { httpUrl } = emulator.devices[0]!
    for (let i = 0; i < 4; i++) {
      const began = performance.now()
      const { status, body } = await house.call('POST', '/devices', wish(httpUrl, 'wrong'))
      expect(performance.now() - began).toBeLessThan(2000)
      expect([status, body.text.split('\n').length]).toEqual([502, 1])
      expect(['isapi.unauthorized', 'login.blocked']).toContain(body.code)
    }
    const { device } = await house.add(wish(httpUrl))
    await awaitState(house, device.id, 'online')
    const { accounts } = emulator.device(0)
    const triesLeft = accounts.triesLeft('admin')
    await house.call('PATCH', `/devices/${device.id}`, { password: 'changed' })
    const refused = await awaitState(house, device.id, 'refused')
    expect(refused.state.cause).toMatchObject({ code: expect.any(String), text: expect.any(String) })
    const viewer = await house.view()
    await expect(viewer.open(device.id)).rejects.toMatchObject({ code: expect.stringMatching(/unauthorized|blocked/) })
    expect(triesLeft - accounts.triesLeft('admin')).toBeLessThanOrEqual(2)
    await house.call('PATCH', `/devices/${device.id}`, { password: PASSWORD })
    await awaitState(house, device.id, 'online')
    await (await viewer.open(device.id)).count(5)
  }, 30_000)

  it('that goes and comes back is told as such, its open events as unknown, and its viewers stay', async () => {
    using place = makePlace()
    await using emulator = await emulate({ fault: 'reboot=2s' })
    await using house = await openHouse(place)
    const { device } = await house.add(wish(emulator.devices[0]!.httpUrl))
    await awaitState(house, device.id, 'online')
    const viewer = await house.view()
    const watched = await viewer.open(device.id)
    await watched.count(5)
    raise(emulator, { type: 'shelteralarm', state: 'active', channel: 1 })
    await until(
      async () => (await eventsOf(house)).some(({ kind, state }) => kind === 'tamper' && state === 'active'),
      5000,
      'the event',
    )
    let backAt = 0
    emulator.device(0).onPower((power) => {
      if (power === 'up') backAt = performance.now()
    })
    emulator.device(0).reboot()
    await awaitState(house, device.id, 'unreachable')
    await until(
      async () => (await eventsOf(house)).some(({ kind, state }) => kind === 'tamper' && state === 'unknown'),
      5000,
      'unknown',
    )
    await until(() => backAt > 0, 10_000, 'its return')
    const { length } = watched.units
    await watched.count(length + 1)
    expect(performance.now() - backAt).toBeLessThan(1000)
    await awaitState(house, device.id, 'online')
    expect(watched.ended).toBeUndefined()
    expect(house.errors).toEqual([])
  }, 40_000)

  it('is there again, with its events, after a restart of the server', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    let device: Device
    let before: Event[]
    {
      await using house = await openHouse(place)
      ;({ device } = await house.add(wish(emulator.devices[0]!.httpUrl)))
      await awaitState(house, device.id, 'online')
      raise(emulator, { type: 'shelteralarm', state: 'active', channel: 1 })
      await until(async () => (await eventsOf(house)).length > 0, 5000, 'the event')
      before = await eventsOf(house)
    }
    await using house = await openHouse(place)
    const [again] = (await house.call<{ devices: Device[] }>('GET', '/devices')).body.devices
    expect(again).toMatchObject({ id: device.id, model: device.model })
    await awaitState(house, device.id, 'online')
    const after = await eventsOf(house)
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id)))
    expect(after.find(({ id }) => id === before.at(-1)!.id)!.state).toBe('unknown')
    const viewer = await house.view()
    await (await viewer.open(device.id)).count(3)
    expect(house.errors).toEqual([])
  })
})
