// SPDX-License-Identifier: Apache-2.0
/** Entries of a device's log to occurrences: a beginning and its end are two entries, and regions overlap. Pure. */
import type { LoggedEntry } from '@openhmp/client'

/** What was going on, as far as the log tells. */
export interface Logged {
  readonly kind: string
  readonly type: string
  readonly channel: number | undefined
  readonly input: number | undefined
  /** Of our clock; undefined for one that had begun before the log was looked at. */
  readonly beganMs: number | undefined
  /** Undefined for one whose end the log does not tell. */
  readonly endedMs: number | undefined
  /** Of its beginning, else its end, as the device wrote it. */
  readonly deviceTime: string
}

/** In the order of their beginnings; `entries` in that of their times. */
export const pairsOf = (entries: readonly LoggedEntry[]): Logged[] => {
  const done: Logged[] = []
  const open = new Map<string, { readonly began: LoggedEntry; depth: number }>()
  const pair = (from: LoggedEntry, beganMs: number | undefined, endedMs: number | undefined): void => {
    const { kind, type, channel, input, deviceTime } = from
    done.push({ kind, type, channel, input, beganMs, endedMs, deviceTime })
  }
  for (const entry of entries) {
    const key = `${entry.type.toLowerCase()}|${entry.channel}|${entry.input}`
    const going = open.get(key)
    if (entry.moment === 'happened') pair(entry, entry.atMs, entry.atMs)
    else if (entry.moment === 'began') {
      if (going) going.depth++
      else open.set(key, { began: entry, depth: 1 })
    } else if (!going) pair(entry, undefined, entry.atMs)
    else if (--going.depth === 0) {
      open.delete(key)
      pair(going.began, going.began.atMs, entry.atMs)
    }
  }
  for (const { began } of open.values()) pair(began, began.atMs, undefined)
  return done.sort((a, b) => (a.beganMs ?? a.endedMs ?? 0) - (b.beganMs ?? b.endedMs ?? 0))
}
