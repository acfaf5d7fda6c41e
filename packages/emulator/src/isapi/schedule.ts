// SPDX-License-Identifier: Apache-2.0
/** `/Event/schedules`: the times of a week at which an event counts. */
import { element, setText, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import { type DeviceCore, zoneMinutes } from './core.ts'
import { document, put, type Route, type Routed, resourceOf } from './route.ts'
import { zoneOf } from './system.ts'

/** Kind, path, event type, what the number is. */
const kinds = {
  motion: ['/Event/schedules/motionDetections/VMD_video#', 'VMD'],
  tamper: ['/Event/schedules/tamperDetections/tamper_video#', 'tamperdetection'],
  videoLoss: ['/Event/schedules/videolosses/videoloss_video#', 'videoloss'],
  lineCrossing: ['/Event/schedules/linedetections/linedetection-#', 'linedetection'],
  intrusion: ['/Event/schedules/fielddetections/fielddetection-#', 'fielddetection'],
  alarmInput: ['/Event/schedules/inputs/IO_IN_#', 'IO'],
} as const
/** What has a schedule. */
export type ScheduleKind = keyof typeof kinds

const PLACE = '/TimeBlockList'
const DAY_MS = 86_400_000
/** Blocks of a day that there is room for. */
const BLOCKS_A_DAY = 8

const wholeWeek = (): XmlElement[] =>
  [1, 2, 3, 4, 5, 6, 7].map((day) => {
    const block = element('TimeBlock', [element('dayOfWeek', day)])
    setText(block, 'TimeRange/beginTime', '00:00')
    setText(block, 'TimeRange/endTime', '24:00')
    return block
  })

const build =
  (kind: ScheduleKind) =>
  ({ core, ids }: Routed): XmlElement => {
    const [number = 0] = ids
    const [path, type] = kinds[kind]
    const count = kind === 'alarmInput' ? core.profile.inputs : core.channels.length
    const hasIt = type === 'linedetection' || type === 'fielddetection' ? core.profile.media.smart.includes(type) : true
    if (!hasIt || number < 1 || number > count) throw new IsapiRefusal('notSupport')
    return document(core, 'Schedule', [
      element('id', resourceOf(path, ids).split('/').at(-1)!),
      element('eventType', type),
      element(kind === 'alarmInput' ? 'inputIOPortID' : 'videoInputChannelID', number),
      element('TimeBlockList', wholeWeek(), { size: String(7 * BLOCKS_A_DAY) }),
      element('HolidayBlockList'),
    ])
  }

/** True when the event counts now, on the device's clock. */
export function isInSchedule(core: DeviceCore, kind: ScheduleKind, number: number): boolean {
  const kept = core.settings.get(resourceOf(kinds[kind][0], [number]), PLACE)
  if (kept === undefined) return true
  const localMs = core.deviceNow() + zoneMinutes(zoneOf(core)) * 60_000
  const day = ((Math.floor(localMs / DAY_MS) + 3) % 7) + 1 // 1970 began on a Thursday
  const minute = Math.floor((localMs % DAY_MS) / 60_000)
  return kept.split(';').some((block) => {
    const [of, from = '', to = ''] = block.split(',')
    return Number(of) === day && minutesOf(from) <= minute && minute < minutesOf(to)
  })
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))

/** Paths of this part of the tree. */
export const scheduleRoutes: readonly Route[] = (Object.keys(kinds) as ScheduleKind[]).flatMap((kind) =>
  put(kinds[kind][0], build(kind), ['eventType', 'videoInputChannelID', 'inputIOPortID']),
)
