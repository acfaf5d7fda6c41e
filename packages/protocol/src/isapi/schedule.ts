// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/Event/schedules`: the times of a week at which an event counts. */
import { Refusal } from '../base/errors.ts'
import { childrenOf, element, find, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import type { Resource } from './resource.ts'

/** A time of one day at which the event counts. */
export interface TimeBlock {
  /** 1 is Monday, 7 Sunday. */
  readonly day: number
  /** Minutes since midnight; `to` up to 1440. */
  readonly from: number
  readonly to: number
}

/** Blocks a day, as devices have room for. */
export const MAX_BLOCKS_PER_DAY = 8

/** The whole week. */
export const ALWAYS: readonly TimeBlock[] = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: 0, to: 1440 }))

/** Folders and names of schedules, by what they are for. */
const places = {
  motion: (n: number) => `motionDetections/VMD_video${n}`,
  tamper: (n: number) => `tamperDetections/tamper_video${n}`,
  videoLoss: (n: number) => `videolosses/videoloss_video${n}`,
  lineCrossing: (n: number) => `linedetections/linedetection-${n}`,
  intrusion: (n: number) => `fielddetections/fielddetection-${n}`,
  alarmInput: (n: number) => `inputs/IO_IN_${n}`,
} as const
export type ScheduleKind = keyof typeof places

export interface WeekSchedule {
  readonly blocks: readonly TimeBlock[]
}

/** `number` is the channel, or the alarm input. */
export const scheduleResource = (kind: ScheduleKind, number: number): Resource<WeekSchedule, WeekSchedule> => ({
  path: `/ISAPI/Event/schedules/${places[kind](number)}`,
  read: (root) => ({
    blocks: childrenOf(find(root, 'TimeBlockList'), 'TimeBlock').flatMap((one) => readBlock(one) ?? []),
  }),
  write: (root, { blocks }) => {
    checkBlocks(blocks)
    const prefix = root.name.slice(0, root.name.indexOf(':') + 1)
    let list = find(root, 'TimeBlockList')
    if (!list) {
      list = element(`${prefix}TimeBlockList`, [])
      root.children.push(list)
    }
    const sorted = [...blocks].sort((a, b) => a.day - b.day || a.from - b.from)
    // Members stay as far as there are any, with what else they hold.
    const former = childrenOf(list, 'TimeBlock')
    const others = list.children.filter((one) => !former.includes(one))
    const members = sorted.map(({ day, from, to }, i) => {
      const block = former[i] ?? element(`${prefix}TimeBlock`, [])
      setText(block, 'dayOfWeek', day)
      setText(block, 'TimeRange/beginTime', clockOf(from))
      setText(block, 'TimeRange/endTime', clockOf(to))
      return block
    })
    list.children = [...members, ...others]
  },
})

const readBlock = (block: XmlElement): TimeBlock | undefined => {
  const day = numberAt(block, 'dayOfWeek')
  const [from, to] = ['beginTime', 'endTime'].map((name) => minutesOf(textAt(block, `TimeRange/${name}`)))
  return day === undefined || from === undefined || to === undefined ? undefined : { day, from, to }
}

/** `08:30` or `08:30:00`. */
const minutesOf = (text: string | undefined): number | undefined => {
  const match = /^(\d{1,2}):(\d{2})(?::\d{2})?/.exec(text ?? '')
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined
}

const clockOf = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')

const checkBlocks = (blocks: readonly TimeBlock[]): void => {
  const no = (text: string) => new Refusal('invalid', 'setting.range', text)
  for (const { day, from, to } of blocks) {
    if (!Number.isInteger(day) || day < 1 || day > 7) throw no('a day is 1 (Monday) to 7 (Sunday)')
    if (![from, to].every(Number.isInteger) || from < 0 || to > 1440 || from >= to)
      throw no('a block goes from an earlier to a later minute of one day, 0 to 1440')
    const sameDay = blocks.filter((one) => one.day === day)
    if (sameDay.length > MAX_BLOCKS_PER_DAY) throw no(`a day has at most ${MAX_BLOCKS_PER_DAY} blocks`)
    if (sameDay.filter((one) => one.from < to && from < one.to).length > 1) throw no(`blocks of day ${day} overlap`)
  }
}
