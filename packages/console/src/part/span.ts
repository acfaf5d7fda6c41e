// SPDX-License-Identifier: Apache-2.0
/** Durations in one unit, as people say them: 40 s, 3 min, 2 h, 5 d. */

export interface Span {
  readonly unit: 'seconds' | 'minutes' | 'hours' | 'days'
  readonly count: number
}

/** The largest unit of which there is at least one, rounded down; negative durations count as none. */
export const spanOf = (ms: number): Span => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return { unit: 'seconds', count: seconds }
  if (seconds < 3600) return { unit: 'minutes', count: Math.floor(seconds / 60) }
  if (seconds < 86_400) return { unit: 'hours', count: Math.floor(seconds / 3600) }
  return { unit: 'days', count: Math.floor(seconds / 86_400) }
}
