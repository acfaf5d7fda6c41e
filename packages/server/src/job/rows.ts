// SPDX-License-Identifier: Apache-2.0
/** Jobs from the database to the API. */
import type { Job, JobDevice } from '@openhmp/contract'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'

export type JobRow = Selectable<Tables['job']>
export type JobDeviceRow = Selectable<Tables['jobDevice']>

/** Where a device of a job is: its number, wave and state alone. */
export type Place = Pick<JobDeviceRow, 'number' | 'deviceId' | 'deviceName' | 'wave' | 'state'>

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

/** How many devices of one wave are in one state. */
export interface Tally {
  readonly wave: number
  readonly state: Place['state']
  readonly count: number
}

/** A job with its counts. */
export const jobOf = (row: JobRow, tallies: readonly Tally[]): Job => {
  const counts = { total: 0, waiting: 0, running: 0, done: 0, failed: 0, skipped: 0, cancelled: 0 }
  const waves: Job['waves'] = []
  for (const { wave: number, state, count } of tallies) {
    counts[state] += count
    counts.total += count
    waves[number - 1] ??= { number, total: 0, ended: 0, failed: 0 }
    const wave = waves[number - 1]!
    wave.total += count
    if (state !== 'waiting' && state !== 'running') wave.ended += count
    if (state === 'failed') wave.failed += count
  }
  const { id, kind, title, state, note, by } = row
  const times = { createdAt: iso(row.createdAt), endedAt: isoOrNull(row.endedAt) }
  return { id, kind, title, state, note, by, ...times, counts, waves }
}

/** The tallies of places, one each. */
export const tallied = (places: readonly Place[]): Tally[] =>
  places.map(({ wave, state }) => ({ wave, state, count: 1 }))

/** What a device at work shows, which is not kept. */
export interface Progress {
  readonly share: number
  readonly step: string
}

/** One device of a job. */
export const jobDeviceOf = (row: JobDeviceRow, progress: Progress | undefined): JobDevice => ({
  device: row.deviceId as JobDevice['device'],
  deviceName: row.deviceName,
  wave: row.wave,
  state: row.state,
  step: progress?.step ?? null,
  share: row.state === 'running' ? (progress?.share ?? 0) : row.state === 'waiting' ? 0 : 1,
  text: row.text,
  errorCode: row.errorCode,
  startedAt: isoOrNull(row.startedAt),
  endedAt: isoOrNull(row.endedAt),
  result: row.resultJson === null ? null : JSON.parse(row.resultJson),
})
