// SPDX-License-Identifier: Apache-2.0
/** Devices that refuse the alert stream: a subscription in its place, and at the very last their alarm inputs looked at. */
import type { Event } from '@openhmp/contract'
import { expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

it.concurrent.each([
  ['subscription', 'ipc-5.7', 'online', 'told'],
  ['inputs', 'ipc-5.7', 'degraded', 'asked'],
  ['inputs', 'nvr-4', 'degraded', 'asked'],
] as const)(
  '%s of %s',
  async (way, profile, state, source) => {
    using place = makePlace()
    const kind = profile === 'nvr-4' ? { cameras: 1, recorders: 1 } : { profile }
    await using emulator = await emulate({ ...kind, fault: `events=${way}` })
    await using house = await openHouse(place)
    const index = emulator.devices.length - 1
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[index]!.httpUrl, ...account })
    const { cause } = (await awaitState(house, device.id, state)).state
    expect(cause?.code).toBe(state === 'online' ? undefined : 'events.none')
    const alarms = async () => (await house.call<{ events: Event[] }>('GET', '/events?kind=alarmInput')).body.events
    const raise = (moment: 'active' | 'inactive') =>
      emulator.raise(index, { type: 'IO', state: moment, input: 1, description: 'by a test' })
    if (way === 'subscription')
      await until(() => emulator.device(index).events.listeners > 0, 10_000, 'the subscription')
    raise('active')
    await until(async () => (await alarms()).length > 0, 15_000, 'the alarm')
    expect(await alarms()).toMatchObject([{ state: 'active', source, input: 1 }])
    raise('inactive')
    await until(async () => (await alarms())[0]!.state === 'inactive', 15_000, 'its end')
    expect(await alarms()).toHaveLength(1)
    expect(house.errors).toEqual([])
  },
  60_000,
)
