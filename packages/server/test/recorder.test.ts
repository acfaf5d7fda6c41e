// SPDX-License-Identifier: Apache-2.0
/** A recorder: each of its channels plays, and its alerts, which count IP channels from 33, are told of the right channel. */
import { startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { awaitState, makePlace, openHouse } from './harness.ts'

describe('a recorder', () => {
  it('plays every channel and maps its alerts to them', async () => {
    using place = makePlace()
    await using emulator = await startEmulator({
      ...{ cameras: 0, recorders: 1, httpPort: 0, rtspPort: 0, user: 'admin', password: 'Camera12345' },
      profile: 'nvr-4',
      clock: systemClock,
    })
    await using house = await openHouse(place)
    const address = emulator.devices[0]!.httpUrl
    const { device } = await house.add({ kind: 'isapi', address, userName: 'admin', password: 'Camera12345' })
    await awaitState(house, device.id, 'online')
    expect(device.channels.map(({ id }) => id)).toEqual([1, 2, 3, 4])

    const viewer = await house.view()
    for (const { id } of device.channels) {
      const watched = await viewer.open(device.id, { channel: id, profile: 'sub', media: ['video'] })
      await watched.count(3)
      expect(watched.units[0]!.isKey).toBe(true)
      await watched.stream.close()
    }
    await viewer[Symbol.asyncDispose]()

    using feed = house.follow()
    for (const channel of [4, 2]) {
      emulator.raise(0, { type: 'linedetection', state: 'active', description: 'line', channel })
      await feed.until(
        (message) =>
          message.what === 'event' && message.event.kind === 'lineCrossing' && message.event.channel === channel,
        3000,
      )
    }
    expect(house.errors).toEqual([])
  })
})
