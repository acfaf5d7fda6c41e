// SPDX-License-Identifier: Apache-2.0
/** A camera that dials in over HMP, through the whole server; over TLS and over WebSocket. */
import type { Event, LiveMessage, Order } from '@openhmp/contract'
import type { EmulatorOptions } from '@openhmp/emulator'
import { describe, expect, it, vi } from 'vitest'
import { emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const dialling = (url: string, tokens: readonly string[], more: Partial<EmulatorOptions> = {}) =>
  emulate({
    cameras: tokens.length,
    hmp: { url, tokens },
    ...more,
  })
const urlOf = (house: House, scheme: string) => `${scheme}://127.0.0.1:${house.server.port}`
const eventsOf = async (house: House) => (await house.call<{ events: Event[] }>('GET', '/events?limit=500')).body.events
type EventMessage = Extract<LiveMessage, { what: 'event' }>

describe.each(['hmps', 'wss'])('a camera that dials in over %s', (scheme) => {
  it('is online with its channels, shows pictures and sound, tells events with a picture, and reboots', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { device, token } = await house.add({ kind: 'hmp', name: 'Gate' })
    expect(device.state.state).toBe('unreachable')
    await using emulator = await dialling(urlOf(house, scheme), [token!], { fault: 'reboot=1500ms' })
    await awaitState(house, device.id, 'online')
    await until(
      async () =>
        (await house.call<{ model: string }>('GET', `/devices/${device.id}`)).body.model === emulator.devices[0]!.model,
      5000,
      'the model',
    )
    const viewer = await house.view()
    const watched = await viewer.open(device.id)
    await watched.count(20)
    expect(watched.units[0]!.isKey).toBe(true)
    await (await viewer.open(device.id, { media: ['audio'], profile: 'sub' })).count(5)
    const picture = await house.call('GET', `/devices/${device.id}/channels/1/picture`)
    expect([picture.status, picture.bytes.subarray(0, 2).toString('hex')]).toEqual([200, 'ffd8'])

    const feed = house.follow()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const handled = vi.spyOn(emulator.device(0), 'handle')
    const began = performance.now()
    emulator.raise(0, { type: 'shelteralarm', state: 'active', channel: 1, description: 'covered' })
    const { event } = await feed.until<EventMessage>(
      (message) => message.what === 'event' && message.event.kind === 'tamper',
    )
    expect(performance.now() - began).toBeLessThan(1000)
    expect(event).toMatchObject({ device: device.id, channel: 1 })
    await until(async () => (await eventsOf(house)).find(({ id }) => id === event.id)!.hasPicture, 5000, 'the picture')
    // The one that came with the event, byte by byte; the device was not asked for another.
    const stored = await house.call('GET', `/events/${event.id}/picture`)
    const stills = emulator.device(0).channels[0]!.camera.clip.pictures
    expect(stills.some(({ jpeg }) => Buffer.compare(jpeg, stored.bytes) === 0)).toBe(true)
    expect(handled.mock.calls.filter(([{ target }]) => /picture/i.test(target))).toEqual([])

    const order = (await house.call<Order>('POST', `/devices/${device.id}/reboot`)).body
    await feed.until(
      (message) => message.what === 'order' && message.order.id === order.id && message.order.state === 'done',
      20_000,
    )
    expect(emulator.device(0).reboots).toBe(1)
    await awaitState(house, device.id, 'online')
    const { length } = watched.units
    await watched.count(length + 5, 8000)
    expect(watched.ended).toBeUndefined()
    expect(house.errors).toEqual([])
  }, 45_000)

  it('is not let in with another key, and is cut off when it is removed', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { device, token } = await house.add({ kind: 'hmp', identity: 'gate-1' })
    const wrong = token!.replace(/:[\w-]{43}:/, `:${'A'.repeat(43)}:`)
    const lines: string[] = []
    {
      await using _stranger = await dialling(urlOf(house, scheme), [wrong], { onLine: (line) => lines.push(line) })
      await until(() => lines.some((line) => /login|proof/i.test(line)), 5000, 'the refusal')
      expect((await awaitState(house, device.id, 'unreachable')).state.cause?.code).toBe('hmp.offline')
    }
    await using _emulator = await dialling(urlOf(house, scheme), [token!], { onLine: (line) => lines.push(line) })
    await awaitState(house, device.id, 'online')
    const viewer = await house.view()
    const watched = await viewer.open(device.id)
    await watched.count(3)
    expect((await house.call('DELETE', `/devices/${device.id}`)).status).toBe(204)
    await until(() => watched.ended !== undefined, 3000, 'the end of the stream')
    await until(() => lines.some((line) => /revoked|removed/i.test(line)), 3000, 'the goodbye')
    expect(house.errors).toEqual([])
  }, 30_000)
})

describe('the newest session of an identity', () => {
  it('takes over from an older one', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { device, token } = await house.add({ kind: 'hmp' })
    const lines: string[] = []
    await using _first = await dialling(urlOf(house, 'hmps'), [token!], { onLine: (line) => lines.push(line) })
    await awaitState(house, device.id, 'online')
    await using _second = await dialling(urlOf(house, 'hmps'), [token!])
    await until(() => lines.some((line) => /epoch|newer/i.test(line)), 5000, 'the goodbye')
    await awaitState(house, device.id, 'online')
  })
})
