// SPDX-License-Identifier: Apache-2.0
/** The settings of one device through the whole server, over devices of several firmware: read, changed, read back, refused. */
import type { DeviceApplied, SettingSection } from '@openhmp/contract'
import type { ProfileName } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { type House, makePlace, openHouse } from './harness.ts'

const read = async (house: House, id: string, channel?: number): Promise<SettingSection[]> => {
  const search = channel === undefined ? '' : `?channel=${channel}`
  const { status, body } = await house.call<{ sections: SettingSection[] }>('GET', `/devices/${id}/settings${search}`)
  expect(status).toBe(200)
  return body.sections
}
const change = (house: House, id: string, section: string, channel: number | null, fields: object) =>
  house.call<DeviceApplied & { code: string; text: string }>('PATCH', `/devices/${id}/settings`, {
    changes: [{ section, channel, fields }],
  })
const valueIn = (sections: SettingSection[], section: string, field: string) =>
  sections.find((one) => one.section === section)?.fields.find(({ name }) => name === field)?.value

describe('the settings of one device', { timeout: 30_000 }, () => {
  it.each<ProfileName>(['ipc-5.7', 'ipc-5.5', 'ipc-5.2', 'ptz', 'nvr-4', 'ipc-5.8'])(
    'are read from it, changed, and read back: %s',
    async (profile) => {
      using place = makePlace()
      const isRecorder = profile === 'nvr-4'
      await using emulator = await emulate({ profile, cameras: isRecorder ? 0 : 1, recorders: isRecorder ? 1 : 0 })
      await using house = await openHouse(place)
      const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
      const own = await read(house, device.id)
      expect(own.map(({ section }) => section)).toEqual(expect.arrayContaining(['device', 'ntp', 'time']))
      expect(own.every(({ channel, problem }) => channel === null && problem === null)).toBe(true)
      const { status, body } = await change(house, device.id, 'time', null, { timeZone: 'CST-3:00:00' })
      expect([status, body.refused, body.altered]).toEqual([200, [], []])
      expect(body.changed).toMatchObject([{ section: 'time', field: 'timeZone', told: 'CST-3:00:00' }])
      expect(valueIn(await read(house, device.id), 'time', 'timeZone')).toBe('CST-3:00:00')
      expect((await read(house, device.id, 1)).every(({ channel }) => channel === 1)).toBe(true)
    },
  )

  it('come with what a stream may be, and what it may not be is refused by name before anything is sent', async () => {
    using place = makePlace()
    await using emulator = await emulate({ profile: 'ipc-5.7' })
    await using house = await openHouse(place)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    const main = (await read(house, device.id, 1)).find(({ section }) => section === 'stream.main')!
    const rate = main.fields.find(({ name }) => name === 'frameRate')!
    const bitrate = main.fields.find(({ name }) => name === 'bitrateKbps')!
    expect(main.sizes!.length).toBeGreaterThan(1)
    expect(rate.values).toContain(rate.value)
    expect(bitrate.min).toBeLessThan(bitrate.max!)
    const { body: refused } = await change(house, device.id, 'stream.main', 1, { frameRate: 24.5 })
    expect(refused).toMatchObject({
      changed: [],
      altered: [],
      refused: [{ code: 'setting.range', section: 'stream.main' }],
    })
    expect(refused.refused[0]!.text).toMatch(/^rate 24.5 is not allowed here; allowed: \d/)
    const fewer = rate.values!.find((one) => one !== rate.value && Number(one) >= 5)!
    expect((await change(house, device.id, 'stream.main', 1, { frameRate: fewer })).body.changed).toHaveLength(1)
    expect(valueIn(await read(house, device.id, 1), 'stream.main', 'frameRate')).toBe(fewer)
  })

  it('tell what the device made of a value that it took with a yes', async () => {
    using place = makePlace()
    await using emulator = await emulate({ profile: 'ipc-5.5' })
    await using house = await openHouse(place)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    const { body } = await change(house, device.id, 'stream.main', 1, { bitrateKbps: 1000 })
    expect(body).toMatchObject({ changed: [], refused: [], altered: [{ field: 'bitrateKbps', told: 1000, is: 960 }] })
    const { body: audit } = await house.call<{ rows: { detail: object }[] }>('GET', '/audit')
    expect(audit.rows[0]!.detail).toEqual({ altered: ['stream.main[1].bitrateKbps: 1000, became 960'] })
  })

  it.each([
    ['weather', { rain: true }, 'setting.unknown', /no setting "weather"/],
    ['time', { timeZone: 'noon' }, 'setting.range', /time.timeZone/],
    ['ntp', { port: 0 }, 'setting.range', /ntp.port/],
    ['ntp', { colour: 1 }, 'setting.range', /colour/],
  ])('%s %j is no setting: %s', async (section, fields, code, text) => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    const { status, body } = await change(house, device.id, section, null, fields)
    expect([status, body.code]).toEqual([400, code])
    expect(body.text).toMatch(text)
    const { body: audit } = await house.call<{ rows: { action: string; outcome: string }[] }>('GET', '/audit')
    expect(audit.rows.find(({ action }) => action === 'device.settings')?.outcome).toBe('failed')
  })
})
