// SPDX-License-Identifier: Apache-2.0
/** What an `IsapiClient` is told, and what its requests give. */
import type { Clock } from '@openhmp/protocol/base'
import type { LoginCredentials } from '../login-guard.ts'
import type { Reach } from '../reach.ts'
import type { TlsTrust } from '../socket.ts'

/** Where a device is and how to treat it. */
export interface IsapiOptions {
  /** `host`, `host:port`, `http://host:port` or `https://host:port`. */
  readonly address: string
  readonly credentials: LoginCredentials
  readonly clock: Clock
  /** Ends every request of this client; requests reject with its reason. */
  readonly signal?: AbortSignal
  /**
   * For HTTPS. Left out: the first certificate that is shown is trusted and pinned for the life of this client
   * (`certificate` tells its fingerprint, to be given as `pin` the next time).
   */
  readonly tls?: TlsTrust
  /** Opening a connection, TLS included; default 5 s. */
  readonly connectMs?: number
  /** From the request to the head of the answer; default 10 s. */
  readonly answerMs?: number
  /** From the head of the answer to its end; default 30 s. */
  readonly bodyMs?: number
  /** Send the password as Basic, when nothing better is offered, without TLS too. Default false. */
  readonly allowBasic?: boolean
  readonly userAgent?: string
  /** Default `auto`: digest, and by session where the device offers none. */
  readonly login?: 'auto' | 'digest' | 'session'
  /** Which addresses may be called, asked at each connection; left out: all. */
  readonly reach?: Reach
}

/** Of one request. */
export interface IsapiRequestOptions {
  readonly signal?: AbortSignal
  /** Longest body to take; default `MAX_ANSWER_BYTES`. */
  readonly maxBytes?: number
  /** Of what is sent; default `application/xml`. */
  readonly contentType?: string
}

/** A large body that is read while it is sent: firmware. */
export interface IsapiUpload {
  /** Default PUT. */
  readonly method?: 'PUT' | 'POST'
  /** Default `application/octet-stream`. */
  readonly contentType?: string
  readonly sizeBytes: number
  /** From the start; called again when the request has to be sent again. */
  open(): AsyncIterable<Uint8Array>
  /** Bytes that have gone out. */
  onProgress?(sentBytes: number): void
}

/** An answer as it came, whatever its status. */
export interface IsapiAnswer {
  readonly status: number
  /** As sent, with parameters. */
  readonly contentType: string | undefined
  readonly bytes: Uint8Array
}

/** An answer whose body has no end. Dispose to hang up. */
export interface IsapiStream extends AsyncDisposable {
  readonly status: number
  readonly contentType: string | undefined
  /** Bytes as they come; throws `LinkError` when the link fails, ends when the device ends the answer. */
  readonly chunks: AsyncIterable<Uint8Array>
}
