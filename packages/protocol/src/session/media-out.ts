// SPDX-License-Identifier: Apache-2.0
/**
 * Media on its way out: hmp.md §9.3. The hot path of a relay. When the line is free a unit costs one header and one write;
 * else it waits in its track's queue, which sheds whole groups by size and by age. Nothing here waits, copies or times.
 */
import { FrameQueue } from '../base/frame-queue.ts'
import { MAX_MEDIA_UNIT_BYTES, MAX_PACKET_PAYLOAD_BYTES } from '../hmp/limits.ts'
import { Flag, PacketType } from '../hmp/packet.ts'
import type { MediaUnit } from '../rtp/unit.ts'
import type { Outlet } from './outlet.ts'

/** Bytes that one track's queue may hold. */
export const MAX_QUEUED_TRACK_BYTES = 4 * 1024 * 1024
/** A unit that has waited longer is shed, with its group ... */
export const MAX_UNIT_WAIT_MS = 500
/** ... but a key picture is worth some patience. */
export const MAX_KEY_WAIT_MS = 900
/** Media leaves this much room in flight to events and answers. */
const CONTROL_RESERVE_BYTES = 8 * 1024
const LEAST_PIECE_BYTES = 16 * 1024

interface Waiting {
  readonly unit: MediaUnit
  readonly isKey: boolean
  readonly sizeBytes: number
  readonly sequence: number
  readonly atMs: number
}

/** One type of one stream. */
class Track {
  readonly type: PacketType
  readonly handle: number
  readonly queue: FrameQueue<Waiting>
  next = 0
  hasStarted = false
  isListed = false
  isEnding = false
  /** The unit of which a part has been sent. */
  current: Waiting | undefined
  currentOffset = 0
  units = 0
  bytes = 0

  constructor(type: PacketType, handle: number, queueBytes: number) {
    this.type = type
    this.handle = handle
    this.queue = new FrameQueue(queueBytes)
  }

  get isIdle(): boolean {
    return this.current === undefined && this.queue.length === 0
  }
}

/** A stream that this side sends. */
class Outgoing {
  readonly handle: number
  video: Track | undefined
  audio: Track | undefined
  /** The 201 has not been queued yet. */
  isHeld: boolean
  isEnding = false
  generation = 0
  /** A notice that waits for the unit under way. */
  notice: (() => void) | undefined

  constructor(handle: number, isHeld: boolean) {
    this.handle = handle
    this.isHeld = isHeld
  }

  get tracks(): Track[] {
    return [this.video, this.audio].filter((track) => track !== undefined)
  }
}

export class MediaOut {
  readonly #outlet: Outlet
  readonly #now: () => number
  readonly #queueBytes: number
  readonly #streams = new Map<number, Outgoing>()
  // Tracks with something to send, in turn: one piece each.
  readonly #audio: Track[] = []
  readonly #video: Track[] = []
  readonly #onEnded: (handle: number) => void
  #shedBefore = 0

  constructor(outlet: Outlet, now: () => number, queueBytes: number, onEnded: (handle: number) => void) {
    this.#outlet = outlet
    this.#now = now
    this.#queueBytes = queueBytes
    this.#onEnded = onEnded
  }

  get shed(): number {
    let shed = this.#shedBefore
    for (const stream of this.#streams.values()) for (const track of stream.tracks) shed += track.queue.dropped
    return shed
  }

  get isEmpty(): boolean {
    return this.#audio.length === 0 && this.#video.length === 0
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size
  }

  has(handle: number): boolean {
    return this.#streams.has(handle)
  }

  open(handle: number, isHeld: boolean): void {
    this.#streams.set(handle, new Outgoing(handle, isHeld))
  }

  /** The 201 stands before it in the queue: media may go. */
  release(handle: number): void {
    const stream = this.#streams.get(handle)
    if (!stream) return
    stream.isHeld = false
    for (const track of stream.tracks) this.#list(track)
  }

  /** Takes a unit; sends it at once when nothing else waits and there is room. True when the pump must run. */
  send(handle: number, unit: MediaUnit): boolean {
    const stream = this.#streams.get(handle)
    if (stream === undefined || stream.isEnding || unit.sizeBytes === 0) return false
    const isVideo = unit.kind === 'video'
    let track = isVideo ? stream.video : stream.audio
    if (track === undefined) {
      track = new Track(isVideo ? PacketType.video : PacketType.audio, handle, this.#queueBytes)
      if (isVideo) stream.video = track
      else stream.audio = track
    }
    if (!track.hasStarted) {
      if (isVideo && !unit.isKey) return false // a decoder could not start: these units have no number
      track.hasStarted = true
    }
    const sequence = track.next
    track.next = (sequence + 1) >>> 0
    const { sizeBytes } = unit
    const now = this.#now()
    const isDirect =
      sizeBytes <= MAX_PACKET_PAYLOAD_BYTES &&
      this.#video.length === 0 &&
      this.#audio.length === 0 &&
      !stream.isHeld &&
      !track.queue.isWaitingForKey &&
      track.isIdle &&
      sizeBytes <= this.#outlet.inFlight.room(now) - CONTROL_RESERVE_BYTES
    if (isDirect) {
      track.units++
      track.bytes += sizeBytes
      this.#outlet.packet(track.type, flagsOf(unit), handle, sequence, unit.payload, now)
      return false
    }
    return this.#enqueue(stream, track, { unit, isKey: unit.isKey || !isVideo, sizeBytes, sequence, atMs: now })
  }

  #enqueue(stream: Outgoing, track: Track, waiting: Waiting): boolean {
    if (waiting.sizeBytes > MAX_MEDIA_UNIT_BYTES) {
      track.queue.shed(true) // it cannot be sent at all, and what follows needs it
      track.queue.dropped++
      return false
    }
    const oldest = track.queue.peek()
    track.queue.push(waiting)
    if (oldest && waiting.atMs - oldest.atMs > MAX_UNIT_WAIT_MS) track.queue.shed()
    if (!stream.isHeld) this.#list(track)
    return !stream.isHeld
  }

  #list(track: Track): void {
    if (track.isListed || (track.isIdle && !track.isEnding)) return
    track.isListed = true
    if (track.type === PacketType.audio) this.#audio.push(track)
    else this.#video.push(track)
  }

  /** Sends one packet; false when nothing could be sent. Audio goes first. */
  sendOne(nowMs: number): boolean {
    const list = this.#audio.length > 0 ? this.#audio : this.#video
    const track = list[0]
    if (!track) return false
    this.#shedStale(track, nowMs)
    const waiting = track.current ?? track.queue.peek()
    if (!waiting) {
      list.shift()
      track.isListed = false
      if (track.isEnding) this.#end(track)
      return true
    }
    const left = waiting.sizeBytes - track.currentOffset
    const size = pieceOf(left, this.#outlet.inFlight.room(nowMs) - CONTROL_RESERVE_BYTES)
    if (size === 0) return false
    this.#sendPiece(track, waiting, size, left, nowMs)
    list.shift()
    if (!track.isIdle || track.isEnding) list.push(track)
    else track.isListed = false
    return true
  }

  #sendPiece(track: Track, waiting: Waiting, size: number, left: number, nowMs: number): void {
    const { unit, sequence } = waiting
    const at = track.currentOffset
    const payload = size === unit.payload.length ? unit.payload : unit.payload.subarray(at, at + size)
    const flags = (at === 0 ? flagsOf(unit) : 0) | (size === left ? 0 : Flag.more)
    if (at === 0) track.queue.shift()
    this.#outlet.packet(track.type, flags, track.handle, sequence, payload, nowMs)
    track.bytes += size
    if (size < left) {
      track.current = waiting
      track.currentOffset = at + size
      return
    }
    track.current = undefined
    track.currentOffset = 0
    track.units++
    const stream = this.#streams.get(track.handle)
    if (stream?.notice && stream.tracks.every((other) => other.current === undefined)) {
      const { notice } = stream
      stream.notice = undefined
      notice()
    }
  }

  /** Sheds what has waited too long; the unit under way has to be finished. */
  #shedStale(track: Track, nowMs: number): void {
    const oldest = track.queue.peek()
    if (!oldest || track.isEnding) return
    const age = nowMs - oldest.atMs
    if (age > (oldest.isKey && track.type === PacketType.video ? MAX_KEY_WAIT_MS : MAX_UNIT_WAIT_MS))
      track.queue.shed(true)
  }

  /** A new description: what waits is dropped, `notice` is called once no unit is half-sent. Gives the new generation. */
  renew(handle: number, notice: (generation: number) => void): void {
    const stream = this.#streams.get(handle)
    if (!stream) return
    const generation = ++stream.generation
    for (const track of stream.tracks) track.queue.shed(true)
    if (stream.tracks.some((track) => track.current)) stream.notice = () => notice(generation)
    else notice(generation)
  }

  /** Sends what waits, then END. False when nothing was ever sent, so that there is nothing to end. */
  finish(handle: number): boolean {
    const stream = this.#streams.get(handle)
    if (!stream || stream.tracks.length === 0) return false
    stream.isEnding = true
    for (const track of stream.tracks) {
      track.isEnding = true
      if (!stream.isHeld) this.#list(track)
    }
    return true
  }

  #end(track: Track): void {
    this.#outlet.empty(track.type, Flag.end, track.handle, track.next)
    const stream = this.#streams.get(track.handle)
    track.isEnding = false
    if (stream?.tracks.every((other) => !other.isEnding)) this.#onEnded(track.handle)
  }

  /** Forgets a stream and all that waits of it. */
  drop(handle: number): void {
    const stream = this.#streams.get(handle)
    if (!stream) return
    this.#streams.delete(handle)
    for (const track of stream.tracks) {
      this.#shedBefore += track.queue.dropped
      const list = track.type === PacketType.audio ? this.#audio : this.#video
      const at = list.indexOf(track)
      if (at !== -1) list.splice(at, 1)
    }
  }

  counters(handle: number): { units: number; bytes: number; shed: number } | undefined {
    const stream = this.#streams.get(handle)
    if (!stream) return undefined
    const sum = { units: 0, bytes: 0, shed: 0 }
    for (const track of stream.tracks) {
      sum.units += track.units
      sum.bytes += track.bytes
      sum.shed += track.queue.dropped
    }
    return sum
  }

  handles(): number[] {
    return [...this.#streams.keys()]
  }
}

const flagsOf = (unit: MediaUnit): number =>
  (unit.isKey || unit.kind === 'audio' ? Flag.key : 0) | (unit.isDamaged ? Flag.damaged : 0)

/** How much of `left` goes out when there is `room`; 0 to wait. */
const pieceOf = (left: number, room: number): number => {
  const size = Math.min(left, MAX_PACKET_PAYLOAD_BYTES)
  if (size <= room) return size
  return room >= LEAST_PIECE_BYTES ? room : 0
}
