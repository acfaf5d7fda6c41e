// SPDX-License-Identifier: Apache-2.0
/** Media on its way in: joined, checked against its counters, handed on as it is. hmp.md §9.2 and §9.3. */
import { u16, u32 } from '../base/bytes.ts'
import { UnitJoiner } from '../hmp/fragments.ts'
import { Flag, type PacketHeader, PacketType, violation } from '../hmp/packet.ts'
import type { ReceivedUnit, StreamSink } from './stream.ts'

const HALF = 0x8000_0000

/** One type of one stream. */
class Lane {
  readonly joiner = new UnitJoiner()
  last: number | undefined
  hasEnded = false
  /** Shed before the unit under way. */
  shed = 0
}

class Incoming {
  readonly sink: StreamSink
  readonly video = new Lane()
  readonly audio = new Lane()
  generation = 0
  units = 0
  bytes = 0
  shed = 0

  constructor(sink: StreamSink) {
    this.sink = sink
  }
}

export class MediaIn {
  readonly #streams = new Map<number, Incoming>()
  readonly #isResting: (handle: number) => boolean
  readonly #onEnded: (handle: number) => void
  /** Media of handles that were closed a short while ago. */
  stray = 0
  /** Units whose payload is not RFC 4571 with RTP inside. */
  malformed = 0

  constructor(isResting: (handle: number) => boolean, onEnded: (handle: number) => void) {
    this.#isResting = isResting
    this.#onEnded = onEnded
  }

  open(handle: number, sink: StreamSink): void {
    this.#streams.set(handle, new Incoming(sink))
  }

  has(handle: number): boolean {
    return this.#streams.has(handle)
  }

  /** Forgets a stream; gives its sink. */
  drop(handle: number): StreamSink | undefined {
    const sink = this.#streams.get(handle)?.sink
    this.#streams.delete(handle)
    return sink
  }

  handles(): number[] {
    return [...this.#streams.keys()]
  }

  /** Throws the `WireError`s that end the session. */
  receive(header: PacketHeader, payload: Uint8Array, offset: number): void {
    const stream = this.#streams.get(header.stream)
    if (!stream) {
      if (!this.#isResting(header.stream))
        throw violation('sequence', `media of stream ${header.stream}, which is not open`, offset + 6, '§9.3')
      this.stray++
      return
    }
    const lane = header.type === PacketType.video ? stream.video : stream.audio
    if (!lane.joiner.isUnderWay) this.#place(stream, lane, header, offset)
    if (header.flags & Flag.end) {
      if (lane.joiner.isUnderWay) lane.joiner.push(header, payload, offset) // throws: END has no place in a unit
      this.#end(stream, lane, header.stream)
      return
    }
    const whole = lane.joiner.push(header, payload, offset)
    if (whole) this.#deliver(stream, lane, header, whole)
  }

  /** Checks the counter of a unit that begins. */
  #place(stream: Incoming, lane: Lane, header: PacketHeader, offset: number): void {
    const { last } = lane
    const step = last === undefined ? header.sequence + 1 : (header.sequence - last) >>> 0
    if (lane.hasEnded || step === 0 || (step >= HALF && last !== undefined))
      throw violation('sequence', `unit ${header.sequence} after ${lane.hasEnded ? 'END' : last}`, offset + 8, '§9.3')
    const mustBeKey = header.type === PacketType.video && (last === undefined || step > 1)
    if (mustBeKey && !(header.flags & (Flag.key | Flag.end)))
      throw violation('sequence', `unit ${header.sequence} after a gap has no KEY`, offset + 8, '§9.3')
    lane.last = header.sequence
    lane.shed = step - 1
    stream.shed += step - 1
  }

  #end(stream: Incoming, lane: Lane, handle: number): void {
    lane.hasEnded = true
    const isSilent = (other: Lane) => other.hasEnded || other.last === undefined
    if (isSilent(stream.video) && isSilent(stream.audio)) this.#onEnded(handle)
  }

  #deliver(stream: Incoming, lane: Lane, header: PacketHeader, payload: Uint8Array): void {
    const timestamp = timestampOf(payload)
    if (timestamp === undefined) {
      this.malformed++
      return
    }
    const { flags } = lane.joiner
    stream.units++
    stream.bytes += payload.length
    const unit: ReceivedUnit = {
      kind: header.type === PacketType.video ? 'video' : 'audio',
      handle: header.stream,
      timestamp,
      isKey: (flags & Flag.key) !== 0,
      isDamaged: (flags & Flag.damaged) !== 0,
      shed: lane.shed,
      generation: stream.generation,
      payload,
      sizeBytes: payload.length,
    }
    stream.sink.onUnit(unit)
  }

  /** A notice of §9.4. */
  describe(handle: number, sdp: string, generation: number): void {
    const stream = this.#streams.get(handle)
    if (!stream) return
    stream.generation = generation
    stream.sink.onSdp?.(sdp, generation)
  }

  counters(handle: number): { units: number; bytes: number; shed: number } | undefined {
    const stream = this.#streams.get(handle)
    return stream && { units: stream.units, bytes: stream.bytes, shed: stream.shed }
  }
}

/** The timestamp of the first RTP packet, once the frames add up; undefined when they do not, or hold no RTP. */
export const timestampOf = (payload: Uint8Array): number | undefined => {
  let timestamp: number | undefined
  let at = 0
  while (at + 2 <= payload.length) {
    const length = u16(payload, at)
    const start = at + 2
    at = start + length
    if (timestamp !== undefined || length < 12 || at > payload.length) continue
    const second = payload[start + 1]!
    // RFC 5761 §4: these second bytes are RTCP's
    if (second < 192 || second > 223) timestamp = u32(payload, start + 4)
  }
  return at === payload.length ? timestamp : undefined
}
