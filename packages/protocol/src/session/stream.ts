// SPDX-License-Identifier: Apache-2.0
/** Streams as a session's user sees them: hmp.md §9. */
import type { MediaUnit } from '../rtp/unit.ts'

/** A unit as it came over this hop. */
export interface ReceivedUnit extends MediaUnit {
  readonly handle: number
  /** Units of this kind that the sender shed right before this one; 0 in quiet times. */
  readonly shed: number
  /** Of the SDP in force when it came (§9.4): units of an older generation may be thrown away. */
  readonly generation: number
}

/** What is asked of `POST /HMP/streams`. */
export interface StreamRequest {
  /** `HMP-Device`; optional where the other side is one device. */
  readonly device?: string
  readonly channel: number
  readonly kind: 'live' | 'playback' | 'talk'
  readonly profile?: 'main' | 'sub'
  readonly media: readonly ('video' | 'audio')[]
  /** RFC 3339 times, for playback. */
  readonly from?: string
  readonly to?: string
  readonly speed?: number
}

/** Why a stream ended: `end` (it was all), `closed` (by this side), `link` (the session ended), or the sender's own code. */
export interface StreamEnd {
  readonly code: string
  readonly text: string
}

/** Where a stream's media goes. Called synchronously for each unit. */
export interface StreamSink {
  /** `unit.payload` may be a view into a larger receive buffer; nobody changes it. */
  onUnit(unit: ReceivedUnit): void
  /** A new description (codec, size or source changed, or a seek); the next video unit is a key. */
  onSdp?(sdp: string, generation: number): void
  /** Called once, unless `close` was called before. */
  onEnd?(end: StreamEnd): void
}

/** A stream that this side asked for. */
export interface OpenStream {
  readonly handle: number
  /** Whether the other side sends (`receive` is talk: this side sends with `sendUnit`). */
  readonly direction: 'send' | 'receive'
  readonly sdp: string
  /** `PATCH`: another profile, speed, position (RFC 3339) or pause. Rejects with `PeerError`. */
  change(change: { profile?: 'main' | 'sub'; speed?: number; position?: string; paused?: boolean }): Promise<void>
  /** Asks for a key picture. */
  requestKey(): Promise<void>
  /** Ends it; nothing is handed to the sink after this call. */
  close(): Promise<void>
}

/** Counters of one outgoing or incoming stream. */
export interface StreamCounters {
  readonly units: number
  readonly bytes: number
  /** Units shed: by this sender (outgoing), or by the other (incoming, seen as gaps). */
  readonly shed: number
}
