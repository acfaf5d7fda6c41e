// SPDX-License-Identifier: Apache-2.0
/**
 * Access units to the fragments of one file, as they come: for a recording, for Media Source Extensions. It unwraps RTP
 * times, gives each sample the time to the next as its duration, begins every track at a key unit, and writes damaged
 * units not at all: what is left out shows as a longer sample, and is counted.
 */
import { put32, sameBytes } from '../base/bytes.ts'
import { Defect } from '../base/errors.ts'
import { Timeline } from '../base/time.ts'
import type { AccessUnit } from '../payload/unit.ts'
import type { Mp4Sample } from './fragment.ts'
import { fragment } from './fragment.ts'
import type { Mp4Track } from './track.ts'
import { isAudio, timescaleOf } from './track.ts'

/** What waits for its fragment may not be more than this; then a fragment is written early. */
export const MAX_PENDING_BYTES = 16 * 1024 * 1024
/** A step of time longer than this, or backwards, is the device starting its clock anew (seen after a change of bit rate). */
const MAX_STEP_SECONDS = 10

interface Pending {
  readonly sample: Omit<Mp4Sample, 'durationTicks'>
  readonly ticks: number
}

interface TrackState {
  readonly track: Mp4Track
  timeline: Timeline
  /** Added to the unwrapped RTP time to give the file's. */
  offset: number
  /** The file time of the unit before; undefined until there is one. */
  lastTicks: number | undefined
  /** True after damage: pictures are left out up to the next key. */
  isWaitingForKey: boolean
  /** The last duration, for the last sample and for a clock that starts anew. */
  usualTicks: number
  pending: Pending[]
}

export interface FragmenterOptions {
  readonly tracks: readonly Mp4Track[]
  /** A fragment is written when the pictures (or, without any, the sound) that wait are this long. Default 1000. */
  readonly fragmentMs?: number
  onFragment(bytes: Uint8Array): void
}

export class Fragmenter {
  readonly #tracks: Map<number, TrackState>
  readonly #lead: TrackState
  readonly #fragmentMs: number
  readonly #onFragment: (bytes: Uint8Array) => void
  #sequence = 0
  #pendingBytes = 0
  /** Units taken, and left out because they were damaged or before a key unit. */
  readonly counts = { written: 0, leftOut: 0 }

  constructor(options: FragmenterOptions) {
    this.#tracks = new Map(options.tracks.map((track) => [track.id, startState(track)]))
    const states = [...this.#tracks.values()]
    const lead = states.find((state) => !isAudio(state.track)) ?? states[0]
    if (!lead) throw new Defect('a file without tracks')
    this.#lead = lead
    this.#fragmentMs = options.fragmentMs ?? 1000
    this.#onFragment = options.onFragment
  }

  /**
   * Takes the next unit of a track. `atMs` places the track's first unit in the file (milliseconds from its beginning);
   * from then on the RTP times count. The unit's bytes must stay as they are until its fragment is written.
   */
  push(trackId: number, unit: AccessUnit, atMs = 0): void {
    const state = this.#tracks.get(trackId)
    if (!state) throw new Defect(`no track ${trackId}`)
    if (unit.isDamaged || unit.data.length === 0) state.isWaitingForKey = true
    else if (unit.isKey) state.isWaitingForKey = false
    if (state.isWaitingForKey) {
      this.counts.leftOut++
      return
    }
    const parts = partsOf(state.track, unit.data)
    if (parts.length === 0) return // parameter sets alone, which the head holds
    const ticks = placeUnit(state, unit.timestamp, atMs)
    state.pending.push({ sample: { parts, isKey: unit.isKey }, ticks })
    this.counts.written++
    for (const part of parts) this.#pendingBytes += part.length
    if (state === this.#lead ? this.#isLong() : this.#pendingBytes > MAX_PENDING_BYTES) this.#write(false)
  }

  /** Writes what waits, the last sample of each track with its usual duration. The file may end here, or go on. */
  flush(): void {
    this.#write(true)
  }

  #isLong(): boolean {
    const { pending, track } = this.#lead
    const first = pending[0]
    const last = pending.at(-1)
    const ms = first && last ? ((last.ticks - first.ticks) * 1000) / timescaleOf(track) : 0
    return ms >= this.#fragmentMs || this.#pendingBytes > MAX_PENDING_BYTES
  }

  /** All samples whose duration is known: all but each track's last, unless the file ends. */
  #write(isEnd: boolean): void {
    const runs = []
    this.#pendingBytes = 0
    for (const state of this.#tracks.values()) {
      const { pending } = state
      const count = isEnd ? pending.length : pending.length - 1
      const first = pending[0]
      if (count <= 0 || !first) continue
      const samples = pending.slice(0, count).map(({ sample, ticks }, i): Mp4Sample => {
        const next = pending[i + 1]
        return { ...sample, durationTicks: next ? next.ticks - ticks : state.usualTicks }
      })
      runs.push({ trackId: state.track.id, startTicks: first.ticks, samples })
      state.pending = pending.slice(count)
      for (const left of state.pending) for (const part of left.sample.parts) this.#pendingBytes += part.length
    }
    if (runs.length > 0) this.#onFragment(fragment(++this.#sequence, runs))
  }
}

const startState = (track: Mp4Track): TrackState => ({
  track,
  timeline: new Timeline(),
  offset: 0,
  lastTicks: undefined,
  isWaitingForKey: true,
  usualTicks: isAudio(track) ? 320 : 3600,
  pending: [],
})

/** The unit's time in the file. */
function placeUnit(state: TrackState, timestamp: number, atMs: number): number {
  const timescale = timescaleOf(state.track)
  const placed = state.timeline.advance(timestamp)
  if (state.lastTicks === undefined) {
    state.lastTicks = Math.round((atMs * timescale) / 1000)
    state.offset = state.lastTicks - placed
    return state.lastTicks
  }
  const step = placed + state.offset - state.lastTicks
  if (step > 0 && step <= MAX_STEP_SECONDS * timescale) {
    if (step <= timescale) state.usualTicks = step
    state.lastTicks += step
    return state.lastTicks
  }
  state.lastTicks += state.usualTicks
  state.timeline = new Timeline()
  state.offset = state.lastTicks - state.timeline.advance(timestamp)
  return state.lastTicks
}

/**
 * A sample's bytes. NAL units get four bytes of length; parameter sets that the file's head already holds are left out
 * (`avc1` and `hvc1` keep them there); others stay in band, where decoders find them after a change in mid-stream.
 */
function partsOf(track: Mp4Track, data: readonly Uint8Array[]): Uint8Array[] {
  if (track.codec !== 'h264' && track.codec !== 'h265') return [...data]
  const parts: Uint8Array[] = []
  for (const nal of data) {
    if (track.parameterSets.some((known) => sameBytes(known, nal))) continue
    const length = new Uint8Array(4)
    put32(length, 0, nal.length)
    parts.push(length, nal)
  }
  return parts
}
