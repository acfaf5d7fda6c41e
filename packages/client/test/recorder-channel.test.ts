// SPDX-License-Identifier: Apache-2.0
/** The cameras behind a recorder: where they are found, changed and read back; and what the recorder makes of a wrong place. */
import { recorderChannelResource } from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { changeResource, readHealth, readResource } from '../src/index.ts'
import { complaintsOf, openEmulated } from './emulated.ts'
import { systemClock as clock } from './hmp-listener.ts'

const { signal } = new AbortController()

describe("a recorder's channel", () => {
  it('is found elsewhere, by name or by address, and keeps what is not told', async () => {
    await using set = await openEmulated('nvr-4')
    const resource = recorderChannelResource(2)
    const lost = async () => (await readHealth(set.door, { clock, signal })).lostCameras
    const before = await readResource(set.door, resource)
    expect(before).toMatchObject({ protocol: 'HIKVISION', port: 8000, userName: 'admin' })
    expect(await lost()).toEqual([])
    const change = { name: 'Gate & yard', host: 'gate.example', port: 8001, password: 'Camera-12' }
    const changed = await changeResource(set.door, resource, change)
    expect(changed).toMatchObject({ isAsTold: true, differences: [] })
    expect(changed.after).toEqual({ ...before, name: 'Gate & yard', host: 'gate.example', port: 8001 })
    expect(await lost()).toEqual([{ channel: 2, reason: 'networkAbnormal' }])
    expect(await changeResource(set.door, resource, { host: before.host! })).toMatchObject({ isAsTold: true })
    expect(await lost()).toEqual([])
    await changeResource(set.door, resource, { userName: 'guard' })
    expect(await lost()).toEqual([{ channel: 2, reason: 'userOrPasswordError' }])
    expect(await readResource(set.door, recorderChannelResource(1))).toMatchObject({ userName: 'admin', port: 8000 })
    expect(set.written).not.toEqual([])
    expect(complaintsOf(set.written)).toEqual([])
  })

  it('is refused where it is none, or for what there is not', async () => {
    await using set = await openEmulated('nvr-4')
    const told = (channel: number, change: object) => changeResource(set.door, recorderChannelResource(channel), change)
    await expect(told(9, { name: 'x' })).rejects.toMatchObject({ code: 'isapi.not-supported' })
    await expect(told(1, { port: 0 })).rejects.toMatchObject({ code: 'setting.range' })
    await expect(told(1, { protocol: 'SMOKE' })).rejects.toMatchObject({ code: 'isapi.badParameters' })
    await using camera = await openEmulated('ipc-5.7')
    await expect(readResource(camera.door, recorderChannelResource(1))).rejects.toMatchObject({
      code: 'isapi.not-supported',
    })
  })
})
