// SPDX-License-Identifier: Apache-2.0
/** What `RtspClientMachine` is made of, and what it tells its shell to do. Shapes only. */
import type { HmpError } from '../base/errors.ts'
import type { Hash } from '../digest/challenge.ts'
import type { MediaDescription } from '../sdp/describe.ts'
import type { Pair } from './transport.ts'

/** A user and password. Never written anywhere but into digests (or Basic, where that is allowed). */
export interface RtspCredentials {
  readonly username: string
  readonly password: string
}

/** One play of one URL over one connection. */
export interface RtspClientOptions {
  /** `rtsp://` or `rtsps://`, without user information: that goes into `credentials`. */
  readonly url: string
  readonly credentials?: RtspCredentials
  readonly hash: Hash
  /** Random text for digest answers. */
  readonly cnonce: () => string
  /** May the password be sent as Basic when the camera offers nothing better? Default: on `rtsps://` alone. */
  readonly allowBasic?: boolean
  readonly transport: 'tcp' | 'udp'
  /** Kinds to set up; the first usable track of each. Default both. */
  readonly wants?: readonly ('video' | 'audio')[]
  readonly userAgent?: string
  /** Ask for ONVIF's audio back channel; a camera that does not know it is asked again without. */
  readonly hasBackchannel?: boolean
  /** No media for this long is an error; default 10 s. */
  readonly silenceMs?: number
  /** No answer for this long is an error; default 10 s. */
  readonly answerMs?: number
  /** Called for every RTP and RTCP packet, a view that is valid during the call. `track` counts from 0 in `described`. */
  readonly onMedia: (track: number, packet: Uint8Array, isRtcp: boolean) => void
}

/** A track that plays. */
export interface RtspTrack {
  /** Index into `described`'s media. */
  readonly track: number
  readonly media: MediaDescription
  /** We send on it: the back channel. */
  readonly isBackchannel: boolean
  /** TCP: the channels granted. */
  readonly interleaved?: Pair
  /** UDP: the camera's ports, when it named them. */
  readonly serverPort?: Pair
  readonly ssrc?: number
  /** First sequence number and timestamp after PLAY, when the camera named them. */
  readonly sequence?: number
  readonly timestamp?: number
}

/** What the shell does, in order. */
export type RtspAction =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  /** What the camera offers, before anything is set up. `sdp` is its own text. */
  | { readonly do: 'described'; readonly media: readonly MediaDescription[]; readonly sdp: string }
  /** Bind a pair of UDP ports for this track, then call `udpOpened`; when that fails, `fail`. */
  | { readonly do: 'openUdp'; readonly track: number }
  /** Media flows, or is about to. */
  | { readonly do: 'playing'; readonly tracks: readonly RtspTrack[] }
  /** The camera moved to another port of the same host: open that URL anew. The connection ends. */
  | { readonly do: 'redirect'; readonly url: string }
  /** It is over; nothing follows. Close the connection. */
  | { readonly do: 'fail'; readonly error: HmpError }
  /** TEARDOWN is answered (or not to be waited for); close the connection. */
  | { readonly do: 'closed' }
