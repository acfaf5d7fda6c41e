// SPDX-License-Identifier: Apache-2.0
/**
 * A capture as a talk: segments are put in order, each direction is read by what its first bytes are (RTSP, HTTP, HMP,
 * TLS), and every fault is told with the frame and the offset in the file. After a fault that direction is not read on.
 */
import { concat, HmpError, latin1 } from '@openhmp/protocol/base'
import { HmpReader } from './hmp-reader.ts'
import { HttpReader } from './http-reader.ts'
import { describeRtcp, looksLikeMedia, MediaSummary, type SourceSummary } from './media-summary.ts'
import { readCapture } from './pcap.ts'
import { RtspReader } from './rtsp-reader.ts'
import type { Segment } from './segment.ts'
import { readSegment } from './segment.ts'
import type { DirectionReader, Talker, TalkLine } from './talk.ts'
import { type Place, TcpOrder } from './tcp-order.ts'

/** Directions of TCP connections that are followed at one time; the oldest is let go. */
export const MAX_DIRECTIONS = 4096
/** A first line longer than this is none. */
const MAX_FIRST_BYTES = 4096

export interface Dissection {
  readonly frames: number
  /** Frames that are no TCP or UDP over IP, or fragments. */
  readonly skippedFrames: number
  readonly faults: number
  readonly sources: readonly SourceSummary[]
}

/** Reads the whole capture; `onLine` gets the talk in the order of the frames. Throws WireError for a broken file. */
export function dissect(file: Uint8Array, onLine: (line: TalkLine) => void): Dissection {
  const dissector = new Dissector(file, onLine)
  let frames = 0
  let skippedFrames = 0
  for (const frame of readCapture(file)) {
    frames++
    const segment = readSegment(frame)
    if (segment) dissector.push(segment, frame)
    else skippedFrames++
  }
  dissector.end()
  return { frames, skippedFrames, faults: dissector.faults, sources: dissector.media.summarize() }
}

class Dissector {
  readonly media = new MediaSummary()
  faults = 0
  readonly #file: Uint8Array
  readonly #onLine: (line: TalkLine) => void
  readonly #directions = new Map<string, Direction>()

  constructor(file: Uint8Array, onLine: (line: TalkLine) => void) {
    this.#file = file
    this.#onLine = onLine
  }

  push(segment: Segment, frame: { readonly number: number; readonly timeMs: number }): void {
    if (segment.protocol === 'udp') {
      const where = { ...frame, at: segment.at }
      if (looksLikeMedia(segment.payload)) this.#talker(segment).media(segment.payload, where)
      return
    }
    const key = `${segment.source} ${segment.destination}`
    let direction = this.#directions.get(key)
    if (!direction || segment.isSyn) {
      direction?.order.flush()
      if (this.#directions.size >= MAX_DIRECTIONS) this.#directions.delete(this.#directions.keys().next().value!)
      direction = new Direction(this.#talker(segment), this.media)
      this.#directions.set(key, direction)
    }
    direction.order.push(segment, frame)
  }

  end(): void {
    for (const direction of this.#directions.values()) direction.order.flush()
  }

  #talker({ source, destination }: Segment): Talker {
    const line = (kind: TalkLine['kind'], where: Place, protocol: TalkLine['protocol'], text: string) => ({
      kind,
      frame: where.number,
      timeMs: where.timeMs,
      from: source,
      to: destination,
      protocol,
      text,
    })
    const talker: Talker = {
      say: (where, protocol, text, detail) => {
        this.#onLine({ ...line('message', where, protocol, text), ...(detail?.length ? { detail } : {}) })
      },
      fault: (where, protocol, error, at = where.at) => {
        this.faults++
        if (typeof error !== 'string' && !(error instanceof HmpError)) throw error
        const [text, code] = typeof error === 'string' ? [error, 'capture.skipped'] : [error.message, error.code]
        this.#onLine({ ...line('fault', where, protocol, text), code, at })
      },
      media: (packet, where) => {
        // A view into the file: the packet's own offset, not that of the segment around it.
        const at = packet.buffer === this.#file.buffer ? packet.byteOffset - this.#file.byteOffset : where.at
        try {
          for (const rtcp of this.media.push(packet, where.timeMs, source, destination) ?? [])
            talker.say(where, 'RTCP', describeRtcp(rtcp))
        } catch (error) {
          talker.fault(where, 'RTP', error, at)
        }
      },
    }
    return talker
  }
}

/** Whose rule was broken: HMP inside a WebSocket inside HTTP has one reader around the other. */
const protocolOf = (error: unknown): TalkLine['protocol'] => {
  const family = error instanceof HmpError ? error.code.split('.')[0] : undefined
  if (family === 'hmp') return 'HMP'
  if (family === 'websocket') return 'WebSocket'
  return family === 'http' || family === 'multipart' ? 'HTTP' : 'TCP'
}

/** One direction of a TCP connection: its first bytes decide who reads it. */
class Direction {
  readonly order: TcpOrder
  readonly #talker: Talker
  readonly #media: MediaSummary
  #first: Uint8Array = new Uint8Array(0)
  #reader: DirectionReader | undefined
  #isDone = false

  constructor(talker: Talker, media: MediaSummary) {
    this.#talker = talker
    this.#media = media
    this.order = new TcpOrder({
      onBytes: (bytes, where) => this.#push(bytes, where),
      onGap: (missing, where) => {
        if (!this.#isDone) talker.fault(where, 'TCP', `${missing} bytes were not captured`)
      },
    })
  }

  #push(bytes: Uint8Array, where: Place): void {
    if (this.#isDone) return
    try {
      if (this.#reader) {
        this.#reader.push(bytes, where)
        return
      }
      const first = this.#first.length === 0 ? bytes : concat([this.#first, bytes])
      const found = this.#recognize(first, where)
      this.#first = found === 'unsure' ? first.slice(0, MAX_FIRST_BYTES) : new Uint8Array(0)
      if (found === 'unsure') return
      this.#isDone = found === undefined
      this.#reader = found
      this.#reader?.push(first, where)
    } catch (error) {
      this.#isDone = true
      this.#talker.fault(where, protocolOf(error), error)
    }
  }

  #recognize(first: Uint8Array, where: Place): DirectionReader | 'unsure' | undefined {
    if (first.length < 4) return 'unsure'
    if (first[0] === 0x16 && first[1] === 3) {
      this.#talker.say(where, 'TLS', 'begins; what follows cannot be read without its keys')
      return undefined
    }
    if (first[0] === 0x48 && first[1] === 0x4d && first[2] === 1) return new HmpReader(this.#talker)
    const rtsp = () => new RtspReader(this.#talker, (media) => this.#media.describe(media))
    if (first[0] === 0x24 && first[1]! < 32) return rtsp() // the capture began in the middle
    const text = latin1(first.subarray(0, MAX_FIRST_BYTES))
    const line = /^[^\r\n]*(?=\r?\n)/.exec(text)?.[0]
    if (line === undefined) return /^[A-Z]/.test(text) && text.length < MAX_FIRST_BYTES ? 'unsure' : undefined
    if (/^RTSP\/1|^[A-Z_]+ \S+ RTSP\/1/.test(line)) return rtsp()
    if (/^HTTP\/1|^[A-Z]+ \S+ HTTP\/1/.test(line)) return new HttpReader(this.#talker)
    return undefined
  }
}
