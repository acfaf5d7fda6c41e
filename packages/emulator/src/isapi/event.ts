// SPDX-License-Identifier: Apache-2.0
/** Motion detection: what decides whether movement is an event. */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, put, type Route, type Routed, resourceOf } from './route.ts'

const MOTION = '/System/Video/inputs/channels/#/motionDetection'
const PROXIED_MOTION = '/ContentMgmt/InputProxy/channels/#/video/motionDetection'

/** Motion of this channel is told: detection is on. */
export const isArmed = (core: DeviceCore, channel: number): boolean => {
  const path = core.profile.kind === 'recorder' ? PROXIED_MOTION : MOTION
  return core.settings.get(resourceOf(path, [channel]), '/enabled') !== 'false'
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
  ...put(MOTION, only('camera', motion), ['regionType', 'rowGranularity', 'columnGranularity']),
  ...put(PROXIED_MOTION, only('recorder', motion), ['regionType', 'rowGranularity', 'columnGranularity']),
]
