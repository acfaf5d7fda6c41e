// SPDX-License-Identifier: Apache-2.0
/** Triggers and motion detection: what decides whether an event is told. */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, put, type Route, type Routed, resourceOf } from './route.ts'

const MOTION = '/System/Video/inputs/channels/#/motionDetection'
const PROXIED_MOTION = '/ContentMgmt/InputProxy/channels/#/video/motionDetection'

/** Motion of this channel is told: detection is on. */
export const isArmed = (core: DeviceCore, channel: number): boolean => {
  const path = core.profile.kind === 'recorder' ? PROXIED_MOTION : MOTION
  return core.settings.get(resourceOf(path, [channel]), '/enabled') !== 'false'
}

function trigger(core: DeviceCore, type: string, word: string, channel?: number): XmlElement {
  const isRecorder = core.profile.kind === 'recorder'
  const place = type === 'IO' ? 'inputIOPortID' : isRecorder ? 'dynVideoInputChannelID' : 'videoInputChannelID'
  return element('EventTrigger', [
    element('id', channel === undefined ? type : `${type}-${channel}`),
    element('eventType', word),
    element('eventDescription', `${word} Event trigger Information`),
    ...(channel === undefined ? [] : [element(place, channel)]),
    element('EventTriggerNotificationList', [
      element('EventTriggerNotification', [
        element('id', 'center'),
        element('notificationMethod', 'center'),
        element('notificationRecurrence', 'beginning'),
      ]),
    ]),
  ])
}

function triggerList(core: DeviceCore): XmlElement[] {
  const each = core.channels.flatMap(({ channel }) => [
    trigger(core, 'VMD', 'VMD', channel),
    trigger(core, 'tamper', 'tamperdetection', channel),
    ...(core.profile.kind === 'recorder' ? [trigger(core, 'videoloss', 'videoloss', channel)] : []),
  ])
  const ports = Array.from({ length: core.profile.inputs }, (_, i) => trigger(core, 'IO', 'IO', i + 1))
  return [
    ...each,
    ...ports,
    ...['diskfull', 'diskerror', 'nicbroken', 'ipconflict', 'illaccess'].map((type) => trigger(core, type, type)),
  ]
}

function triggers({ core }: Routed): XmlElement {
  const list = document(core, 'EventTriggerList', triggerList(core))
  if (core.profile.triggers === 'error') throw new IsapiRefusal('deviceError')
  return core.profile.triggers === 'list' ? list : document(core, 'EventNotification', [list])
}

const motion = ({ core, ids }: Routed): XmlElement => {
  if (!core.channels.some((one) => one.channel === ids[0])) throw new IsapiRefusal('notSupport')
  return document(core, 'MotionDetection', [
    element('enabled', true),
    element('enableHighlight', false),
    element('samplingInterval', 2),
    element('startTriggerTime', 500),
    element('endTriggerTime', 500),
    element('regionType', 'grid'),
    element('Grid', [element('rowGranularity', 18), element('columnGranularity', 22)]),
    element('MotionDetectionLayout', [
      element('sensitivityLevel', 60),
      element('layout', [element('gridMap', 'fffffc'.repeat(18))]),
    ]),
  ])
}

/** On a recorder, the camera's own path is not there, and the other way round. */
const only =
  (kind: 'camera' | 'recorder', build: (request: Routed) => XmlElement) =>
  (request: Routed): XmlElement => {
    if (request.core.profile.kind !== kind) throw new IsapiRefusal('notSupport')
    return build(request)
  }

/** Paths of this part of the tree, without the alert stream, which is no document. */
export const eventRoutes: readonly Route[] = [
  get('/Event/triggers', triggers),
  {
    method: 'GET',
    path: '/Event/triggers/*',
    handle: ({ core, tail }) => {
      const found = triggerList(core).find((one) => one.children[0]?.text.toLowerCase() === tail.toLowerCase())
      return found ? { document: found } : { status: 'notSupport' }
    },
  },
  ...put(MOTION, only('camera', motion), ['regionType', 'rowGranularity', 'columnGranularity']),
  ...put(PROXIED_MOTION, only('recorder', motion), ['regionType', 'rowGranularity', 'columnGranularity']),
]
