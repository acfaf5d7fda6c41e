// SPDX-License-Identifier: Apache-2.0
/** The shapes of HTTP/1.1 messages (RFC 9112) as HMP carries them: read, and as callers make them. */
import type { HeaderInit, HeaderMap } from './headers.ts'

/** A request as read. Exactly one of `body` (whole) and `streamedBody` (see hmp.md §8.4) holds the content. */
export interface HttpRequest {
  readonly method: string
  /** In origin form: `/path?query`. */
  readonly target: string
  readonly headers: HeaderMap
  /** Empty when there is none, or when it is streamed. */
  readonly body: Uint8Array
  /** Reading it grants the sender more credit. To be read by one reader, once. */
  readonly streamedBody?: AsyncIterable<Uint8Array>
}

/** An answer as read. */
export interface HttpResponse {
  readonly status: number
  readonly reason: string
  readonly headers: HeaderMap
  readonly body: Uint8Array
  readonly streamedBody?: AsyncIterable<Uint8Array>
}

/** What a caller says of a request; `Content-Length` is added when it is written. */
export interface HttpRequestInit {
  readonly method: string
  readonly target: string
  readonly headers?: HeaderInit
  readonly body?: Uint8Array
  /** Content too long to hold: sent piece by piece as the other side grants credit. Not together with `body`. */
  readonly streamedBody?: AsyncIterable<Uint8Array>
}

/** What a handler answers. */
export interface HttpResponseInit {
  readonly status: number
  /** The reason phrase; the usual one of the status when left out. */
  readonly reason?: string
  readonly headers?: HeaderInit
  readonly body?: Uint8Array
  readonly streamedBody?: AsyncIterable<Uint8Array>
}
