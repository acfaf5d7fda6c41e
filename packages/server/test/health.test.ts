// SPDX-License-Identifier: Apache-2.0
/** What the CMS learns of a device's health by itself, keeps, and looks up again when asked. */
import type { Device, Health } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const codesOf = (health: Pick<Health, 'issues'> | null) => health?.issues.map(({ code }) => code) ?? []
const awaitHealth = async (house: House, id: string): Promise<NonNullable<Device['health']>> => {
  let device: Device | undefined
  await until(
    async () => {
      device = (await house.call<Device>('GET', `/devices/${id}`)).body
      return device.health !== null
    },
    8000,
    'a look at its health',
  )
  return device!.health!
}

describe('the health of a device', () => {
  it('of a recorder tells the cameras that it does not reach', async () => {
    using place = makePlace()
    await using emulator = await emulate({ cameras: 0, recorders: 1, fault: 'lost-camera=2' })
    await using house = await openHouse(place)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    expect((await awaitHealth(house, device.id)).issues).toContainEqual({
      ...{ code: 'camera.lost', severity: 'bad' },
      text: 'channel 2: the recorder does not reach its camera (no way to it)',
    })
  })

  it('is looked at by itself, told with the device, kept over a restart, and looked at again on demand', async () => {
    using place = makePlace()
    await using emulator = await emulate({ fault: 'drift=90s', profile: 'ipc-5.5' })
    let id = ''
    {
      await using house = await openHouse(place)
      const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
      id = device.id
      const summary = await awaitHealth(house, id)
      expect(codesOf(summary)).toContain('clock.off')
      expect(summary.clockOffsetMs).toBeGreaterThan(85_000)
      const { health } = (await house.call<{ health: Health }>('GET', `/devices/${id}/health`)).body
      expect(health).toMatchObject({
        clockMode: 'NTP',
        disks: [],
        unlinkedEvents: ['linedetection-1', 'fielddetection-1'],
      })
      expect(health.uptimeSeconds).toBeGreaterThanOrEqual(0)
      emulator.device(0).setDeviceTime(Date.now())
      const again = (await house.call<{ health: Health }>('POST', `/devices/${id}/health`)).body.health
      expect(codesOf(again)).not.toContain('clock.off')
      expect(house.errors).toEqual([])
    }
    await using house = await openHouse(place)
    expect((await house.call<Device>('GET', `/devices/${id}`)).body.health).not.toBeNull()
  }, 20_000)

  it('comes over HMP as well, and tells of passwords that devices share', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { device, token } = await house.add({ kind: 'hmp' })
    await using _dialler = await emulate({ hmp: { url: `hmps://127.0.0.1:${house.server.port}`, tokens: [token!] } })
    await awaitState(house, device.id, 'online')
    expect((await awaitHealth(house, device.id)).uptimeSeconds).not.toBeNull()

    await using both = await emulate({ cameras: 2 })
    const ids: string[] = []
    for (const { httpUrl } of both.devices)
      ids.push((await house.add({ kind: 'isapi', address: httpUrl, ...account })).device.id)
    for (const id of ids) {
      await awaitHealth(house, id)
      const { health } = (await house.call<{ health: Health }>('POST', `/devices/${id}/health`)).body
      expect(codesOf(health)).toContain('password.shared')
    }
    await house.call('DELETE', `/devices/${ids[0]}`)
    const { health } = (await house.call<{ health: Health }>('POST', `/devices/${ids[1]}/health`)).body
    expect(codesOf(health)).not.toContain('password.shared')
    expect(house.errors).toEqual([])
  }, 20_000)
})
