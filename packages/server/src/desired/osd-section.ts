// SPDX-License-Identifier: Apache-2.0
/** What is written into the picture, in plain words: whether name and date are shown, and one line of text. */
import { changeResource, readResource } from '@openhmp/client'
import { type OverlayChange, type OverlaySettings, overlayResource } from '@openhmp/protocol/isapi'
import { z } from 'zod'
import type { Fields, Section } from './section.ts'

const schema = z.object({
  name: z.boolean(),
  date: z.boolean(),
  /** `YYYY-MM-DD` ... */
  dateFormat: z.string().min(1).max(40),
  clock: z.enum(['24hour', '12hour']),
  weekday: z.boolean(),
  /** The first line; empty: none. */
  text: z.string().max(44),
})

/** Where name, date and text stand is left as it is. */
export const osdSection: Section = {
  key: 'osd',
  scope: 'channel',
  schema,
  at: ({ channel, isRecorder }) => {
    if (channel === undefined) return undefined
    const resource = overlayResource({ channel, isProxied: isRecorder })
    return {
      read: async (door, options) => fieldsOf(await readResource(door, resource, options)),
      change: async (door, told, options) => {
        const { texts } = await readResource(door, resource, options)
        const changed = await changeResource(door, resource, changeOf(told, texts[0]?.id ?? 1), options)
        return fieldsOf(changed.after)
      },
    }
  },
}

const fieldsOf = ({ name, date, texts }: OverlaySettings): Fields => {
  const [first] = texts
  const all = {
    name: name.isShown,
    date: date.isShown,
    dateFormat: date.format,
    clock: date.clock,
    weekday: date.isWeekdayShown,
    text: first && (first.isShown ? first.text : ''),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const changeOf = (told: Fields, line: number): OverlayChange => {
  const { name, date, dateFormat, clock, weekday, text } = schema.partial().parse(told)
  const stamp = {
    ...(date === undefined ? {} : { isShown: date }),
    ...(dateFormat === undefined ? {} : { format: dateFormat }),
    ...(clock === undefined ? {} : { clock }),
    ...(weekday === undefined ? {} : { isWeekdayShown: weekday }),
  }
  return {
    ...(name === undefined ? {} : { name: { isShown: name } }),
    ...(Object.keys(stamp).length === 0 ? {} : { date: stamp }),
    ...(text === undefined ? {} : { texts: [{ id: line, isShown: text !== '', ...(text === '' ? {} : { text }) }] }),
  }
}
