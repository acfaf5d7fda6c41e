// SPDX-License-Identifier: Apache-2.0
/** What a session is given: who it is, how it logs in, and the few doors to the world outside. hmp.md §6 and §7. */
import type { GoodbyeCode } from '../hmp/goodbye.ts'
import type { Role } from '../hmp/session-message.ts'
import type { HttpRequest, HttpResponseInit } from '../http/message.ts'

/** HMAC-SHA-256 of `data` under `key`: protocol has no cryptography of its own, and the browser's is asynchronous. */
export type Hmac = (key: Uint8Array, data: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** The other end, as it named itself and (but for a console) proved. */
export interface PeerInfo {
  readonly role: Role
  readonly identity: string
  readonly software: string
  readonly features: readonly string[]
}

/** How the side that dialled shows who it is. */
export type DiallerLogin =
  /** The carrier has shown it: a client certificate, or the browser's user session. */
  | { readonly kind: 'carrier'; readonly lastEpoch?: number }
  /** By the device's 256-bit key, both ways (hmp.md §7.2). `exporter` is TLS's, absent on WebSocket. */
  | {
      readonly kind: 'key'
      readonly key: Uint8Array
      readonly hmac: Hmac
      readonly exporter?: Uint8Array
      /** The highest epoch seen from this CMS: a welcome that does not exceed it is refused. */
      readonly lastEpoch?: number
    }

/** What the accepting side knows of an identity: its key, that the carrier vouches for it, or nothing. */
export type Credential = { readonly key: Uint8Array } | 'trusted' | undefined

/** What `welcome` says of this session. */
export interface Admission {
  /** Names the session in logs of both sides. */
  readonly session: string
  /** Higher than that of every earlier session of the same identity. */
  readonly epoch: number
}

/** How the accepting side decides who gets in. */
export interface AcceptorLogin {
  readonly kind: 'accept'
  /** An unknown identity is challenged like a known one, so nobody learns which exist. */
  lookup(peer: PeerInfo): Credential | Promise<Credential>
  /** Called once the login has held. Throw a `Goodbye` to refuse (`revoked`, `busy`). */
  admit(peer: PeerInfo): Admission | Promise<Admission>
  /** Needed when `lookup` may give a key. */
  readonly hmac?: Hmac
  /** The 32 bytes of TLS's exporter; absent on WebSocket. */
  readonly exporter?: Uint8Array
}

/** Why a session ended. */
export interface Closing {
  /** A `GoodbyeCode`; another word from a peer of a later edition; `link` when the carrier broke without goodbye. */
  readonly code: GoodbyeCode | 'link' | (string & {})
  readonly text: string
  readonly retryAfterMs?: number
  /** For a broken rule of the header: offset of the field among all bytes of this direction. */
  readonly at?: number
  readonly byPeer: boolean
  /** What failed on this side, when it was neither the peer nor the carrier. */
  readonly cause?: unknown
}

/** A request of the other side. `signal` aborts when it no longer wants the answer, or the session ends. */
export interface IncomingRequest extends HttpRequest {
  readonly type: 'management' | 'event'
  readonly signal: AbortSignal
  /** `HMP-Device`. */
  readonly device?: string
  /** `HMP-Channel`, when it is a whole number. */
  readonly channel?: number
}

/** What a session needs. The callbacks are called synchronously, on the media path without a promise in between. */
export interface SessionOptions {
  readonly side: 'dialler' | 'acceptor'
  readonly role: Role
  /** How this end names itself; at most 128 characters of UTF-8 without control characters. */
  readonly identity: string
  /** Product and version, as `openhmp/0.1.0`. */
  readonly software: string
  readonly features?: readonly string[]
  readonly login: DiallerLogin | AcceptorLogin
  /** Milliseconds that only grow. */
  now(): number
  /** Milliseconds since 1970, UTC. */
  wallNow(): number
  /** `count` unpredictable bytes. */
  random(count: number): Uint8Array
  /** Writes ONE whole packet, given as header and payload. The arrays stay the session's: do not change them. */
  write(parts: readonly Uint8Array[]): void
  /** Answers a request of the other side. A rejection becomes 500, a `Refusal` or `PeerError` its own status. */
  onRequest(request: IncomingRequest): Promise<HttpResponseInit>
  /** Logged in: requests may be sent from now on. */
  onOpen?(peer: PeerInfo): void
  /** Called once. What was written before (the goodbye included) should be flushed, then the carrier closed. */
  onClose(closing: Closing): void
  /** Limits of this end, for tests and small devices; those of hmp.md §5 when left out. */
  readonly queueBytes?: number
}
