// SPDX-License-Identifier: Apache-2.0
/**
 * Devices without an alert stream. One that refuses it: a subscription in its place, and at the very last its alarm inputs
 * looked at. One whose stream is away for a while: what it wrote into its own log is found there afterwards, once.
 */
import type { Event, Gap } from '@openhmp/contract'
import type { ProfileName } from '@openhmp/emulator'
import { expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

// They mostly wait: together.
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

it.concurrent.each([
  ['ipc-5.7', { channel: 1, kind: 'camera' }, 'filled'],
  ['nvr-4', { channel: 2, kind: 'recorder' }, 'filled'],
  ['ipc-5.2', { channel: 1, kind: 'camera' }, 'unfillable'],
] as const satisfies readonly (readonly [ProfileName, object, string])[])(
  'the log of %s',
  async (profile, { channel, kind }, state) => {
    using place = makePlace()
    await using emulator = await emulate({
      ...(kind === 'camera' ? { profile } : { cameras: 2, recorders: 1 }),
      fault: 'drift=-3h', // the gap is ours, the log is its own
    })
    await using house = await openHouse(place)
    const index = emulator.devices.findIndex((one) => one.kind === kind)
    const camera = emulator.device(index)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[index]!.httpUrl, ...account })
    await awaitState(house, device.id, 'online')
    const raise = (type: string, moment: 'active' | 'inactive') =>
      emulator.raise(index, { type, state: moment, channel, description: 'by a test' })
    const lines = async () => {
      const query = '/events?kind=lineCrossing,fieldIntrusion,deviceError&limit=500'
      return (await house.call<{ events: Event[] }>('GET', query)).body.events
    }
    const gap = async () => (await house.call<{ gaps: Gap[] }>('GET', '/gaps')).body.gaps[0]
    await until(() => camera.events.listeners > 0, 10_000, 'the alert stream')

    raise('linedetection', 'active') // seen, and lost from sight
    await until(async () => (await lines()).length === 1, 10_000, 'the event that is seen')
    camera.alertGate.shut()
    await until(async () => (await gap())?.to === null, 10_000, 'the gap')
    raise('linedetection', 'inactive')
    raise('fielddetection', 'active')
    raise('fielddetection', 'inactive')
    camera.alertGate.open()
    await house.call('POST', `/devices/${device.id}/refresh`)
    await until(async () => (await gap())?.fill?.state === state, 30_000, `the gap to be ${state}`)

    const found = await lines()
    if (state === 'unfillable') {
      expect((await gap())!.fill).toEqual({ state, count: 0, why: 'the device keeps no log of events' })
      expect(found).toMatchObject([{ kind: 'lineCrossing', state: 'unknown', source: 'told' }])
    } else {
      expect((await gap())!.fill).toEqual({ state, count: 1, why: null })
      expect(found.map((one) => [one.kind, one.channel, one.source, one.state]).toSorted()).toEqual([
        ['fieldIntrusion', channel, 'log', 'inactive'],
        ['lineCrossing', channel, 'told', 'inactive'],
      ])
      const { from, to } = (await gap())!
      const at = Date.parse(found.find(({ source }) => source === 'log')!.time)
      expect(at).toBeGreaterThan(Date.parse(from) - 2000)
      expect(at).toBeLessThan(Date.parse(to!) + 2000)
    }
    expect(house.errors).toEqual([])
  },
  60_000,
)
