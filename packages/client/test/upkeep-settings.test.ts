// SPDX-License-Identifier: Apache-2.0
/** Clock, network, backup and reset, over each kind of firmware: written, read back, and what is refused says why. */
import { type EmulatorOptions, type ProfileName, startEmulator } from '@openhmp/emulator'
import { adminAccessResource, networkResource, ntpResource, timeResource } from '@openhmp/protocol/isapi'
import { parseXml } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import {
  backUpDevice,
  changeNetwork,
  changePort,
  changeResource,
  doorOver,
  IsapiClient,
  putDocument,
  readResource,
  resetDevice,
  restoreDevice,
  setDeviceClock,
} from '../src/index.ts'
import { systemClock } from './hmp-listener.ts'

const clock = systemClock
const { signal } = new AbortController()
const profiles = ['ipc-5.7', 'ipc-5.5', 'ipc-5.2', 'ptz', 'nvr-4', 'ipc-5.8'] as const satisfies readonly ProfileName[]

const emulate = (profile: ProfileName, more: Partial<EmulatorOptions> = {}) => {
  const isRecorder = profile === 'nvr-4'
  return startEmulator({
    ...{ cameras: isRecorder ? 0 : 1, recorders: isRecorder ? 1 : 0, httpPort: 0, rtspPort: 0, clock, profile },
    ...{ user: 'admin', password: 'Camera12345', fault: 'reboot=50ms' },
    ...more,
  })
}
const login = { username: 'admin', password: 'Camera12345' }
const open = (address: string) => new IsapiClient({ address, clock, credentials: login })

describe.each(profiles)('%s', (profile) => {
  it('has its clock set by hand, in its own zone, and by a server with a name or an address', async () => {
    await using emulator = await emulate(profile, { fault: 'drift=3600s' })
    await using isapi = open(emulator.devices[0]!.httpUrl)
    expect(Math.abs((await setDeviceClock(isapi, { clock, signal }))!)).toBeLessThan(2000)
    expect(await readResource(isapi, timeResource)).toMatchObject({ mode: 'manual' })
    for (const host of ['ntp.harbour.example', '192.0.2.123', 'again.example']) {
      const { after, isAsTold } = await changeResource(isapi, ntpResource, { host })
      expect([after.host, isAsTold]).toEqual([host, true])
    }
  })

  it('takes another zone as told, by a server or by hand', async () => {
    await using emulator = await emulate(profile)
    await using isapi = open(emulator.devices[0]!.httpUrl)
    for (const mode of ['NTP', 'manual']) {
      for (const timeZone of ['CET-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00', 'CST-8:00:00']) {
        const { after, isAsTold, differences } = await changeResource(isapi, timeResource, { mode, timeZone })
        expect([after, isAsTold, differences]).toEqual([{ mode, timeZone }, true, []])
      }
    }
  })

  it('has its name servers changed, and its address only when that is meant', async () => {
    await using emulator = await emulate(profile)
    await using isapi = open(emulator.devices[0]!.httpUrl)
    const before = await readResource(isapi, networkResource())
    expect(before).toMatchObject({ isDhcp: false, address: '127.0.0.1', macAddress: expect.stringMatching(/^02:48/) })
    expect(await changeNetwork(isapi, { dns: '192.0.2.53' }, { signal })).toMatchObject({
      isAsTold: true,
      after: { dns: '192.0.2.53' },
    })
    const move = { address: '192.0.2.9', gateway: '192.0.2.1' }
    await expect(changeNetwork(isapi, move, { signal })).rejects.toMatchObject({ code: 'setting.cuts-off' })
    expect(await changeNetwork(isapi, move, { signal, mayCutOff: true })).toBeUndefined()
    expect(await readResource(isapi, networkResource())).toMatchObject(move)
    await expect(changeNetwork(isapi, { dns: '1.2.3.400' }, { signal })).rejects.toMatchObject({
      code: 'setting.range',
    })
    const ports = await readResource(isapi, adminAccessResource)
    expect(ports.find(({ protocol }) => protocol === 'HTTP')?.port).toBe(
      Number(new URL(emulator.devices[0]!.httpUrl).port),
    )
    await expect(changeResource(isapi, adminAccessResource, { protocol: 'telnet' })).rejects.toThrow(/it has HTTP/)
  })

  it('gives a backup, takes it back, and refuses what is none or of another model', async () => {
    await using emulator = await emulate(profile)
    await using isapi = open(emulator.devices[0]!.httpUrl)
    const zone = async () => (await readResource(isapi, timeResource)).timeZone
    const seal = profile === 'ipc-5.8' ? { signal, key: 'Seal+word1', login } : { signal }
    await changeResource(isapi, timeResource, { timeZone: 'CST-3:00:00' })
    const backup = await backUpDevice(isapi, seal)
    await changeResource(isapi, timeResource, { timeZone: 'CST-5:00:00' })
    await restoreDevice(isapi, backup, seal)
    await expect.poll(zone, { timeout: 5000 }).toBe('CST-3:00:00')
    const spoilt = backup.slice()
    spoilt[spoilt.length - 3]! ^= 1
    await expect(restoreDevice(isapi, spoilt, seal)).rejects.toMatchObject({ code: 'isapi.fileFormatError' })
    await using other = await emulate(profile === 'ptz' ? 'ipc-5.7' : 'ptz')
    await using stranger = open(other.devices[0]!.httpUrl)
    await expect(restoreDevice(stranger, backup, seal)).rejects.toMatchObject({ code: 'isapi.badDevType' })
    await resetDevice(isapi, 'basic', { signal })
    await expect.poll(zone, { timeout: 5000 }).toBe('CST-8:00:00')
  })
})

describe('the ports of services', () => {
  const open57 = async (profile: ProfileName) => {
    const emulator = await emulate(profile)
    const isapi = open(emulator.devices[0]!.httpUrl)
    const close = async () => {
      await isapi[Symbol.asyncDispose]()
      await emulator[Symbol.asyncDispose]()
    }
    return { isapi, [Symbol.asyncDispose]: close }
  }
  const rtsp = { protocol: 'rtsp', port: 8554 }

  it.each<ProfileName>(['ipc-5.7', 'ptz', 'nvr-4', 'ipc-5.8'])('are changed, and switched off: %s', async (profile) => {
    await using set = await open57(profile)
    expect(await changePort(set.isapi, rtsp, { signal })).toMatchObject({ isAsTold: true })
    const off = changePort(set.isapi, { protocol: 'RTSP', isEnabled: false }, { signal })
    if (profile === 'nvr-4') await expect(off).rejects.toMatchObject({ code: 'setting.absent' })
    else expect(await off).toMatchObject({ isAsTold: true })
    const ports = await readResource(set.isapi, adminAccessResource)
    expect(ports.find((one) => one.protocol === 'RTSP')).toMatchObject({
      ...{ port: 8554, isEnabled: profile === 'nvr-4' ? undefined : false },
    })
    await expect(changePort(set.isapi, { protocol: 'RTSP', port: 8000 }, { signal })).rejects.toMatchObject({
      code: 'isapi.portError',
    })
    await expect(changePort(set.isapi, { protocol: 'RTSP', port: 65_536 }, { signal })).rejects.toMatchObject({
      code: 'setting.range',
    })
  })

  it('are refused by one firmware, and left as they are by another, which is told', async () => {
    await using refusing = await open57('ipc-5.5')
    await expect(changePort(refusing.isapi, rtsp, { signal })).rejects.toMatchObject({ code: 'isapi.badParameters' })
    await using deaf = await open57('ipc-5.2')
    expect(await changePort(deaf.isapi, rtsp, { signal })).toMatchObject({
      isAsTold: false,
      differences: [{ place: expect.stringMatching(/portNo$/), told: '8554' }],
    })
  })

  it('that we talk over ourselves are not changed unless that is meant', async () => {
    await using set = await open57('ipc-5.7')
    const moves = [
      { protocol: 'HTTP', port: 8080 },
      { protocol: 'HTTP', isEnabled: false },
    ] as const
    for (const move of moves)
      await expect(changePort(set.isapi, move, { signal })).rejects.toMatchObject({ code: 'setting.cuts-off' })
    expect(await changePort(set.isapi, { protocol: 'HTTP', isEnabled: true }, { signal })).toMatchObject({
      isAsTold: true,
    })
    expect(await changePort(set.isapi, moves[0], { signal, mayCutOff: true })).toBeUndefined()
    const ports = await readResource(set.isapi, adminAccessResource)
    expect(ports.find(({ protocol }) => protocol === 'HTTP')?.port).toBe(8080)
  })
})

it('a device that hangs up over an order that restarts it has taken the order', async () => {
  await using emulator = await emulate('ipc-5.7', { fault: 'hang-up,reboot=50ms' })
  const device = emulator.device(0)
  await using isapi = open(emulator.devices[0]!.httpUrl)
  const backup = await backUpDevice(isapi, { signal })
  const orders = [
    () => resetDevice(isapi, 'basic', { signal }),
    () => restoreDevice(isapi, backup, { signal }),
    () => isapi.reboot(),
  ]
  for (const [i, order] of orders.entries()) {
    await order()
    await expect.poll(() => device.reboots, { timeout: 10_000 }).toBe(i + 1)
    await expect
      .poll(
        () =>
          isapi.deviceInfo().then(
            () => 'back',
            () => 'away',
          ),
        { timeout: 10_000 },
      )
      .toBe('back')
  }
})

it('a backup wants a key where the firmware does, sealed on its way, and the same for its return', async () => {
  await using emulator = await emulate('ipc-5.8')
  await using isapi = open(emulator.devices[0]!.httpUrl)
  await expect(backUpDevice(isapi, { signal })).rejects.toMatchObject({ code: 'isapi.messageParametersLack' })
  const key = 'Seal+word=1'
  await expect(backUpDevice(isapi, { signal, key })).rejects.toMatchObject({ code: 'isapi.invalidOperation' })
  for (const none of ['short', 'far-too-long-for-it', 'with space', 'with&sign', ''])
    await expect(backUpDevice(isapi, { signal, key: none, login })).rejects.toMatchObject({ code: 'backup.key' })
  const asked: string[] = []
  const door = doorOver(isapi.name, ({ method, path, body }, options) => {
    asked.push(path)
    return method === 'GET' ? isapi.get(path, options) : isapi.put(path, body, options)
  })
  const backup = await backUpDevice(door, { signal, key, login })
  expect(asked.at(-1)).toMatch(/\?secretkey=[0-9a-f]{64}&security=1&iv=[0-9a-f]{32}$/)
  const wrong = restoreDevice(isapi, backup, { signal, key: 'Another+word2', login })
  await expect(wrong).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining('secretkey') }))
  await restoreDevice(isapi, backup, { signal, key, login })
  await expect.poll(() => emulator.device(0).reboots, { timeout: 10_000 }).toBe(1)
})

it.each<ProfileName>(['ipc-5.7', 'ipc-5.5', 'ipc-5.2', 'nvr-4'])('a backup may have a key at %s', async (profile) => {
  await using emulator = await emulate(profile)
  await using isapi = open(emulator.devices[0]!.httpUrl)
  const key = 'Seal+word=1'
  const backup = await backUpDevice(isapi, { signal, key, login })
  await expect(restoreDevice(isapi, backup, { signal })).rejects.toMatchObject({ code: 'isapi.fileFormatError' })
  await restoreDevice(isapi, backup, { signal, key, login })
  await expect.poll(() => emulator.device(0).reboots, { timeout: 10_000 }).toBe(1)
})

it('any document can be put, and what the device made of it is told', async () => {
  await using emulator = await emulate('ipc-5.7')
  await using isapi = open(emulator.devices[0]!.httpUrl)
  const put = (name: string) =>
    putDocument(
      isapi,
      '/ISAPI/System/deviceInfo',
      parseXml(
        new TextEncoder().encode(`<DeviceInfo><deviceName>Quay</deviceName><model>${name}</model></DeviceInfo>`),
      ),
    )
  expect(await put('DS-2CD2146G2-ISU')).toEqual([])
  expect(await put('Another')).toEqual([{ place: 'model', told: 'Another', is: 'DS-2CD2146G2-ISU' }])
})
