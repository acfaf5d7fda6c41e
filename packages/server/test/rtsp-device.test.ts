// SPDX-License-Identifier: Apache-2.0
/** A plain RTSP device through the whole server: added, watched, restarted under its viewers. */
import { describe, expect, it } from 'vitest'
import { emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

describe('a plain RTSP device', () => {
  it('is added by its address and shows pictures to every viewer over one upstream', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { rtspUrl } = emulator.devices[0]!
    const added = await house.add({
      kind: 'rtsp',
      address: rtspUrl,
      userName: 'admin',
      password: 'Camera12345',
    })
    expect(added).toMatchObject({
      token: null,
      device: { kind: 'rtsp', channels: [{ id: 1, streams: [{ profile: 'main', codec: 'h264' }] }] },
    })
    const { id } = added.device
    await awaitState(house, id, 'online')
    const viewer = await house.view()
    const first = await viewer.open(id)
    await first.count(30)
    expect(first.units[0]!.isKey).toBe(true)
    const began = performance.now()
    const second = await viewer.open(id)
    await second.count(1)
    expect(performance.now() - began).toBeLessThan(300)
    expect(second.units[0]!.isKey).toBe(true)
    expect(first.stream.sdp).toContain('H264')
    expect(house.errors).toEqual([])
  })

  it('is refused by name when it does not answer', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const answer = await house.call('POST', '/devices', { kind: 'rtsp', address: 'rtsp://127.0.0.1:9/x' })
    expect([answer.status, answer.body.code]).toEqual([502, 'link.refused'])
  })

  it('keeps its viewers over its absence', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { rtspUrl } = emulator.devices[0]!
    const added = await house.add({
      kind: 'rtsp',
      address: rtspUrl,
      userName: 'admin',
      password: 'Camera12345',
    })
    const { id } = added.device
    const viewer = await house.view()
    const watched = await viewer.open(id)
    await watched.count(10)
    const device = emulator.device(0)
    let backAt = 0
    device.onPower((power) => {
      if (power === 'up') backAt = performance.now()
    })
    device.reboot()
    await until(() => backAt > 0, 30_000, 'the return')
    const before = watched.units.length
    await watched.count(before + 1)
    expect(performance.now() - backAt).toBeLessThan(1000)
    expect(watched.ended).toBeUndefined()
    expect(viewer.session.state).toBe('open')
  }, 40_000)
})
