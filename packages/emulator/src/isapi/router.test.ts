// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { fromUtf8, utf8 } from '@openhmp/protocol/base'
import {
  childrenOf,
  find,
  formatXml,
  numberAt,
  parseXml,
  setText,
  textAt,
  type XmlElement,
} from '@openhmp/protocol/xml'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { MAX_USERS } from '../device/account.ts'
import { type ProfileName, profiles } from '../device/profile.ts'
import { deviceTime, zoneMinutes } from './core.ts'
import { answerIsapi, MAX_REQUEST_BYTES } from './router.ts'
import { MAX_SETTING_LENGTH, MAX_SETTINGS } from './settings.ts'

type Set = ReturnType<typeof testDevice>

const ask = (set: Set, target: string, method = 'GET', body: string | Uint8Array = '', user = 'admin') => {
  const bytes = typeof body === 'string' ? utf8(body) : body
  const response = answerIsapi(set.device, {
    method,
    target: target.startsWith('/') ? target : `/ISAPI/${target}`,
    body: bytes,
    user,
  })
  const text = fromUtf8(response.body)
  return { ...response, text, root: response.contentType.includes('xml') ? parseXml(response.body) : undefined }
}
const sub = (answer: { root: XmlElement | undefined }) => textAt(answer.root, 'subStatusCode')

const read = [
  'System/deviceInfo',
  'System/capabilities',
  'System/status',
  'System/time',
  'System/time/ntpServers',
  'Streaming/channels',
  'Streaming/channels/101',
  'Streaming/channels/102/capabilities',
  'System/Video/inputs/channels',
  'ContentMgmt/InputProxy/channels',
  'ContentMgmt/InputProxy/channels/status',
  'ContentMgmt/InputProxy/channels/1/video/motionDetection',
  'System/Video/inputs/channels/1/motionDetection',
  'Event/triggers',
  'Event/triggers/VMD-1',
  'Security/users',
  'Security/userCheck',
  'Security/adminAccesses',
  'Security/capabilities',
  'Security/capabilities?username=admin',
  'ContentMgmt/InputProxy/channels/1',
  'ContentMgmt/InputProxy/channels/1/status',
  'ContentMgmt/Storage',
  'System/IO/inputs',
  'System/IO/outputs/1/status',
  'PTZCtrl/channels/1/status',
  'PTZCtrl/channels/1/capabilities',
  'PTZCtrl/channels/1/presets',
  'Streaming/channels/101/capabilities',
  'System/Video/inputs/channels/1/motionDetection/capabilities',
  'System/Video/inputs/channels/1/tamperDetection',
  'System/Video/inputs/channels/1/videoLoss',
  'System/Video/inputs/channels/1/overlays',
  'ContentMgmt/InputProxy/channels/1/video/overlays',
  'Event/triggers/tamper-1/notifications',
  'Event/schedules/motionDetections/VMD_video1',
  'Event/notification/httpHosts',
  'Event/notification/httpHosts/1',
  'Smart/LineDetection/1',
  'Smart/FieldDetection/1/capabilities',
  'Smart/AudioDetection/1',
  'Image/channels/1',
  'Image/channels/1/color',
  'System/IO/inputs/1',
  'System/IO/outputs/1/capabilities',
  'System/TwoWayAudio/channels',
  'System/TwoWayAudio/channels/1',
  'Nothing/of/this',
]

describe('the ISAPI tree', () => {
  const hasXmllint = spawnSync('xmllint', ['--version']).status === 0

  it.runIf(hasXmllint).each(Object.keys(profiles) as ProfileName[])('of %s is well-formed to a foreign eye', (name) => {
    const set = testDevice(name)
    for (const path of read) {
      const { body, status, contentType } = ask(set, path)
      expect(contentType).toContain('xml')
      expect([200, 403, 500]).toContain(status)
      const seen = spawnSync('xmllint', ['--noout', '-'], { input: body })
      expect(`${path}: ${seen.stderr}`).toBe(`${path}: `)
    }
  })

  it('writes lines as the firmware does', () => {
    expect(ask(testDevice(), 'System/deviceInfo').text).toContain('</model>\r\n')
    expect(ask(testDevice('nvr-4'), 'System/deviceInfo').text).not.toContain('\r')
  })

  it('takes paths without case, and on old devices without /ISAPI', () => {
    expect(ask(testDevice(), '/isapi/system/DEVICEINFO').status).toBe(200)
    expect(ask(testDevice('ipc-5.2'), '/System/deviceInfo').status).toBe(200)
    expect(sub(ask(testDevice(), '/System/deviceInfo'))).toBe('notSupport')
  })

  it('tells streams as they are sent', () => {
    const { root } = ask(testDevice(), 'Streaming/channels')
    expect(childrenOf(root, 'StreamingChannel').map((one) => textAt(one, 'id'))).toEqual(['101', '102', '103', '104'])
    const main = childrenOf(root, 'StreamingChannel')[0]
    expect(numberAt(main, 'Video/videoResolutionWidth')).toBe(1280)
    expect(numberAt(main, 'Video/maxFrameRate')).toBe(1000)
    expect(numberAt(ask(testDevice(), 'System/capabilities').root, 'SecurityCap/supportUserNums')).toBe(MAX_USERS)
    expect(numberAt(main, 'Video/GovLength')).toBe(10)
    expect(textAt(main, 'Audio/audioCompressionType')).toBe('G.711alaw')
  })

  it('plays what it lists, and nothing else', () => {
    const set = testDevice()
    for (const one of childrenOf(ask(set, 'Streaming/channels').root, 'StreamingChannel'))
      expect(set.device.stream(numberAt(one, 'id')!)).toBeDefined()
    for (const id of [1, 100, 105, 201]) expect(set.device.stream(id)).toBeUndefined()
    expect(testDevice('nvr-4', { offline: 2 }).device.stream(201)).toBeUndefined()
  })

  it('knows the cameras behind a recorder', () => {
    const set = testDevice('nvr-4', { offline: 2 })
    const { root } = ask(set, 'ContentMgmt/InputProxy/channels/status')
    expect(childrenOf(root, 'InputProxyChannelStatus').map((one) => textAt(one, 'online'))).toEqual(['true', 'false'])
    expect(childrenOf(ask(set, 'Streaming/channels').root, 'StreamingChannel').map((one) => textAt(one, 'id'))).toEqual(
      ['101', '102', '201', '202'],
    )
    expect(sub(ask(set, 'System/Video/inputs/channels'))).toBe('notSupport')
    expect(sub(ask(testDevice(), 'ContentMgmt/InputProxy/channels'))).toBe('notSupport')
    const picture = ask(set, 'Streaming/channels/101/picture') // an error within a 200: ask elsewhere
    expect([picture.status, sub(picture)]).toEqual([200, 'badXmlContent'])
    const gone = ask(set, 'ContentMgmt/StreamingProxy/channels/201/picture')
    expect([gone.status, sub(gone)]).toEqual([200, 'deviceError'])
    expect(ask(set, 'ContentMgmt/StreamingProxy/channels/101/picture').contentType).toBe('image/jpeg')
  })

  it('gives the picture of the moment', async () => {
    const set = testDevice()
    const at = () => ask(set, 'Streaming/channels/101/picture').body[3]
    expect(at()).toBe(0)
    await set.clock.advance(2100)
    expect(at()).toBe(2)
    expect(ask(set, 'Streaming/channels/1/picture').contentType).toBe('image/jpeg')
    expect(ask(testDevice('ipc-5.5'), 'Streaming/channels/101/picture?videoResolutionWidth=640').status).toBe(403)
  })

  it.each<[ProfileName, string, number]>([
    ['ipc-5.7', 'Streaming/channels/109', 403],
    ['ipc-5.2', 'Streaming/channels/103', 500],
    ['ipc-5.5', 'Event/triggers', 500],
    ['ipc-5.7', 'PTZCtrl/channels/1/presets', 403],
    ['ptz', 'PTZCtrl/channels/1/presets', 200],
  ])('%s answers %s with %i', (name, path, status) => {
    expect(ask(testDevice(name), path).status).toBe(status)
  })

  it('nests its triggers on old devices', () => {
    expect(find(ask(testDevice('ipc-5.2'), 'Event/triggers').root, 'EventTriggerList')).toBeDefined()
  })

  it('answers in JSON where it is asked to', () => {
    const { contentType, text } = ask(testDevice(), 'Nothing?format=json')
    expect(contentType).toBe('application/json')
    expect(JSON.parse(text)).toMatchObject({ statusCode: 4, subStatusCode: 'notSupport', errorCode: 0x40000001 })
  })
})

describe('writing', () => {
  const change = (set: Set, path: string, places: Record<string, string>) => {
    const { root } = ask(set, path)
    for (const [place, value] of Object.entries(places)) setText(root!, place, value)
    return ask(set, path, 'PUT', formatXml(root!))
  }

  it('is read back, read-only elements apart', () => {
    const set = testDevice()
    expect(change(set, 'System/deviceInfo', { deviceName: 'Tor <Nord> & Co', model: 'fake' })).toMatchObject({
      status: 200,
    })
    const { root } = ask(set, 'System/deviceInfo')
    expect(textAt(root, 'deviceName')).toBe('Tor <Nord> & Co')
    expect(textAt(root, 'model')).toBe('DS-2CD2146G2-ISU')
  })

  it('renames a channel everywhere', () => {
    const set = testDevice()
    change(set, 'System/Video/inputs/channels/1', { name: 'Hof' })
    expect(textAt(ask(set, 'Streaming/channels/101').root, 'channelName')).toBe('Hof')
    expect(set.device.channelName(1)).toBe('Hof')
    const recorder = testDevice('nvr-4')
    change(recorder, 'ContentMgmt/InputProxy/channels/2', { name: 'Rampe' })
    expect(recorder.device.channelName(2)).toBe('Rampe')
    expect(ask(recorder, 'ContentMgmt/InputProxy/channels').text).toContain('<name>Rampe</name>')
  })

  it('refuses what the media cannot follow, and values of another kind', () => {
    const set = testDevice()
    expect(sub(change(set, 'Streaming/channels/101', { 'Video/videoResolutionWidth': '1920' }))).toBe('badParameters')
    expect(sub(change(set, 'Streaming/channels/101', { 'Video/vbrUpperCap': 'many' }))).toBe('badParameters')
    expect(sub(change(set, 'System/Video/inputs/channels/1/motionDetection', { enabled: 'perhaps' }))).toBe(
      'badParameters',
    )
    expect(change(set, 'Streaming/channels/101', { 'Video/vbrUpperCap': '512' }).status).toBe(200)
    expect(textAt(ask(set, 'Streaming/channels/101').root, 'Video/vbrUpperCap')).toBe('512')
  })

  it('keeps no value that is too long, and not without end', () => {
    const set = testDevice()
    const name = (length: number) => change(set, 'System/deviceInfo', { deviceName: 'x'.repeat(length) })
    expect(name(MAX_SETTING_LENGTH).status).toBe(200)
    expect(sub(name(MAX_SETTING_LENGTH + 1))).toBe('badParameters')
    for (let i = 0; i < MAX_SETTINGS - 1; i++) set.device.settings.set('/x', `${i}`, '')
    expect(sub(change(set, 'System/Video/inputs/channels/1', { name: 'Hof' }))).toBe('deviceError')
    expect(name(1).status).toBe(200) // what is there may still change
  })

  it('switches motion off', () => {
    const set = testDevice()
    expect(change(set, 'System/Video/inputs/channels/1/motionDetection', { enabled: 'false' }).status).toBe(200)
    expect(textAt(ask(set, 'System/Video/inputs/channels/1/motionDetection').root, 'enabled')).toBe('false')
  })

  it.each([
    ['badXmlFormat', 'System/deviceInfo', 'PUT', 'nonsense'],
    ['badXmlFormat', 'System/deviceInfo', 'PUT', ''],
    ['badXmlContent', 'System/deviceInfo', 'PUT', '<Time/>'],
    ['methodNotAllowed', 'System/deviceInfo', 'DELETE', ''],
    ['messageParametersLack', 'System/time', 'PUT', '<Time><timeMode>manual</timeMode></Time>'],
    ['badParameters', 'System/time', 'PUT', '<Time><timeMode>manual</timeMode><localTime>soon</localTime></Time>'],
    ['badParameters', 'System/IO/outputs/1/trigger', 'PUT', '<IOPortData/>'],
    ['notSupport', 'System/IO/outputs/9/trigger', 'PUT', '<IOPortData/>'],
    ['badXmlContent', 'System/deviceInfo', 'PUT', 'x'.repeat(MAX_REQUEST_BYTES + 1)],
  ])('answers %s: %s', (code, path, method, body) => {
    expect(sub(ask(testDevice(), path, method, body))).toBe(code)
  })

  it('sets the clock, which may drift, and its zone', async () => {
    const set = testDevice('ipc-5.7', { fault: 'drift=90s' })
    expect(textAt(ask(set, 'System/time').root, 'localTime')).toBe('2026-10-16T20:01:30+08:00')
    ask(
      set,
      'System/time',
      'PUT',
      '<Time><timeMode>manual</timeMode><localTime>2026-01-02T03:04:05</localTime><timeZone>CST-1:00:00</timeZone></Time>',
    )
    expect(textAt(ask(set, 'System/time').root, 'localTime')).toBe('2026-01-02T03:04:05+01:00')
    await set.clock.advance(10_000)
    expect(ask(set, 'System/time/localTime').text).toBe('2026-01-02T03:04:15+01:00')
    ask(set, 'System/time', 'PUT', '<Time><timeMode>NTP</timeMode><timeZone>CST+3:30:00</timeZone></Time>')
    expect(ask(set, 'System/time/localTime').text).toBe('2026-10-16T08:30:10-03:30')
  })

  it('reboots', async () => {
    const set = testDevice()
    expect(sub(ask(set, 'System/reboot', 'PUT'))).toBe('ok')
    await set.clock.advance(200)
    expect(set.device.power).toBe('down')
  })

  it('lets nobody in who has no account', () => {
    expect(sub(ask(testDevice(), 'System/deviceInfo', 'GET', '', 'guest'))).toBe('lowPrivilege')
  })

  it.each(Object.keys(profiles) as ProfileName[])('of %s is taken as it was read, and refused whole', (name) => {
    const set = testDevice(name)
    const documents = read.filter((path) => ask(set, path).status === 200 && !/^System\/(status|time$)/.test(path))
    const leaves = (part: XmlElement): XmlElement[] =>
      part.children.length === 0 ? [part] : part.children.flatMap(leaves)
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.nat(), fc.string({ maxLength: 12 }), (path, nth, text) => {
        const before = ask(set, path)
        if (ask(set, path, 'PUT', before.text).status === 200) expect(ask(set, path).text).toBe(before.text)
        const all = leaves(before.root!)
        all[nth % all.length]!.text = text
        const told = ask(set, path, 'PUT', formatXml(before.root!))
        const after = ask(set, path)
        expect(after.status).toBe(200)
        if (told.status !== 200) expect(after.text).toBe(before.text)
      }),
    )
  })

  it('gives an answer for any body', () => {
    const set = testDevice()
    fc.assert(
      fc.property(
        fc.constantFrom(...read),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.string({ maxLength: 100 }).map((text) => utf8(`<Time>${text}</Time>`)),
        ),
        (path, body) => {
          expect(ask(set, path, 'PUT', body).status).toBeGreaterThanOrEqual(200)
        },
      ),
    )
  })
})

it.each([
  ['CST-8:00:00', 480],
  ['CST+5:00:00', -300],
  ['GMT0', 0],
  ['CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/02:00:00', 60],
  ['nonsense', 0],
])('reads the zone %s', (zone, minutes) => {
  expect(zoneMinutes(zone)).toBe(minutes)
  expect(Date.parse(deviceTime(0, zone))).toBe(0)
})
