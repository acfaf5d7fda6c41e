// SPDX-License-Identifier: Apache-2.0
/** States of cameras at a broker that no one here wrote: as they are, unknown when nobody knows, and whether we are there. */
import type { NotifyTarget } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { Cable } from './cable.ts'
import { account, emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'
import { brokerAccount, type Heard, Mosquitto } from './mosquitto.ts'

interface Outcome {
  isTaken: boolean
  text: string
}
const WAIT_MS = 20_000
const last = (heard: readonly Heard[], topic: string) => heard.findLast((one) => one.topic === topic)?.text

describe.runIf(needs('mosquitto'))('a broker', { timeout: 60_000 }, () => {
  it('is told in one line what is wrong with it, holds the states, and knows when we are gone', async () => {
    using place = makePlace()
    await using broker = await Mosquitto.open()
    await using cable = await Cable.to(broker.port)
    const heard = broker.listen()
    const emulator = await emulate()
    await using house = await openHouse(place)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    await awaitState(house, device.id, 'online')

    const way = { kind: 'mqtt', host: '127.0.0.1', port: cable.port, userName: brokerAccount.userName }
    const wrong = { name: 'Home', way, password: 'wrong' }
    const { target } = (await house.call<{ target: NotifyTarget }>('POST', '/targets', wrong)).body
    const test = async () => (await house.call<Outcome>('POST', `/targets/${target.id}/test`)).body
    expect(await test()).toEqual({
      isTaken: false,
      text: `127.0.0.1:${cable.port} refuses the user name or the password`,
    })
    const nowhere = { name: 'Home', way: { ...way, port: 1 } }
    expect((await house.call('PUT', `/targets/${target.id}`, nowhere)).body.code).toBe('target.password')
    await house.call('PUT', `/targets/${target.id}`, { ...nowhere, password: 'wrong' })
    expect(await test()).toEqual({ isTaken: false, text: 'nobody listens at 127.0.0.1:1' })
    await house.call('PUT', `/targets/${target.id}`, { name: 'Home', way, password: brokerAccount.password })
    expect((await test()).isTaken).toBe(true)
    await until(() => last(heard, 'openhmp/status') === 'online', WAIT_MS, 'online')

    const when = { kinds: ['tamper'] }
    const rule = { name: 'States', when, holdDownSeconds: 3600, deeds: [{ kind: 'tell', target: target.id }] }
    expect((await house.call('POST', '/rules', rule)).status).toBe(200)
    const alarm = { type: 'shelteralarm', channel: 1, description: 'covered' } as const
    const topic = `openhmp/${device.id}/1/tamper`
    emulator.raise(0, { ...alarm, state: 'active' })
    await until(() => last(heard, topic) === 'ON', WAIT_MS, 'ON')
    const told = JSON.parse(last(heard, `${topic}/event`)!)
    expect(told).toMatchObject({ rule: 'States', moment: 'began', event: { kind: 'tamper', device: device.id } })
    emulator.raise(0, { ...alarm, state: 'inactive' })
    await until(() => last(heard, topic) === 'OFF', WAIT_MS, 'OFF')
    // Held down for messages, and ON all the same.
    emulator.raise(0, { ...alarm, state: 'active' })
    await until(() => last(heard, topic) === 'ON', WAIT_MS, 'ON again')

    cable.cut()
    await until(() => last(heard, 'openhmp/status') === 'offline', WAIT_MS, 'the last will')
    await emulator[Symbol.asyncDispose]()
    await until(() => last(heard, 'openhmp/status') === 'online', WAIT_MS, 'online again')
    await until(() => last(heard, topic) === 'unknown', WAIT_MS, 'unknown')

    const later = broker.listen()
    const config = `homeassistant/binary_sensor/openhmp_${device.id}_1_tamper/config`
    await until(() => last(later, config) !== undefined && later.length >= 3, WAIT_MS, 'what is retained')
    expect(later.find((one) => one.topic === topic)).toEqual({ isRetained: true, qos: 1, topic, text: 'unknown' })
    expect(JSON.parse(last(later, config)!)).toMatchObject({
      state_topic: topic,
      availability_topic: 'openhmp/status',
      device_class: 'tamper',
      device: { identifiers: [`openhmp_${device.id}_1`], name: device.name },
    })
    expect(house.errors).toEqual([])
  })
})
