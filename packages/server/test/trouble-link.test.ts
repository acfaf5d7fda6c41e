// SPDX-License-Identifier: Apache-2.0
/** Cables that are pulled, cut or thin: viewers keep their place, and a slow one costs nobody but itself. */
import { isRtcp, RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import type { ReceivedUnit } from '@openhmp/protocol/session'
import { describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { Cable } from './cable.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'
import { drawReel, ScriptedCamera } from './scripted-camera.ts'

const sequences = (unit: ReceivedUnit): number[] =>
  split4571(unit.payload)
    .filter((packet) => !isRtcp(packet))
    .map((packet) => RtpPacket.decode(packet).sequence)

describe.runIf(needs('ffmpeg'))('a cable', { timeout: 40_000 }, () => {
  const reel = drawReel('h264', '640x360', '3M')

  it('to one viewer that carries 1 Mbit/s costs that viewer whole groups and nobody else anything', async () => {
    using place = makePlace()
    await using camera = await ScriptedCamera.open(reel)
    await using house = await openHouse(place)
    await using cable = await Cable.to(house.server.port)
    const { device } = await house.add({ kind: 'rtsp', address: camera.url })
    const [near, far] = [await house.view(), await house.view({ port: cable.port })]
    const free = await near.open(device.id)
    await free.count(5)
    cable.thin(1_000_000)
    const slow = await far.open(device.id)
    await slow.count(60, 20_000)
    expect(slow.units.filter(({ shed }) => shed > 0).length).toBeGreaterThan(3)
    const arrivedAt = new Map(free.units.map(({ timestamp }, i) => [timestamp, free.arrivals[i]!]))
    const ages = slow.units.map(({ timestamp }, i) => slow.arrivals[i]! - arrivedAt.get(timestamp)!)
    expect(Math.max(...ages)).toBeLessThan(1000)
    // What is missing begins anywhere and ends with a key picture: nothing is shown that needs what was lost.
    for (const [i, unit] of slow.units.entries()) {
      if (i === 0) continue
      const isNext = sequences(unit)[0] === ((sequences(slow.units[i - 1]!).at(-1)! + 1) & 0xffff)
      expect(isNext).toBe(unit.shed === 0)
      if (unit.shed > 0) expect(unit.isKey).toBe(true)
    }
    expect(free.units.every(({ shed, isDamaged }) => shed === 0 && !isDamaged)).toBe(true)
    const all = free.units.flatMap(sequences)
    expect(all.every((sequence, i) => i === 0 || sequence === ((all[i - 1]! + 1) & 0xffff))).toBe(true)
    expect(house.errors).toEqual([])
  })

  it.each(['cut', 'pulled'] as const)(
    'to a camera that is %s and mended shows pictures again within a second',
    async (how) => {
      using place = makePlace()
      await using camera = await ScriptedCamera.open(reel)
      await using cable = await Cable.to(camera.port)
      await using house = await openHouse(place)
      const { device } = await house.add({ kind: 'rtsp', address: `rtsp://127.0.0.1:${cable.port}/live` })
      const viewer = await house.view()
      const watched = await viewer.open(device.id)
      await watched.count(10)
      const { calls } = camera
      cable.pull()
      if (how === 'cut') cable.cut()
      await until(() => cable.connections > 0 && camera.calls > calls, 10_000, 'another call')
      const before = watched.units.length
      cable.plugIn()
      const tookMs = await until(() => watched.units.length > before, 5000, 'a picture after the return')
      expect(tookMs).toBeLessThan(1000)
      expect(watched.units[before]!.isKey).toBe(true)
      await watched.count(before + 20)
      await awaitState(house, device.id, 'online')
      expect(watched.ended).toBeUndefined()
      expect(house.errors).toEqual([])
    },
  )
})
