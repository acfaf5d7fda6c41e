// SPDX-License-Identifier: Apache-2.0
/** Devices that dial in and are in trouble: not known, cut off between an event and its receipt. */
import type { Event } from '@openhmp/contract'
import type { EmulatorOptions } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { Cable } from './cable.ts'
import { emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const dialling = (port: number, token: string, more: Partial<EmulatorOptions> = {}) =>
  emulate({
    hmp: { url: `hmps://127.0.0.1:${port}`, tokens: [token] },
    ...more,
  })
const described = async (house: House, description: string): Promise<Event[]> =>
  (await house.call<{ events: Event[] }>('GET', '/events?limit=500')).body.events.filter(
    (event) => event.description === description,
  )

describe('a device that dials in', { timeout: 40_000 }, () => {
  it('under an identity that nobody knows is refused, and told so', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { token } = await house.add({ kind: 'hmp', identity: 'known' })
    const lines: string[] = []
    const stranger = token!.replace(':known:', ':unknown:')
    await using _emulator = await dialling(house.server.port, stranger, { onLine: (line) => lines.push(line) })
    await until(() => lines.some((line) => /login|proof|unknown|identity/i.test(line)), 5000, 'the refusal')
    expect((await house.call<{ devices: unknown[] }>('GET', '/devices')).body.devices).toHaveLength(1)
    expect(house.errors).toEqual([])
  })

  it('and is cut off before it hears that its event is stored sends it again, and it is stored once', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    await using cable = await Cable.to(house.server.port)
    const { device, token } = await house.add({ kind: 'hmp' })
    await using emulator = await dialling(cable.port, token!)
    await awaitState(house, device.id, 'online')

    cable.holdAnswers()
    emulator.raise(0, { type: 'shelteralarm', state: 'active', channel: 1, description: 'cut off' })
    await until(async () => (await described(house, 'cut off')).length === 1, 5000, 'the event')
    cable.cut()
    cable.plugIn()
    await until(() => cable.connections > 0, 10_000, 'another call')
    await awaitState(house, device.id, 'online', 15_000)
    // Its events come in order: after this one the other has been sent again.
    emulator.raise(0, { type: 'linedetection', state: 'active', channel: 1, description: 'after' })
    await until(async () => (await described(house, 'after')).length === 1, 10_000, 'the next event')
    const stored = await described(house, 'cut off')
    // It goes on, and the camera repeats it every second: one occurrence all the same.
    expect(stored).toHaveLength(1)
    expect(house.errors).toEqual([])
  })
})
