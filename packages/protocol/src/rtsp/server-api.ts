// SPDX-License-Identifier: Apache-2.0
/** What `RtspServerMachine` asks of its shell, and what it tells it to do. Shapes only. */
import type { HmpError } from '../base/errors.ts'
import type { RtpInfo, RtspRange } from './fields.ts'
import type { RtspRequest } from './message.ts'
import type { Pair, Transport } from './transport.ts'

/** A "no" with its RTSP status. */
export interface RtspRefusal {
  readonly status: number
}

/** A SETUP that the grammar and the state allow: which track is it, and can it be sent like that? */
export interface RtspSetup {
  /** As the client wrote it. */
  readonly url: string
  /** The alternative under trial. TCP: `interleaved` is settled. UDP: `clientPort` is there. */
  readonly transport: Transport
  readonly request: RtspRequest
  readonly user: string | undefined
}

/** One track of a session, as granted. */
export interface RtspServerTrack {
  /** The shell's own number of this track (its answer to `setup`). */
  readonly track: number
  readonly url: string
  /**
   * TCP: send on `interleaved`. UDP: send from `serverPort` to `clientPort` at the address of this connection, and
   * nowhere else: a `destination` in the request is not honoured, because it would let a client flood a third party.
   */
  readonly transport: Transport
}

/** A session; it lives and ends with its connection. */
export interface RtspServerSession {
  /** 128 random bits. */
  readonly id: string
  readonly user: string | undefined
  /** URL of the first SETUP. */
  readonly url: string
  readonly tracks: readonly RtspServerTrack[]
}

/** The shell's answers. All are called while `receive` runs, before the answer is written; none may call the machine. */
export interface RtspServerHooks {
  /** SDP of a presentation; undefined answers 404. */
  describe(url: string, request: RtspRequest, user: string | undefined): string | RtspRefusal | undefined
  /**
   * Grants one transport, or refuses it: 461 lets the client's next alternative be tried, anything else ends the
   * request. For UDP the answer must hold `serverPort`.
   */
  setup(setup: RtspSetup): { readonly track: number; readonly ssrc?: number; readonly serverPort?: Pair } | RtspRefusal
  /** Asked before a PLAY is granted; pictures start with the action `play`, once the answer is on its way. */
  play(
    session: RtspServerSession,
    range: RtspRange | undefined,
    request: RtspRequest,
  ): { readonly range?: RtspRange; readonly rtpInfo?: readonly RtpInfo[] } | RtspRefusal
  /** SET_PARAMETER with a body; left out, any parameter answers 451. */
  setParameter?(session: RtspServerSession | undefined, request: RtspRequest): RtspRefusal | undefined
  /** Interleaved packets from the client: receiver reports, back channel sound. A view, valid during the call. */
  media?(track: number, isRtcp: boolean, packet: Uint8Array): void
}

/** Checks an `Authorization`; `DigestVerifier` of ../digest is one. */
export interface RtspVerifier {
  challenge(nowMs: number, isStale?: boolean): readonly string[]
  verify(
    authorization: string | undefined,
    method: string,
    uri: string,
    lookup: (user: string) => string | undefined,
    nowMs: number,
  ): { readonly ok: true; readonly user: string } | { readonly ok: false; readonly reason: string }
}

/** What the machine is made of. */
export interface RtspServerOptions {
  readonly hooks: RtspServerHooks
  /** 128 random bits as text without spaces; called once a session. */
  readonly sessionId: () => string
  /** Left out: everyone may look. `lookup` gives a user's password. */
  readonly login?: { readonly verifier: RtspVerifier; readonly lookup: (user: string) => string | undefined }
  /** Value of `Server`. */
  readonly server?: string
  /** Transports that may be granted; both when left out. */
  readonly transports?: readonly ('tcp' | 'udp')[]
  /** A UDP session without a sign of life ends after this; default 60. */
  readonly timeoutSeconds?: number
  /** Feature tags that a `Require` may name; others are answered with 551. */
  readonly supported?: readonly string[]
}

/** What the shell does, in order. */
export type RtspServerAction =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  /** Start, or go on, sending this session's tracks. */
  | { readonly do: 'play'; readonly session: RtspServerSession }
  | { readonly do: 'pause'; readonly session: RtspServerSession }
  /** The session is gone: stop, forget its ports. The connection stays open unless `close` follows. */
  | { readonly do: 'end'; readonly session: RtspServerSession }
  /** Write what is queued, then end the connection. */
  | { readonly do: 'close'; readonly error?: HmpError }
