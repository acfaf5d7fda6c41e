// SPDX-License-Identifier: Apache-2.0
import { fromUtf8, utf8 } from '@openhmp/protocol/base'
import { parseXml, textAt } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { writeFirmware } from '../device/firmware-image.ts'
import { type ProfileName, profiles } from '../device/profile.ts'
import { MAX_FORM_HEAD_BYTES } from './maintenance.ts'

type Set = ReturnType<typeof testDevice>

const imageFor = (profile: ProfileName, more: { language?: string; models?: string[] } = {}) => {
  const facts = { models: [profiles[profile].model], version: 'V9.9.1', releasedDate: 'build 261101', language: 'EN' }
  return new Uint8Array(Buffer.concat([...writeFirmware({ ...facts, ...more, sizeBytes: 5000 })]))
}
const form = (image: Uint8Array, head = 'Content-Disposition: form-data; name="updateFile"; filename="digicap.dav"') =>
  Buffer.concat([
    utf8(`--xyz\r\n${head}\r\nContent-Type: application/octet-stream\r\n\r\n`),
    image,
    utf8('\r\n--xyz--\r\n'),
  ])

const ask = async (
  { device }: Set,
  method: string,
  path: string,
  body: Uint8Array = new Uint8Array(),
  contentType = '',
) => {
  const answer = await device.handle({ method, target: `/ISAPI/System/${path}`, body, contentType, user: 'admin' })
  const root = parseXml(answer.body)
  return { status: answer.status, sub: textAt(root, 'subStatusCode'), root, text: fromUtf8(answer.body) }
}
const send = (set: Set, body: Uint8Array) =>
  set.device.profile.upgrade.method === 'PUT'
    ? ask(set, 'PUT', 'updateFirmware', body, 'application/octet-stream')
    : ask(set, 'POST', 'updateFirmware', form(body), 'multipart/form-data; boundary=xyz')
const versionOf = async (set: Set) => textAt((await ask(set, 'GET', 'deviceInfo')).root, 'firmwareVersion')

const names = Object.keys(profiles) as ProfileName[]

describe('firmware', () => {
  it.each(names)('%s takes an image, is busy with it, and comes back with the new version', async (name) => {
    const set = testDevice(name, { fault: 'flash=20s,reboot=10s' })
    const { device, clock } = set
    const { hasStatus, isRebooting } = device.profile.upgrade
    const before = await versionOf(set)
    expect(await send(set, imageFor(name))).toMatchObject({ status: 200, sub: isRebooting ? 'ok' : 'rebootRequired' })
    await clock.advance(10_000)
    expect(await versionOf(set)).toBe(before)
    const told = await ask(set, 'GET', 'upgradeStatus')
    if (hasStatus) expect([textAt(told.root, 'upgrading'), textAt(told.root, 'percent')]).toEqual(['true', '50'])
    else expect(told.sub).toBe('notSupport')
    expect(await send(set, imageFor(name))).toMatchObject({ status: 503, sub: 'upgrading' })
    expect((await ask(set, 'PUT', 'reboot')).sub).toBe('upgrading')
    expect(() => device.factoryReset('full')).toThrow(expect.objectContaining({ reason: 'upgrading' }))
    await clock.advance(11_000)
    if (!isRebooting) {
      expect(device.power).toBe('up')
      expect(await versionOf(set)).toBe(before)
      expect(await send(set, imageFor(name))).toMatchObject({ status: 403, sub: 'rebootRequired' })
      expect((await ask(set, 'PUT', 'reboot')).sub).toBe('ok')
      await clock.advance(1000)
    }
    expect(device.power).toBe('down')
    await clock.advance(10_000)
    expect(device.power).toBe('up')
    expect(await versionOf(set)).toBe('V9.9.1')
    expect(textAt((await ask(set, 'GET', 'deviceInfo')).root, 'firmwareReleasedDate')).toBe('build 261101')
    expect(device.identity.firmwareVersion).toBe('V9.9.1')
    expect(device).toMatchObject({ flashes: 1, reboots: 1 })
  })

  it.each(names)('%s refuses the other way of sending it', async (name) => {
    const set = testDevice(name)
    const method = set.device.profile.upgrade.method === 'PUT' ? 'POST' : 'PUT'
    expect(await ask(set, method, 'updateFirmware', imageFor(name))).toMatchObject({
      status: 405,
      sub: 'methodNotAllowed',
    })
  })

  it.each<[string, Uint8Array]>([
    ['badDevType', imageFor('ptz')],
    ['badLanguage', imageFor('ipc-5.7', { language: 'CN' })],
    ['fileFormatError', utf8('not an image')],
    ['fileFormatError', new Uint8Array()],
    ['fileContentError', imageFor('ipc-5.7').subarray(0, -1)],
  ])('refuses with %s, and goes on as it was', async (sub, image) => {
    const set = testDevice()
    expect(await send(set, image)).toMatchObject({ status: 400, sub })
    expect(set.device.flashes).toBe(0)
    expect(await send(set, imageFor('ipc-5.7', { language: 'ML' }))).toMatchObject({ sub: 'ok' })
  })

  it('refuses whoever is no administrator', async () => {
    const { device } = testDevice()
    device.accounts.add({ userName: 'clerk', level: 'Operator', password: 'hello-123' })
    const body = imageFor('ipc-5.7')
    const answer = await device.handle({ method: 'PUT', target: '/ISAPI/System/updateFirmware', body, user: 'clerk' })
    expect(fromUtf8(answer.body)).toContain('lowPrivilege')
  })

  it('refuses a form whose file does not come', async () => {
    const set = testDevice('ipc-5.2')
    const long = form(imageFor('ipc-5.2'), `X: ${'x'.repeat(MAX_FORM_HEAD_BYTES)}`)
    expect((await ask(set, 'POST', 'updateFirmware', long, 'multipart/form-data')).sub).toBe('fileFormatError')
    expect((await ask(set, 'POST', 'updateFirmware', utf8('--'), 'multipart/form-data')).sub).toBe('fileFormatError')
  })

  it.each([
    ['flash-fails', 'up'],
    ['flash-dud', 'up'],
    ['flash-dead', 'down'],
  ])('under the fault %s the old version stays', async (fault, power) => {
    const set = testDevice('ipc-5.7', { fault: `${fault},flash=1s,reboot=1s` })
    const before = await versionOf(set)
    expect((await send(set, imageFor('ipc-5.7'))).sub).toBe('ok')
    await set.clock.advance(60_000)
    expect(set.device.power).toBe(power)
    expect(set.device.flashes).toBe(1)
    expect(await versionOf(set)).toBe(before)
  })

  it('is not begun under the fault flash-refused', async () => {
    const set = testDevice('ipc-5.7', { fault: 'flash-refused' })
    expect(await send(set, imageFor('ipc-5.7'))).toMatchObject({ status: 500, sub: 'badFlash' })
    expect(set.device.flashes).toBe(0)
  })
})
