// SPDX-License-Identifier: Apache-2.0
/**
 * Whether what happened is an event at all: not when its owner has switched off what looks for it, nor at a time when it
 * does not count. Events that are raised by hand are told although the functions for them are off from the factory.
 */
import type { Alert } from '../device/alert.ts'
import { channelPath } from './channel-setting.ts'
import type { DeviceCore } from './core.ts'
import { resourceOf } from './route.ts'
import { isInSchedule, type ScheduleKind } from './schedule.ts'

type Source = readonly [path: (core: DeviceCore) => string, schedule?: ScheduleKind]

/** By the type of the alert: the document of what looks for it, and its schedule. */
const sources: Readonly<Record<string, Source>> = {
  VMD: [(core) => channelPath(core, 'motionDetection'), 'motion'],
  shelteralarm: [(core) => channelPath(core, 'tamperDetection'), 'tamper'],
  tamperdetection: [(core) => channelPath(core, 'tamperDetection'), 'tamper'],
  videoloss: [(core) => channelPath(core, 'videoLoss'), 'videoLoss'],
  linedetection: [() => '/Smart/LineDetection/#', 'lineCrossing'],
  fielddetection: [() => '/Smart/FieldDetection/#', 'intrusion'],
  regionEntrance: [() => '/Smart/regionEntrance/#'],
  regionExiting: [() => '/Smart/regionExiting/#'],
  scenechangedetection: [() => '/Smart/SceneChangeDetection/#'],
  audioexception: [() => '/Smart/AudioDetection/#'],
  IO: [() => '/System/IO/inputs/#', 'alarmInput'],
}

/** The end of an event is always one: it may have begun before. */
export function isWanted(core: DeviceCore, { type, state, channel, input }: Alert): boolean {
  const source = Object.hasOwn(sources, type) ? sources[type] : undefined
  const number = type === 'IO' ? input : channel
  if (!source || state === 'inactive' || number === undefined) return true
  const [path, schedule] = source
  if (core.settings.get(resourceOf(path(core), [number]), '/enabled') === 'false') return false
  return schedule === undefined || isInSchedule(core, schedule, number)
}
