// SPDX-License-Identifier: Apache-2.0
/** `/Smart`: lines, fields, a scene or a sound that changes. Which there are is the firmware's. */
import { element, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { SmartFunction } from '../device/media-traits.ts'
import { IsapiRefusal } from './answer.ts'
import { coordinates } from './event.ts'
import { document, type Route, type Routed } from './route.ts'
import { type Leaf, setting } from './setting-route.ts'

/** Path, root, list, member. */
const functions: readonly (readonly [SmartFunction, path: string, root: string, member?: string])[] = [
  ['linedetection', 'LineDetection', 'LineDetection', 'LineItem'],
  ['fielddetection', 'FieldDetection', 'FieldDetection', 'FieldDetectionRegion'],
  ['regionEntrance', 'regionEntrance', 'RegionEntrance', 'RegionEntranceRegion'],
  ['regionExiting', 'regionExiting', 'RegionExiting', 'RegionExitingRegion'],
  ['scenechangedetection', 'SceneChangeDetection', 'SceneChangeDetection'],
  ['audioexception', 'AudioDetection', 'AudioDetection'],
]
/** Lines or fields of one function. */
const RULES = 4

const build =
  (name: SmartFunction, root: string, member: string | undefined) =>
  ({ core, ids }: Routed, leaf: Leaf): XmlElement => {
    const { media } = core.profile
    const isThere = media.smart.includes(name) && core.channels.some(({ channel }) => channel === ids[0])
    if (!isThere) throw new IsapiRefusal('notSupport')
    const level = leaf('sensitivityLevel', 50, { min: '0', max: '100' })
    const isLine = name === 'linedetection'
    const rule = (id: number): XmlElement =>
      element(member ?? '', [
        element('id', id),
        ...(media.hasRuleSwitch ? [leaf('enabled', false, { opt: 'true,false' })] : []),
        level,
        ...(isLine ? [leaf('directionSensitivity', 'any', { opt: 'any,left-right,right-left' })] : []),
        ...(name === 'fielddetection' ? [leaf('timeThreshold', 0, { min: '0', max: '10' })] : []),
        isLine ? element('CoordinatesList') : coordinates([]),
        ...(media.hasTargets ? [leaf('detectionTarget', 'human')] : []),
      ])
    return document(core, root, [
      element('id', ids[0] ?? 1),
      leaf('enabled', false, { opt: 'true,false' }),
      ...(member === undefined
        ? [level]
        : [
            element('normalizedScreenSize', [
              element('normalizedScreenWidth', 1000),
              element('normalizedScreenHeight', 1000),
            ]),
            element(
              `${member}List`,
              Array.from({ length: RULES }, (_, i) => rule(i + 1)),
              { size: String(RULES) },
            ),
          ]),
    ])
  }

/** Switched on without anything to look for: firmware takes it, but not of a microphone that is not there. */
const checkSound = ({ core, body }: Routed): void => {
  const isOn = textAt(body, 'enabled') === 'true'
  if (isOn && !core.channels.some(({ camera }) => camera.main.audio)) throw new IsapiRefusal('invalidOperation')
}

/** Paths of this part of the tree. */
export const smartRoutes: readonly Route[] = functions.flatMap(([name, path, root, member]) =>
  setting({
    path: `/Smart/${path}/#`,
    build: build(name, root, member),
    readOnly: ['normalizedScreenSize'],
    ...(name === 'audioexception' ? { check: checkSound } : {}),
  }),
)
