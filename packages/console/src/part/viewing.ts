// SPDX-License-Identifier: Apache-2.0
/** Viewings of the audit: what was said when one began, went on and ended is one thing to a person. Pure. */
import type { AuditRow } from '@openhmp/contract'

const sights = ['live', 'sound', 'snapshot'] as const
export type Sight = (typeof sights)[number]

/** Somebody watched a camera. */
export interface Viewing {
  readonly id: string
  readonly who: string
  readonly from: string
  readonly channel: number | undefined
  readonly sights: readonly Sight[]
  /** The name of the screen, when it was one of a control room. */
  readonly screen: string | undefined
  readonly beganAt: string
  /** Undefined while it goes on. */
  readonly seconds: number | undefined
}

/** What one row of the kind `viewing.` says; undefined for any other. */
export const viewingOf = ({ action, detail, time, who, from }: AuditRow): Viewing | undefined => {
  if (!action.startsWith('viewing.')) return undefined
  const { viewing, channel, kinds, seconds, screen } = detail
  const told = Array.isArray(kinds) ? kinds : []
  const lasted = typeof seconds === 'number' ? seconds : 0
  return {
    ...{ id: String(viewing), who, from },
    channel: typeof channel === 'number' ? channel : undefined,
    sights: sights.filter((one) => told.includes(one)),
    screen: typeof screen === 'string' ? screen : undefined,
    beganAt: new Date(Date.parse(time) - lasted * 1000).toISOString(),
    seconds: action === 'viewing.end' ? lasted : undefined,
  }
}

/** Each viewing once, as it was last told of; `rows` are newest first. */
export const viewingsOf = (rows: readonly AuditRow[]): Viewing[] => {
  const found = new Map<string, Viewing>()
  for (const row of rows) {
    const viewing = viewingOf(row)
    if (!viewing) continue
    const later = found.get(viewing.id)
    // The first word of it is when it began; the last is what became of it.
    found.set(viewing.id, later ? { ...later, beganAt: viewing.beganAt } : viewing)
  }
  return [...found.values()]
}
