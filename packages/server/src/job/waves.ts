// SPDX-License-Identifier: Apache-2.0
/** Devices into waves, and when a maintenance window is open. Pure. */
import type { MaintenanceWindow, Rollout } from '@openhmp/contract'

/** The wave of each of `total` devices, from 1. Sizes add up; what is left over goes into one last wave. */
export const wavesOf = (total: number, sizes: Rollout['waves'] = []): number[] => {
  const waves: number[] = []
  let number = 0
  for (const size of sizes) {
    number++
    const count = typeof size === 'number' ? size : Math.max(1, Math.round((total * Number.parseFloat(size)) / 100))
    // A share is of the whole, counted from the start: 5 %, 25 %, 100 % are three waves.
    const end = typeof size === 'number' ? waves.length + count : Math.max(waves.length + 1, count)
    while (waves.length < Math.min(end, total)) waves.push(number)
    if (waves.length === total) return waves
  }
  while (waves.length < total) waves.push(number + 1)
  return waves
}

const DAY_MINUTES = 24 * 60

/** True while work may begin. `atMs` is read in the server's own time zone. */
export const isWindowOpen = (window: MaintenanceWindow | undefined, atMs: number): boolean => {
  if (!window) return true
  const time = new Date(atMs)
  return isWithin(window, { day: time.getDay(), minute: time.getHours() * 60 + time.getMinutes() })
}

/** The same for a time that is given as the day of the week and the minute of the day. */
export const isWithin = (
  window: MaintenanceWindow,
  now: { readonly day: number; readonly minute: number },
): boolean => {
  const { minute } = now
  const [from, to] = [minutesOf(window.from), minutesOf(window.to)]
  const length = (to - from + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
  const since = (minute - from + DAY_MINUTES) % DAY_MINUTES
  // After midnight the window is that of the day before.
  const day = minute < from ? (now.day + 6) % 7 : now.day
  return since < length && (window.days === undefined || window.days.includes(day))
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
