// SPDX-License-Identifier: Apache-2.0
/**
 * A recording in the making: it begins at the first key picture (or, without pictures, at the first sound), ends after
 * the time that was asked for, and lies under a name of its own until it is whole.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { PeerError, WireError } from '@openhmp/protocol/base'
import { Fragmenter, initSegment } from '@openhmp/protocol/mp4'
import type { AccessUnit } from '@openhmp/protocol/payload'
import type { MediaUnit } from '@openhmp/protocol/rtp'
import { codecs } from '@openhmp/protocol/rtp'
import type { MediaDescription } from '@openhmp/protocol/sdp'
import { TrackRecorder } from './track-recorder.ts'

/** About six seconds of sound in packets of 20 ms: the sender's clock should have come by then. */
const MAX_WAITING_UNITS = 300

export interface RecordingResult {
  readonly file: string
  readonly seconds: number
  readonly bytes: number
  readonly tracks: readonly { readonly codec: string; readonly units: number; readonly damagedUnits: number }[]
  /** Units left out: damaged ones, and pictures after them up to the next key picture. */
  readonly leftOut: number
}

export class Recording implements Disposable {
  readonly #path: string
  readonly #seconds: number
  readonly #tracks = new Map<number, TrackRecorder>()
  readonly #written = new Map<TrackRecorder, number>()
  /** Sound whose place is not known yet. */
  readonly #waiting = new Map<TrackRecorder, { readonly unit: AccessUnit; readonly nowMs: number }[]>()
  #fragmenter: Fragmenter | undefined
  #fd: number | undefined
  #startMs = 0
  #firstTimestamp = 0
  #recordedSeconds = 0
  #bytes = 0
  #isFull = false
  /** Packets that broke their format. */
  badUnits = 0

  /** Opens the file, so that a place where nothing can be written is told before the device is asked. */
  constructor(path: string, seconds: number) {
    this.#path = path
    this.#seconds = seconds
    this.#fd = openSync(partOf(path), 'w')
  }

  /** Throws PeerError `media.codec` when none of the media can be written. */
  describe(media: readonly MediaDescription[]): void {
    for (const [index, one] of media.entries())
      if (one.codec && one.direction !== 'sendonly')
        this.#tracks.set(index, new TrackRecorder(index + 1, one.codec, one))
    if (this.#tracks.size > 0) return
    const names = media.map((one) => one.encoding).join(', ') || 'nothing'
    throw new PeerError('media.codec', `the device sends ${names}, which cannot be recorded`, { retry: 'never' })
  }

  /** True once the time asked for is recorded. */
  get isFull(): boolean {
    return this.#isFull
  }

  get recordedSeconds(): number {
    return this.#recordedSeconds
  }

  get bytes(): number {
    return this.#bytes
  }

  push(unit: MediaUnit, index: number, nowMs: number): void {
    const recorder = this.#tracks.get(index)
    if (!recorder || this.#isFull) return
    let units: AccessUnit[]
    try {
      units = recorder.read(unit)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.badUnits++
      return
    }
    for (const one of units) this.#take(recorder, one, nowMs)
  }

  /** Ends the file. Undefined when there is none, because no key picture came. */
  finish(): RecordingResult | undefined {
    const fragmenter = this.#fragmenter
    if (!fragmenter || this.#fd === undefined) return undefined
    for (const [recorder, waiting] of this.#waiting)
      for (const { unit, nowMs } of waiting) this.#write(recorder, unit, nowMs - this.#startMs)
    this.#waiting.clear()
    fragmenter.flush()
    fsyncSync(this.#fd)
    closeSync(this.#fd)
    this.#fd = undefined
    renameSync(partOf(this.#path), this.#path)
    return {
      file: this.#path,
      seconds: Math.round(this.#recordedSeconds * 1000) / 1000,
      bytes: this.#bytes,
      tracks: [...this.#written].map(([{ codec, damagedUnits }, units]) => ({ codec, units, damagedUnits })),
      leftOut: fragmenter.counts.leftOut,
    }
  }

  /** Without `finish`, or when there is nothing to finish, nothing stays on the disk. */
  [Symbol.dispose](): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
    rmSync(partOf(this.#path), { force: true })
  }

  /** What is measured: pictures, or sound when there are none. */
  get #lead(): TrackRecorder {
    const all = [...this.#tracks.values()]
    return all.find((one) => one.kind === 'video') ?? all[0]!
  }

  /** Nothing is written before the first key picture, and sound not before it is known where it belongs. */
  #take(recorder: TrackRecorder, unit: AccessUnit, nowMs: number): void {
    const lead = this.#lead
    if (!this.#fragmenter) {
      if (recorder !== lead || !recorder.track) return
      this.#begin(unit, nowMs)
    }
    if (recorder === lead) {
      const ticks = (unit.timestamp - this.#firstTimestamp) | 0
      const seconds = ticks / codecs[recorder.codec].clockRateHz
      if (seconds >= this.#seconds) {
        this.#isFull = true
        this.#recordedSeconds = this.#seconds
        return
      }
      this.#recordedSeconds = Math.max(this.#recordedSeconds, seconds)
      this.#write(recorder, unit, 0)
    } else this.#place(recorder, unit, nowMs)
  }

  /**
   * Puts sound where the sender's clock says: cameras send pictures from the past first, so the time of arrival would part
   * them. It waits for that clock; when it does not come, the time of arrival is better than silence.
   */
  #place(recorder: TrackRecorder, unit: AccessUnit, nowMs: number): void {
    const waiting = this.#waiting.get(recorder)
    if (!waiting) {
      this.#write(recorder, unit, 0)
      return
    }
    waiting.push({ unit, nowMs })
    const start = this.#lead.wallMsOf(this.#firstTimestamp)
    const isKnown = start !== undefined && recorder.wallMsOf(unit.timestamp) !== undefined
    if (!isKnown && waiting.length < MAX_WAITING_UNITS) return
    this.#waiting.delete(recorder)
    for (const { unit: one, nowMs: cameMs } of waiting) {
      const atMs = isKnown ? recorder.wallMsOf(one.timestamp)! - start : cameMs - this.#startMs
      if (atMs >= 0) this.#write(recorder, one, atMs)
    }
  }

  #write(recorder: TrackRecorder, unit: AccessUnit, atMs: number): void {
    const { counts } = this.#fragmenter!
    const before = counts.written
    this.#fragmenter!.push(recorder.id, unit, atMs)
    this.#written.set(recorder, (this.#written.get(recorder) ?? 0) + counts.written - before)
  }

  #begin(unit: AccessUnit, nowMs: number): void {
    const ready = [...this.#tracks.values()].filter((one) => one.track)
    for (const [index, one] of this.#tracks) if (!one.track) this.#tracks.delete(index)
    const tracks = ready.map((one) => one.track!)
    this.#startMs = nowMs
    this.#firstTimestamp = unit.timestamp
    this.#append(initSegment(tracks))
    this.#fragmenter = new Fragmenter({ tracks, onFragment: (bytes) => this.#append(bytes) })
    for (const one of ready) {
      this.#written.set(one, 0)
      if (one !== this.#lead) this.#waiting.set(one, [])
    }
  }

  #append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd!, bytes, at)
    this.#bytes += bytes.length
  }
}

const partOf = (path: string) => `${path}.part`
