// SPDX-License-Identifier: Apache-2.0
/** Times as devices write them: ISO 8601, more or less. */
import type { DeviceEvent } from './device-event.ts'

// Tolerates: cameras that write the offset with one digit (`-6:00`), though ISO 8601 wants two; and none at all.
const form =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?\s*(?:(Z)|([+-])(\d{1,2}):?(\d{2})?)?$/i

/**
 * Milliseconds since 1970 of a device's time; undefined when it is none. A time without zone counts as UTC unless
 * `zoneMinutes` says how far the device's local time is ahead.
 */
export const parseDeviceTime = (text: string, zoneMinutes = 0): number | undefined => {
  const match = form.exec(text.trim())
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction, zulu, sign, offsetHours, offsetMinutes] = match
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 24 || mi > 59 || s > 60) return undefined
  const ahead = sign
    ? (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes ?? 0))
    : zulu
      ? 0
      : zoneMinutes
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000)
  return (daysFrom1970(y, mo, d) * 86_400 + h * 3600 + mi * 60 + s) * 1000 + ms - ahead * 60_000
}

/** The members of an event that tell its time. */
export const timeOf = (text: string | undefined): Pick<DeviceEvent, 'time' | 'timeMs' | 'isTimeLocal'> => {
  if (text === undefined) return {}
  const timeMs = parseDeviceTime(text)
  if (timeMs === undefined) return { time: text }
  const match = form.exec(text.trim())
  const saysZone = match?.[8] !== undefined || match?.[9] !== undefined
  return { time: text, timeMs, ...(saysZone ? {} : { isTimeLocal: true as const }) }
}

/** Days of the proleptic Gregorian calendar: no clock, no `Date`. */
const daysFrom1970 = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}
