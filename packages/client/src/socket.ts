// SPDX-License-Identifier: Apache-2.0
/** A TCP or TLS connection to a device, with errors that say what is wrong; the one place that maps Node's error codes. */
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Clock, HmpError, LinkError } from '@openhmp/protocol/base'
import { judgedLookup, judgeLiteral, type Reach } from './reach.ts'

/** What a TLS peer must show. Neither: a certificate that the machine trusts, for the name that was dialled. */
export interface TlsTrust {
  /** SHA-256 of exactly this certificate, hex, colons allowed. Name and age do not matter then. */
  readonly pin?: string
  /** Certificates to trust instead of the machine's, PEM. */
  readonly ca?: string
  /** Without a pin: take whatever certificate is shown the first time, and tell its fingerprint, to be pinned from then on. */
  onFirstUse?(fingerprint: string): void
}

/** Where to, how, and for how long to try. */
export interface SocketOptions {
  readonly host: string
  readonly port: number
  /** Left out: no TLS. */
  readonly tls?: TlsTrust
  /** To the end of the TLS handshake; default 5 s. */
  readonly connectMs?: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** What may be called; left out: everything. What it throws comes out of `openSocket`. */
  readonly reach?: Reach
  /**
   * Takes what comes in, instead of the socket's `data`. The bytes are good for this call alone: all connections read into
   * one buffer, so that a camera's bytes cost no memory of their own.
   */
  onBytes?(chunk: Uint8Array): void
}

const CONNECT_MS = 5000
/** Each read is handed on before the next, so one buffer serves all. */
const readBuffer = new Uint8Array(64 * 1024)

/** `host:port`, an IPv6 address in brackets. */
export const addressOf = (host: string, port: number): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`

const codes: Readonly<Record<string, readonly [code: string, text: string]>> = {
  ECONNREFUSED: ['link.refused', 'nothing listens there'],
  ECONNRESET: ['link.reset', 'the other side cut the connection'],
  EPIPE: ['link.reset', 'the other side cut the connection'],
  ETIMEDOUT: ['link.timeout', 'no answer'],
  EHOSTUNREACH: ['link.unreachable', 'no way to that host'],
  ENETUNREACH: ['link.unreachable', 'no way to that network'],
  ENOTFOUND: ['link.name', 'the name is not known'],
  EAI_AGAIN: ['link.name', 'names cannot be looked up now'],
}

/** Node's error of a socket as ours. */
export const linkErrorOf = (error: NodeJS.ErrnoException, address: string): LinkError => {
  const [code, text] = codes[error.code ?? ''] ?? ['link.failed', error.message]
  const kind = error.code?.startsWith('ERR_SSL') || error.code === 'EPROTO' ? 'tls.failed' : code
  return new LinkError(kind, `${address}: ${kind === 'tls.failed' ? 'the TLS handshake failed' : text}`, {
    address,
    cause: error,
  })
}

/**
 * Opens a connection. Rejects with `LinkError` `link.*`, `tls.pin` (another certificate than the pinned one),
 * `tls.untrusted`, `tls.failed`, or with `signal.reason`. The caller owns the socket.
 */
export const openSocket = (options: SocketOptions): Promise<Socket> => {
  const { host, port, tls, signal, clock, reach, onBytes } = options
  const address = addressOf(host, port)
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise<Socket>((resolve, reject) => {
    if (reach) judgeLiteral(reach, host, port)
    const lookup = reach && judgedLookup(reach, port)
    const to = { host, port, ...(lookup && { lookup }), ...(onBytes && { onread: readingInto(readBuffer, onBytes) }) }
    const socket = tls
      ? connectTls({ ...to, rejectUnauthorized: false, ...nameFor(host), ...(tls.ca ? { ca: tls.ca } : {}) })
      : connectTcp(to)
    const timer = new AbortController()
    const settle = (error?: unknown) => {
      timer.abort()
      signal.removeEventListener('abort', abort)
      socket.off('error', failed)
      if (error === undefined) {
        resolve(socket)
        return
      }
      socket.on('error', () => {}) // destroyed on purpose: what it still has to say is of no use
      socket.destroy()
      reject(error)
    }
    const abort = () => settle(signal.reason)
    const failed = (error: NodeJS.ErrnoException) =>
      settle(error instanceof HmpError ? error : linkErrorOf(error, address))
    const connected = () => settle(tls ? distrust(socket as TLSSocket, tls, address) : undefined)
    signal.addEventListener('abort', abort, { once: true })
    socket.once('error', failed)
    socket.once(tls ? 'secureConnect' : 'connect', connected)
    const timeoutMs = options.connectMs ?? CONNECT_MS
    clock.sleep(timeoutMs, { signal: timer.signal }).then(
      () => settle(new LinkError('link.timeout', `${address}: no answer within ${timeoutMs} ms`, { address })),
      () => {}, // settled in time
    )
  })
}

const readingInto = (buffer: Uint8Array, onBytes: (chunk: Uint8Array) => void): OnReadOpts => ({
  buffer,
  callback: (length) => {
    onBytes(buffer.subarray(0, length))
    return true
  },
})

/** SNI holds names only (RFC 6066 §3). */
const nameFor = (host: string): { servername?: string } => (isIP(host) ? {} : { servername: host })

const distrust = (socket: TLSSocket, trust: TlsTrust, address: string): LinkError | undefined => {
  const shown = socket.getPeerCertificate().fingerprint256?.replace(/:/g, '').toLowerCase() ?? 'none'
  if (trust.pin !== undefined) {
    const pinned = trust.pin.replace(/[:\s]/g, '').toLowerCase()
    if (shown === pinned) return undefined
    const text = `${address}: the certificate changed; pinned is ${pinned}, shown is ${shown}`
    return new LinkError('tls.pin', text, { address })
  }
  if (trust.onFirstUse) {
    trust.onFirstUse(shown)
    return undefined
  }
  if (socket.authorized) return undefined
  const text = `${address}: the certificate is not trusted (${socket.authorizationError}); its fingerprint is ${shown}`
  return new LinkError('tls.untrusted', text, { address })
}
