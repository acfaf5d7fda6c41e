// SPDX-License-Identifier: Apache-2.0
/** Times as people write them: `2026-11-23T08:00:00Z`, or how long ago, `90s`, `30m`, `2h`, `7d`. */
import { systemClock } from '@openhmp/client'
import { UsageError } from '../output/failure.ts'

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** In ISO 8601. Throws UsageError. */
export const timeOf = (text: string): string => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms =
    count === undefined ? Date.parse(text) : systemClock.now() - Number(count) * units[unit as keyof typeof units]
  if (Number.isNaN(ms)) throw new UsageError(`${JSON.stringify(text)} is no time such as 2026-11-23T08:00:00Z or 2h`)
  return new Date(ms).toISOString()
}
