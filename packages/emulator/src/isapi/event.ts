// SPDX-License-Identifier: Apache-2.0
/** Motion, a covered lens, a lost picture: what a channel looks for, by the camera's own path or the recorder's. */
import { element, find, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import { channelPath, channelSetting } from './channel-setting.ts'
import type { DeviceCore } from './core.ts'
import { document, type Route, type Routed, resourceOf } from './route.ts'
import { isInSchedule } from './schedule.ts'
import type { Leaf } from './setting-route.ts'

const ROWS = 18
const COLUMNS = 22

/** Motion of this channel is told: detection is on, and it is the time for it. */
export const isArmed = (core: DeviceCore, channel: number): boolean => {
  const path = resourceOf(channelPath(core, 'motionDetection'), [channel])
  return core.settings.get(path, '/enabled') !== 'false' && isInSchedule(core, 'motion', channel)
}

/** Points on the device's raster, as a list of coordinates. */
export const coordinates = (points: readonly (readonly [x: number, y: number])[]): XmlElement =>
  element(
    'RegionCoordinatesList',
    points.map(([x, y]) => element('RegionCoordinates', [element('positionX', x), element('positionY', y)])),
  )

const motion = ({ core }: Routed, leaf: Leaf): XmlElement => {
  const { hasTargets } = core.profile.media
  return document(core, 'MotionDetection', [
    leaf('enabled', true, { opt: 'true,false' }),
    element('enableHighlight', false),
    leaf('samplingInterval', 2, { min: '1', max: '30' }),
    leaf('startTriggerTime', 500, { min: '0', max: '10000' }),
    leaf('endTriggerTime', 500, { min: '0', max: '10000' }),
    element('regionType', 'grid'),
    element('Grid', [element('rowGranularity', ROWS), element('columnGranularity', COLUMNS)]),
    element('MotionDetectionLayout', [
      leaf('sensitivityLevel', 60, { min: '0', max: '100' }),
      element('layout', [
        element('gridMap', 'fffffc'.repeat(ROWS)),
        ...(hasTargets ? [element('RegionList', regions('Region', 4))] : []),
      ]),
      ...(hasTargets ? [leaf('targetType', 'human,vehicle')] : []),
    ]),
  ])
}

const regions = (name: string, count: number): XmlElement[] =>
  Array.from({ length: count }, (_, i) => element(name, [element('id', i + 1), coordinates([])]))

/** A map of another size is none, nor is a target that nobody knows. */
const checkMotion = ({ body }: Routed): void => {
  const layout = find(body, 'MotionDetectionLayout')
  const map = find(layout, 'layout/gridMap')?.text ?? ''
  const targets = find(layout, 'targetType')?.text ?? ''
  if (!/^([0-9a-f]{108})?$/i.test(map) || !/^((human|vehicle)(,(human|vehicle))?)?$/.test(targets))
    throw new IsapiRefusal('badParameters')
}

const tamper = ({ core }: Routed, leaf: Leaf): XmlElement => {
  const level = (name: string) => leaf(name, 60, { min: '0', max: '100' })
  const region = [element('id', 1), element('enabled', true), level('sensitivityLevel')]
  return document(core, 'TamperDetection', [
    leaf('enabled', false, { opt: 'true,false' }),
    element('normalizedScreenSize', [element('normalizedScreenWidth', 704), element('normalizedScreenHeight', 576)]),
    ...(core.profile.kind === 'camera' ? [level('tampersensitivityLevel')] : []),
    element('TamperDetectionRegionList', [element('TamperDetectionRegion', [...region, coordinates([])])]),
  ])
}

const videoLoss = ({ core }: Routed, leaf: Leaf): XmlElement => {
  // A network camera without a picture is no camera: only recorders look for it, and cameras of old.
  if (core.profile.kind === 'camera' && core.profile.firmwareVersion >= 'V5.5') throw new IsapiRefusal('notSupport')
  return document(core, 'VideoLoss', [leaf('enabled', true, { opt: 'true,false' })])
}

/** Paths of this part of the tree, without the alert stream, which is no document. */
export const eventRoutes: readonly Route[] = [
  ...channelSetting('motionDetection', {
    build: motion,
    readOnly: ['regionType', 'rowGranularity', 'columnGranularity'],
    check: checkMotion,
  }),
  ...channelSetting('tamperDetection', { build: tamper, readOnly: ['normalizedScreenSize'] }),
  ...channelSetting('videoLoss', { build: videoLoss }),
]
