// SPDX-License-Identifier: Apache-2.0
/** The doctor at devices with planted faults: each is named, with what to do, and what is well is called well. */
import { type Emulator, type EmulatorOptions, startEmulator } from '@openhmp/emulator'
import type { Clock } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { CHECKS, type DiagnoseOptions, diagnose, type Finding } from '../src/index.ts'
import { type Plant, plantBefore } from './planted.ts'

const credentials = { username: 'admin', password: 'Secret-1' }
const start = (more: Partial<EmulatorOptions> = {}): Promise<Emulator> =>
  startEmulator({
    cameras: 1,
    recorders: 0,
    httpPort: 0,
    rtspPort: 0,
    user: credentials.username,
    password: credentials.password,
    clock: realClock(),
    ...more,
  })

const look = (address: string, more: Partial<DiagnoseOptions> = {}): Promise<Finding[]> =>
  diagnose(address, { credentials, clock: realClock(), signal: AbortSignal.timeout(40_000), ...more })

const hurried = (): Clock => {
  const clock = realClock()
  return { ...clock, sleep: (ms, options) => clock.sleep(ms / 4, options) }
}

const faultsOf = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ state, code }) => (state === 'bad' || state === 'warning') && code !== 'tls.none')

const status = (subStatusCode: string, statusCode = 4): string =>
  `<ResponseStatus><requestURL>/</requestURL><statusCode>${statusCode}</statusCode><statusString>Invalid Operation</statusString><subStatusCode>${subStatusCode}</subStatusCode></ResponseStatus>`

const triggers = `<EventTriggerList><EventTrigger><id>VMD-1</id><eventType>VMD</eventType><videoInputChannelID>1</videoInputChannelID>
<EventTriggerNotificationList><EventTriggerNotification><id>record</id><notificationMethod>record</notificationMethod></EventTriggerNotification></EventTriggerNotificationList></EventTrigger></EventTriggerList>`
const disks = `<storage><hddList size="8"><hdd><id>1</id><hddName>hdda</hddName><status>error</status><capacity>1000</capacity></hdd></hddList></storage>`
const vp8 = `<StreamingChannelList><StreamingChannel><id>101</id><channelName>x</channelName><enabled>true</enabled><Video><enabled>true</enabled><videoCodecType>SVAC</videoCodecType><videoResolutionWidth>640</videoResolutionWidth><videoResolutionHeight>360</videoResolutionHeight></Video></StreamingChannel></StreamingChannelList>`
const stopped = `<StreamingChannelList><StreamingChannel><id>101</id><enabled>false</enabled></StreamingChannel></StreamingChannelList>`
const old = `<DeviceInfo><deviceName>x</deviceName><model>DS-2CD2185FWD-I</model><serialNumber>x</serialNumber><macAddress>02:00:00:00:00:01</macAddress><firmwareVersion>V5.5.0</firmwareVersion><firmwareReleasedDate>build 170725</firmwareReleasedDate><deviceType>IPCamera</deviceType></DeviceInfo>`
const weak = `<userCheck><statusValue>200</statusValue><statusString>OK</statusString><isRiskPassword>true</isRiskPassword></userCheck>`
const manual = () =>
  `<Time><timeMode>manual</timeMode><localTime>${new Date().toISOString().slice(0, 19)}+00:00</localTime></Time>`

describe('the doctor', { timeout: 60_000 }, () => {
  it('finds a good device good, every check told', async () => {
    await using emulator = await start()
    const told: string[] = []
    const findings = await look(emulator.devices[0]!.httpUrl, { onCheck: (check) => told.push(check) })
    expect(faultsOf(findings)).toEqual([])
    expect([...new Set(findings.map(({ check }) => check))]).toEqual([...CHECKS])
    expect(told.length).toBeGreaterThan(10)
  })

  it.each<[string, string, Partial<EmulatorOptions>]>([
    ['its clock ahead', 'clock.off', { fault: 'drift=90s' }],
    ['a refusing RTSP server', 'rtsp.busy', { fault: 'rtsp-503' }],
    ['no picture on a good connection', 'rtsp.no-picture', { fault: 'mute' }],
    ['a locked account', 'isapi.locked', { fault: 'lock' }],
    ['a deaf web server', 'link.timeout', { fault: 'half-open' }],
    ['firmware with holes', 'firmware.cve-2021-36260', { profile: 'ipc-5.5' }],
    ['events that nobody is told of', 'events.unlinked', { fault: 'unlinked' }],
  ])('names %s', async (_, code, more) => {
    await using emulator = await start(more)
    // What never comes is not waited for as long as at a real device.
    const clock = 'fault' in more && more.fault === 'mute' ? hurried() : realClock()
    const findings = await look(emulator.devices[0]!.httpUrl, { clock })
    const [first] = faultsOf(findings)
    expect(first).toMatchObject({ code })
    expect(first!.advice).toMatch(/\w{3}/)
  })

  it.each<[string, string, Record<string, Plant>]>([
    [
      'an account without rights',
      'isapi.forbidden',
      { '/ISAPI/Security/adminAccesses': { status: 403, body: status('lowPrivilege') } },
    ],
    [
      'a device that is not activated',
      'isapi.not-activated',
      { '/ISAPI/System/deviceInfo': { status: 403, body: status('notActivated') } },
    ],
    ['events that are not linked', 'events.unlinked', { '/ISAPI/Event/triggers': { body: triggers } }],
    ['a broken disk', 'storage.fault', { '/ISAPI/ContentMgmt/Storage': { body: disks } }],
    ['a codec that is not ours', 'codec.unsupported', { '/ISAPI/Streaming/channels': { body: vp8 } }],
    ['streams that are all off', 'streams.none', { '/ISAPI/Streaming/channels': { body: stopped } }],
    ['an old hole', 'firmware.cve-2021-36260', { '/ISAPI/System/deviceInfo': { body: old } }],
    ['a weak password', 'password.weak', { '/ISAPI/Security/userCheck': { body: weak } }],
    ['a clock that nothing keeps', 'clock.manual', { '/ISAPI/System/time': { body: manual } }],
    [
      'an alert stream that is refused',
      'alert-stream.lost',
      {
        '/ISAPI/Event/notification/alertStream': { status: 403, body: status('notSupport') },
        '/ISAPI/Event/notification/subscribeEvent': { status: 403, body: status('notSupport') },
      },
    ],
  ])('names %s', async (_, code, plants) => {
    await using emulator = await start()
    await using planted = await plantBefore(emulator.devices[0]!.httpUrl, plants)
    const { port } = new URL(emulator.devices[0]!.rtspUrl)
    const findings = await look(planted.url, { rtspPort: Number(port) })
    expect(faultsOf(findings).map((one) => one.code)).toContain(code)
  })

  it('names a wrong password and sends it once', async () => {
    await using emulator = await start()
    const findings = await look(emulator.devices[0]!.httpUrl, { credentials: { username: 'admin', password: 'wrong' } })
    expect(faultsOf(findings)).toMatchObject([{ check: 'login', code: 'isapi.unauthorized' }])
    expect(findings.filter(({ state }) => state === 'skipped').map(({ check }) => check)).toContain('rtsp')
    const again = await look(emulator.devices[0]!.httpUrl)
    expect(faultsOf(again)).toEqual([])
  })

  it.each([
    ['a port that nobody listens at', 'http://127.0.0.1:9', 'link.refused'],
    ['a name that is not known', 'http://camera.invalid', 'link.name'],
  ])('names %s', async (_, address, code) => {
    expect(faultsOf(await look(address))).toMatchObject([{ check: 'reachable', code }])
  })

  it('stops when it is told to', async () => {
    await using emulator = await start({ fault: 'half-open' })
    const stop = new AbortController()
    const walk = look(emulator.devices[0]!.httpUrl, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(walk).rejects.toThrow('enough')
  })
})
