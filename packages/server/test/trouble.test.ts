// SPDX-License-Identifier: Apache-2.0
/** Devices that are slow, half open or talk nonsense: named, within bounds, and nothing of theirs stops the server. */
import { describe, expect, it } from 'vitest'
import { emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

const wish = (address: string) => ({ kind: 'isapi', address, userName: 'admin', password: 'Camera12345' }) as const

describe('a device in trouble', () => {
  it.each([
    ['nonsense', /^(isapi\.|http\.|xml\.|link\.)/],
    ['half-open', /^link\.timeout$/],
    ['lock', /^(isapi|login)\./],
    ['wrong-length', /^link\./],
  ])(
    'is refused by name when it is %s',
    async (fault, code) => {
      using place = makePlace()
      await using emulator = await emulate({ fault })
      await using house = await openHouse(place)
      const { status, body } = await house.call('POST', '/devices', wish(emulator.devices[0]!.httpUrl))
      expect(status).toBeGreaterThanOrEqual(502)
      expect(body.code).toMatch(code)
      expect(body.text).not.toContain('\n')
      expect(house.errors).toEqual([])
    },
    30_000,
  )

  it.each(['split=1', 'slow=200ms', 'no-inactive'])(
    'works all the same with %s',
    async (fault) => {
      using place = makePlace()
      await using emulator = await emulate({ fault })
      await using house = await openHouse(place)
      const { device } = await house.add(wish(emulator.devices[0]!.httpUrl))
      await awaitState(house, device.id, 'online')
      const viewer = await house.view()
      await (await viewer.open(device.id)).count(3, 8000)
      expect(house.errors).toEqual([])
    },
    30_000,
  )

  it('of a recorder has all its channels, each with its pictures', async () => {
    using place = makePlace()
    await using emulator = await emulate({ cameras: 0, recorders: 1 })
    await using house = await openHouse(place)
    const { device } = await house.add(wish(emulator.devices[0]!.httpUrl))
    expect(device.channels.map(({ id }) => id)).toEqual([1, 2, 3, 4])
    const viewer = await house.view()
    for (const channel of [1, 4]) await (await viewer.open(device.id, { channel, profile: 'sub' })).count(3)
    await expect(viewer.open(device.id, { channel: 9 })).rejects.toMatchObject({ code: 'channel.unknown' })
    await until(
      async () => (await house.call<{ events: { channel: number }[] }>('GET', '/events')).body.events.length > 0,
      15_000,
      'an event',
    )
    const { events } = (await house.call<{ events: { channel: number }[] }>('GET', '/events')).body
    for (const { channel } of events) expect([1, 2, 3, 4]).toContain(channel)
    expect(house.errors).toEqual([])
  }, 40_000)
})
