// SPDX-License-Identifier: Apache-2.0
/** Whether it is within the hours of a rule, in the zone that they are meant in. Pure. */
import type { Hours } from '@openhmp/contract'
import { isWindowOpen, isWithin } from '../job/waves.ts'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MAX_ZONES = 50
/** A formatter takes long to make. */
const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone)
  if (known) return known
  if (formats.size >= MAX_ZONES) formats.clear()
  const options = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const made = new Intl.DateTimeFormat('en-US', { ...options, timeZone: zone })
  formats.set(zone, made)
  return made
}

/** True within one of them, or when there are none. */
export const isWithinHours = (hours: readonly Hours[], atMs: number): boolean =>
  hours.length === 0 || hours.some((one) => isOpen(one, atMs))

const isOpen = ({ zone, ...window }: Hours, atMs: number): boolean => {
  if (zone === undefined) return isWindowOpen(window, atMs)
  const parts = new Map(
    formatOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  )
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'))
  return isWithin(window, { day: DAYS.indexOf(parts.get('weekday') ?? ''), minute })
}
