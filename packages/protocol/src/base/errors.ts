// SPDX-License-Identifier: Apache-2.0
/**
 * The five kinds of error of OpenHMP, told apart by `code`; people read the message. Programs match on `code`, never on
 * `instanceof` alone: two copies of a package make that lie.
 *
 * An aborted operation is none of these: `signal.reason` passes through untouched.
 */

/** Where the reader finds the fault: a byte offset, the standard and section, the peer, a cause. */
export interface WireContext {
  /** Offset of the first byte that breaks the rule, counted from the start of the bytes handed in. */
  readonly at?: number
  /** Standard and section, as `RFC 3550 §5.1`. */
  readonly spec?: string
  readonly cause?: unknown
}

/** The root of all errors that OpenHMP throws on purpose. `code` is stable, dotted and lower case: `rtp.short`. */
export class HmpError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
  }
}

/** Bytes do not follow their format. */
export class WireError extends HmpError {
  readonly at: number | undefined
  readonly spec: string | undefined
  constructor(code: string, message: string, context: WireContext = {}) {
    const place = context.at === undefined ? '' : ` at byte ${context.at}`
    super(code, `${message}${place}${context.spec === undefined ? '' : ` (${context.spec})`}`, context)
    this.at = context.at
    this.spec = context.spec
  }
}

/** When asking again may help: never, later (back off), or once the credentials are right. */
export type Retry = 'never' | 'later' | 'after-login'

/** A well-formed "no" from the other side: RTSP 454, an ISAPI `statusCode`, bad credentials. */
export class PeerError extends HmpError {
  /** The peer's own status number (HTTP, RTSP), if it gave one. */
  readonly status: number | undefined
  readonly retry: Retry
  constructor(code: string, message: string, options: { status?: number; retry: Retry; cause?: unknown }) {
    super(code, message, options)
    this.status = options.status
    this.retry = options.retry
  }
}

/** The link failed: refused, reset, timed out, closed. Reconnect with back-off. */
export class LinkError extends HmpError {
  /** `host:port` of the other end, without credentials. */
  readonly address: string | undefined
  constructor(code: string, message: string, options: { address?: string; cause?: unknown } = {}) {
    super(code, message, options)
    this.address = options.address
  }
}

/** Our own system says no. `kind` decides the HTTP status by one table in the server. */
export class Refusal extends HmpError {
  readonly kind: 'invalid' | 'unauthenticated' | 'forbidden' | 'not-found' | 'conflict' | 'exhausted' | 'unavailable'
  constructor(kind: Refusal['kind'], code: string, message: string, options?: { cause?: unknown }) {
    super(code, message, options)
    this.kind = kind
  }
}

/** We are wrong. Logged whole, never swallowed. */
export class Defect extends HmpError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('defect', message, options)
  }
}
