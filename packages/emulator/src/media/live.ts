// SPDX-License-Identifier: Apache-2.0
/**
 * A clip being played by one camera: loop after loop on the camera's own clock, with RTP timestamps that go on growing
 * over the seam. A camera's streams and its events share one position, so that an event belongs to the picture.
 *
 * Everybody who watches a stream gets the same unit objects at the same moment; what differs (SSRC, sequence number) is
 * put in on the way out by `stamp.ts`. A stream that nobody watches costs nothing.
 */
import type { Clip, ClipPicture, ClipTrack, ClipUnit, Motion } from './clip.ts'
import type { Paced, Pacer } from './pacer.ts'

/** Further behind than this, a stream skips to the present, as a camera does that was not served. */
const MAX_LATE_MS = 2000

/** One access unit, due now. */
export interface LiveUnit {
  readonly track: ClipTrack
  readonly unit: ClipUnit
  /** 32 bits, growing over the loop's seam; the same for every reader of this camera. */
  readonly timestamp: number
  /** When it was "seen": wall time in milliseconds since 1970, for sender reports. */
  readonly wallMs: number
  /** RTP packets with sequence, timestamp and SSRC 0: see `ClipTrack.packets`. */
  readonly packets: readonly Uint8Array[]
}

/** One who watches. */
export interface LiveReader {
  /** Called synchronously, in order of time, video and sound mixed as they fall due. Must not throw. */
  onUnit(unit: LiveUnit): void
}

/** Where in the loop a camera is. */
export class LiveCamera {
  readonly clip: Clip
  readonly pacer: Pacer
  readonly main: LiveStream
  readonly sub: LiveStream
  readonly #originMs: number
  readonly #random: () => number
  readonly #silent = new Map<LiveStream, LiveStream>()
  #stills: LiveStream | undefined

  /** `law` chooses the sound; `phaseMs` shifts this camera against others of the scene; `random` gives 32-bit numbers. */
  constructor(options: {
    readonly clip: Clip
    readonly pacer: Pacer
    readonly law?: 'pcma' | 'pcmu' | undefined
    readonly phaseMs?: number
    readonly random: () => number
  }) {
    const { clip, pacer, law, random } = options
    this.clip = clip
    this.pacer = pacer
    this.#originMs = pacer.clock.monotonic() - (options.phaseMs ?? 0)
    const audio = law === undefined ? undefined : clip.audio[law]
    this.#random = random
    this.main = new LiveStream(pacer, this.#originMs, clip.main, audio, random)
    this.sub = new LiveStream(pacer, this.#originMs, clip.sub, audio, random)
  }

  /** The small picture in MJPEG; undefined where the clip has none. Made when it is first asked for. */
  get stills(): LiveStream | undefined {
    const { stills } = this.clip
    if (stills) this.#stills ??= new LiveStream(this.pacer, this.#originMs, stills, this.main.audio, this.#random)
    return this.#stills
  }

  /** The pictures of a stream without its sound. */
  silent(stream: LiveStream): LiveStream {
    const known = this.#silent.get(stream)
    if (known) return known
    const made = new LiveStream(this.pacer, this.#originMs, stream.video, undefined, this.#random)
    this.#silent.set(stream, made)
    return made
  }

  /** Milliseconds since the camera's first loop began. */
  playedMs(nowMs = this.pacer.clock.monotonic()): number {
    return nowMs - this.#originMs
  }

  /** Position in the loop. */
  positionMs(nowMs = this.pacer.clock.monotonic()): number {
    const { loopMs } = this.clip
    return (((nowMs - this.#originMs) % loopMs) + loopMs) % loopMs
  }

  /** The still of this moment; undefined when the clip has none. */
  picture(nowMs?: number): ClipPicture | undefined {
    const at = this.positionMs(nowMs)
    return this.clip.pictures.findLast((picture) => picture.fromMs <= at) ?? this.clip.pictures[0]
  }

  /** What moves in the picture at this moment. */
  motions(nowMs?: number): readonly Motion[] {
    const at = this.positionMs(nowMs)
    const { loopMs, motions } = this.clip
    return motions.filter((m) => (m.fromMs <= at && at < m.toMs) || at + loopMs < m.toMs)
  }

  /** Milliseconds until something starts or ends to move; infinite when nothing ever does. */
  untilMotionChanges(nowMs?: number): number {
    const at = this.positionMs(nowMs)
    const { loopMs, motions } = this.clip
    let least = Number.POSITIVE_INFINITY
    for (const { fromMs, toMs } of motions)
      for (const edge of [fromMs, toMs]) {
        const wait = (((edge - at) % loopMs) + loopMs) % loopMs
        least = Math.min(least, wait === 0 ? loopMs : wait)
      }
    return least
  }
}

/** Main or sub stream of one camera: its video and, if it has a microphone, the sound beside it. */
export class LiveStream implements Paced {
  readonly video: ClipTrack
  readonly audio: ClipTrack | undefined
  readonly #pacer: Pacer
  readonly #cursors: Cursor[]
  readonly #readers = new Set<LiveReader>()

  constructor(pacer: Pacer, originMs: number, video: ClipTrack, audio: ClipTrack | undefined, random: () => number) {
    this.#pacer = pacer
    this.video = video
    this.audio = audio
    this.#cursors = [new Cursor(video, originMs, random())]
    if (audio) this.#cursors.push(new Cursor(audio, originMs, random()))
  }

  /** How many watch. */
  get readers(): number {
    return this.#readers.size
  }

  /**
   * Starts giving units to `reader`, from the last key picture on: those already past come at once, before this returns
   * (a real camera makes a key picture when somebody starts watching). Dispose to end; after it no unit comes.
   */
  watch(reader: LiveReader): Disposable {
    const { clock } = this.#pacer
    const now = clock.monotonic()
    if (this.#readers.size === 0) for (const cursor of this.#cursors) cursor.moveTo(now)
    const [video] = this.#cursors
    const wall = clock.now() - now
    const end = video!.next
    this.#readers.add(reader)
    for (let n = video!.lastKey(); n < end; n++) if (this.#readers.has(reader)) reader.onUnit(video!.at(n, wall))
    if (this.#readers.has(reader)) this.#pacer.add(this)
    return {
      [Symbol.dispose]: () => {
        if (this.#readers.delete(reader) && this.#readers.size === 0) this.#pacer.remove(this)
      },
    }
  }

  advance(nowMs: number): number {
    const wall = this.#pacer.clock.now() - nowMs
    for (;;) {
      let first = this.#cursors[0]!
      for (const cursor of this.#cursors) if (cursor.dueMs < first.dueMs) first = cursor
      if (first.dueMs > nowMs) return first.dueMs
      if (nowMs - first.dueMs > MAX_LATE_MS) for (const cursor of this.#cursors) cursor.skipTo(nowMs)
      const unit = first.at(first.next, wall)
      first.next++
      for (const reader of this.#readers) reader.onUnit(unit)
    }
  }
}

/** Place in the endless row of a track's units: unit n is unit n mod length of loop n div length. */
class Cursor {
  next = 0
  readonly #track: ClipTrack
  readonly #originMs: number
  readonly #timestampBase: number

  constructor(track: ClipTrack, originMs: number, timestampBase: number) {
    this.#track = track
    this.#originMs = originMs
    this.#timestampBase = timestampBase
  }

  get dueMs(): number {
    return this.#originMs + (this.#ticks(this.next) * 1000) / this.#track.clockRateHz
  }

  /** To the first unit that is due after `nowMs`. */
  moveTo(nowMs: number): void {
    const { units, loopTicks, clockRateHz } = this.#track
    const played = ((nowMs - this.#originMs) * clockRateHz) / 1000
    const loop = Math.floor(played / loopTicks)
    const within = played - loop * loopTicks
    let low = 0
    let high = units.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (units[middle]!.ticks <= within) low = middle + 1
      else high = middle
    }
    this.next = loop * units.length + low
  }

  /** To the key unit in force at `nowMs`, so that readers can decode on. Never backwards. */
  skipTo(nowMs: number): void {
    const before = this.next
    this.moveTo(nowMs)
    this.next = Math.max(before, this.lastKey())
  }

  /** The last key unit before `next`. */
  lastKey(): number {
    const { units } = this.#track
    for (let n = this.next - 1; n > this.next - 1 - units.length; n--)
      if (units[modulo(n, units.length)]!.isKey) return n
    return this.next
  }

  at(n: number, wallOffsetMs: number): LiveUnit {
    const { units, clockRateHz } = this.#track
    const index = modulo(n, units.length)
    const ticks = this.#ticks(n)
    const unit = units[index]!
    const presented = ticks - unit.ticks + (unit.presentedTicks ?? unit.ticks)
    return {
      track: this.#track,
      unit,
      timestamp: ((this.#timestampBase + presented) % 0x1_0000_0000) >>> 0,
      wallMs: wallOffsetMs + this.#originMs + (ticks * 1000) / clockRateHz,
      packets: this.#track.packets(index),
    }
  }

  #ticks(n: number): number {
    const { units, loopTicks } = this.#track
    return Math.floor(n / units.length) * loopTicks + units[modulo(n, units.length)]!.ticks
  }
}

const modulo = (n: number, length: number): number => ((n % length) + length) % length
