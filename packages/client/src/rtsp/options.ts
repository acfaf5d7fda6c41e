// SPDX-License-Identifier: Apache-2.0
/** What `openRtsp` is told. */
import type { Clock, HmpError } from '@openhmp/protocol/base'
import type { MediaUnit } from '@openhmp/protocol/rtp'
import type { MediaDescription } from '@openhmp/protocol/sdp'
import type { LoginCredentials } from '../login-guard.ts'
import type { Reach } from '../reach.ts'
import type { TlsTrust } from '../socket.ts'

/** What is to be played, and who is told. The callbacks run in the socket's own turn: they must not wait. */
export interface RtspOptions {
  /** `rtsp://` or `rtsps://`. A user and password inside are taken out, and used when `credentials` is left out. */
  readonly url: string
  readonly credentials?: LoginCredentials
  readonly transport: 'tcp' | 'udp'
  /** Kinds of media; default both. */
  readonly wants?: readonly ('video' | 'audio')[]
  readonly signal: AbortSignal
  readonly clock: Clock
  /** A unit is whole. `track` is an index into `onDescription`'s media. */
  onUnit(unit: MediaUnit, track: number): void
  /** Once, before the first unit. `sdp` is the camera's own text. */
  onDescription?(media: readonly MediaDescription[], sdp: string): void
  /** Once, when a play that had begun ended by itself; never after `dispose` or abort. */
  onEnd?(error: HmpError | undefined): void
  /** For `rtsps://`; left out, the certificate must be trusted by this machine. */
  readonly tls?: TlsTrust
  /** Default 5 s. */
  readonly connectMs?: number
  /** No answer for this long ends the play; default 10 s. */
  readonly answerMs?: number
  /** No media for this long ends the play; default 10 s. */
  readonly silenceMs?: number
  readonly userAgent?: string
  /** Send the password as Basic, when nothing better is offered, without TLS too. Default false. */
  readonly allowBasic?: boolean
  /** Which addresses may be called, asked at each connection, after a redirect too; left out: all. */
  readonly reach?: Reach
}
