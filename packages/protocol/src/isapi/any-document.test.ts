// SPDX-License-Identifier: Apache-2.0
/** Whatever a device sends: reading gives a value, and writing changes or refuses. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Refusal } from '../base/errors.ts'
import { copyOf, element, type XmlElement } from '../xml/element.ts'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { motionResource, tamperResource, videoLossResource } from './detection.ts'
import { linkToCenter, readEventTriggers } from './event-trigger.ts'
import { httpHostsResource } from './http-host.ts'
import { imageResource } from './image.ts'
import { readInputProxyChannels } from './input-channel.ts'
import { ioInputResource, ioOutputResource, readIoInputs, readIoOutputs, readPortIsActive } from './io-port.ts'
import { adminAccessResource, networkResource } from './network.ts'
import { channelNameResource, overlayResource } from './overlay.ts'
import { readPtzPresets, readPtzStatus } from './ptz.ts'
import { recorderChannelResource } from './recorder-channel.ts'
import type { Resource } from './resource.ts'
import { scheduleResource } from './schedule.ts'
import { readSessionChallenge, readSessionOutcome } from './session-login.ts'
import { deviceNameResource, ntpResource, streamResource, timeResource } from './setting.ts'
import { smartResource } from './smart.ts'
import { readStreamingCapabilities } from './streaming-capabilities.ts'
import { readStreamingChannels } from './streaming-channel.ts'
import { readUserCheck } from './system.ts'
import { readTwoWayAudioChannels, readTwoWayAudioSession, twoWayAudioResource } from './two-way-audio.ts'
import { changeUser, readUsers, type UserChange } from './user.ts'

const names = [
  ...['id', 'enabled', 'Grid', 'rowGranularity', 'columnGranularity', 'MotionDetectionLayout', 'layout', 'gridMap'],
  ...[
    'RegionList',
    'Region',
    'RegionCoordinatesList',
    'RegionCoordinates',
    'positionX',
    'positionY',
    'sensitivityLevel',
  ],
  ...['LineItemList', 'LineItem', 'CoordinatesList', 'Coordinates', 'normalizedScreenSize', 'normalizedScreenWidth'],
  ...['EventTriggerNotificationList', 'EventTriggerNotification', 'notificationMethod', 'EventTrigger', 'eventType'],
  ...[
    'TimeBlockList',
    'TimeBlock',
    'dayOfWeek',
    'TimeRange',
    'beginTime',
    'endTime',
    'Video',
    'videoCodecType',
    'Audio',
  ],
  ...[
    'Color',
    'WDR',
    'ImageFlip',
    'brightnessLevel',
    'TextOverlayList',
    'TextOverlay',
    'DateTimeOverlay',
    'displayText',
  ],
  ...[
    'HttpHostNotification',
    'ipAddress',
    'hostName',
    'IOInputPort',
    'PowerOnState',
    'AbsoluteHigh',
    'PTZPreset',
    'p:x',
  ],
  ...['Time', 'timeMode', 'localTime', 'NTPServer', 'addressingFormatType', 'portNo', 'IPAddress', 'DefaultGateway'],
  ...['AdminAccessProtocol', 'protocol', 'sourceInputPortDescriptor', 'userName', 'password', 'sessionID', 'challenge'],
]
const texts = [
  '',
  '0',
  '1',
  '-1',
  '18',
  '1e9',
  'NaN',
  'true',
  'false',
  'ff',
  '24:00',
  '0.0.0.0',
  'H.265',
  'center',
  '<&>',
]
const name = fc.constantFrom(...names)
const text = fc.constantFrom(...texts)
const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.tuple(name, text, text).map(([of, value, opt]) => element(of, value, { opt, min: opt, max: value })),
    fc
      .tuple(name, fc.array(tie('tree'), { maxLength: 6 }))
      .map(([of, children]) => element(of, children, { size: '4' })),
  ),
}))

const userResource: Resource<unknown, UserChange> = {
  path: '/ISAPI/Security/users/1',
  read: readUsers,
  write: changeUser,
}
const place = { channel: 1, isProxied: false }
const corner = { x: 0, y: 0 }
const changes: readonly (readonly [Resource<unknown, never>, unknown])[] = [
  [motionResource(place), { isEnabled: true, grid: [[true]], regions: [[corner]], targets: ['human'], sensitivity: 1 }],
  [tamperResource(place), { isEnabled: true, sensitivity: 1, regions: [[corner]] }],
  [videoLossResource(place), { isEnabled: true }],
  [smartResource('lineCrossing', 1), { isEnabled: true, rules: [{ id: 1, points: [corner, corner], sensitivity: 1 }] }],
  [smartResource('intrusion', 1), { sensitivity: 1, rules: [{ id: 1, points: [], afterSeconds: 1 }] }],
  [scheduleResource('motion', 1), { blocks: [{ day: 1, from: 0, to: 1 }] }],
  [streamResource(101), { codec: 'h265', width: 1, gop: 1, profile: 'x', isAudioEnabled: true, bitrateKbps: 1 }],
  [imageResource(1), { brightness: 1, wdr: 'on', mirror: 'both' }],
  [overlayResource(place), { date: { isShown: true }, texts: [{ id: 1, text: 'x', at: corner }] }],
  [channelNameResource(place), { name: 'x' }],
  [ioInputResource(1), { name: 'x' }],
  [ioOutputResource(1), { pulseMs: 1 }],
  [httpHostsResource(), { id: 1, host: 'x' }],
  [twoWayAudioResource(1), { volume: 1 }],
  [deviceNameResource, { name: '<x>' }],
  [timeResource, { mode: 'NTP', timeZone: 'CST-8:00:00' }],
  [timeResource, { mode: 'manual' }],
  [ntpResource, { host: 'x.example', port: 1, intervalMinutes: 1 }],
  [ntpResource, { host: '192.0.2.1' }],
  [networkResource(), { isDhcp: false, address: '192.0.2.1', dns: '192.0.2.2', mtu: 1500 }],
  [adminAccessResource, { protocol: '1', port: 1, isEnabled: false }],
  [recorderChannelResource(1), { name: 'x', host: 'x.example', port: 1, userName: 'x', password: '&' }],
  [userResource, { name: 'x', password: '<', level: 'Viewer', loginPassword: '>' }],
]

it.each(changes)('$path of any document', (resource, change) => {
  fc.assert(
    fc.property(tree, (root) => {
      const before = formatXml(root)
      resource.read(root)
      expect(formatXml(root)).toBe(before) // looking changes nothing
      const written = copyOf(root)
      try {
        resource.write!(written, change as never)
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
        return
      }
      resource.read(parseXml(formatXml(written)))
    }),
  )
})

it('any document as a list, a state, capabilities', () => {
  const readers = [
    ...[readEventTriggers, readIoInputs, readIoOutputs, readPortIsActive, readPtzPresets, readPtzStatus],
    ...[readSessionChallenge, readSessionOutcome, readUserCheck, readInputProxyChannels, readStreamingChannels],
    ...[readStreamingCapabilities, readTwoWayAudioChannels, readTwoWayAudioSession, linkToCenter],
  ]
  fc.assert(
    fc.property(tree, fc.constantFrom(...readers), (root, read) => {
      read(root)
    }),
    { numRuns: 500 },
  )
})
