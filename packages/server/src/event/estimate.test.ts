// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import { type Clues, estimateTime } from './estimate.ts'

const arrivalMs = Date.UTC(2026, 9, 25, 1, 30)
const [second, hour, day] = [1000, 3_600_000, 86_400_000]
const base = { isLocal: false, offsetMs: undefined, arrivalMs, isKept: false }

/** name, what is known, where the event is placed before its arrival, late or not. */
const rows: [string, Partial<Clues>, number, boolean][] = [
  ['no time at all', { deviceMs: undefined }, 0, false],
  ['a good clock', { deviceMs: arrivalMs - 2 * second }, 2 * second, false],
  ['a clock a little ahead of its arrival', { deviceMs: arrivalMs + 5 * second }, 0, false],
  ['a clock in 1970', { deviceMs: 86_400_000 }, 0, false],
  ['a clock in 1970 whose error is known', { deviceMs: 5000, offsetMs: 5000 - (arrivalMs - 3000) }, 3000, false],
  ['summer time forgotten, not measured', { deviceMs: arrivalMs - hour }, 0, false],
  ['summer time forgotten, measured', { deviceMs: arrivalMs - hour - second, offsetMs: -hour }, second, false],
  ['no zone, eight hours ahead', { deviceMs: arrivalMs + 8 * hour - second, isLocal: true }, second, false],
  ['no zone, five and three quarters ahead', { deviceMs: arrivalMs + 5.75 * hour, isLocal: true }, 0, false],
  ['no zone, days off', { deviceMs: arrivalMs - 3 * day, isLocal: true }, 0, false],
  ['kept for two days', { deviceMs: arrivalMs - 2 * day, isKept: true }, 2 * day, true],
  [
    'kept, and the clock two hours ahead',
    { deviceMs: arrivalMs - day, offsetMs: 2 * hour, isKept: true },
    day + 2 * hour,
    true,
  ],
  ['kept longer than is believed', { deviceMs: arrivalMs - 8 * day, isKept: true }, 0, false],
  ['kept, without zone', { deviceMs: arrivalMs - day, isLocal: true, isKept: true }, 0, false],
]

it.each(rows)('%s', (_, clues, beforeMs, isLate) => {
  const { timeMs, isLate: late } = estimateTime({ deviceMs: undefined, ...base, ...clues })
  expect([arrivalMs - timeMs, late]).toEqual([beforeMs, isLate])
})
