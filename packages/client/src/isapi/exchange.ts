// SPDX-License-Identifier: Apache-2.0
/** One HTTP request and its answer (RFC 9112), bounded in bytes and time. What goes wrong comes out as an error of ours. */
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, Defect, HmpError, LinkError, PeerError, WireError } from '@openhmp/protocol/base'
import { linkErrorOf } from '../socket.ts'
import type { Connections } from './connections.ts'
import { LentSocket } from './lent-socket.ts'
import type { IsapiUpload } from './options.ts'
import type { IsapiTarget } from './target.ts'

/** What is sent, where, and how long it may take. */
export interface Exchange {
  readonly target: IsapiTarget
  readonly connections: Connections
  readonly method: string
  /** Path and query, exactly as it goes on the wire. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Of an upload, `answerMs` runs from the last byte that went out: a large file may take long, but not stand still. */
  readonly body?: Uint8Array | IsapiUpload
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly answerMs: number
  readonly bodyMs: number
  readonly maxBytes: number
  /** A connection of its own, closed afterwards: no race with the device closing an idle one. */
  readonly isAlone: boolean
  /** With `isAlone`: the connection stays open after the answer, for what goes on over it. */
  readonly isKept?: boolean
}

/** The head of an answer, with its body still to come. */
export interface OpenAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headersDistinct']
  readonly contentType: string | undefined
  readonly body: IncomingMessage
  /** Hangs up. */
  abandon(): void
}

/** A whole answer. */
export interface WholeAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headersDistinct']
  readonly contentType: string | undefined
  readonly bytes: Uint8Array
}

/** The request had been sent whole when the link failed: the device may have done it. */
export class SentLinkError extends LinkError {}

/** Node's errors as ours. `address` names device, and request, for people. */
export const exchangeError = (error: NodeJS.ErrnoException, address: string, isSent: boolean): Error => {
  if (error instanceof HmpError) return error
  if (error.code?.startsWith('HPE_'))
    return new PeerError('isapi.not-isapi', `${address}: what answers there does not speak HTTP (${error.message})`, {
      retry: 'later',
      cause: error,
    })
  const link = linkErrorOf(error, address)
  return isSent && link.code === 'link.reset'
    ? new SentLinkError(link.code, link.message, { address, cause: error })
    : link
}

/** Sends and waits for the head of the answer. Rejects with `LinkError`, `PeerError` `isapi.not-isapi`, or `signal.reason`. */
export const openExchange = async (exchange: Exchange): Promise<OpenAnswer> => {
  const { target, connections, method, path, headers, body, signal, isAlone, isKept } = exchange
  signal.throwIfAborted()
  const own = isAlone ? await connections.open(signal) : undefined
  const socket = own && isKept ? new LentSocket(own) : own
  return new Promise((resolve, reject) => {
    let isSent = false
    const request: ClientRequest = sendRequest({
      host: target.host,
      port: target.port,
      method,
      path,
      headers: { ...headers, ...(isAlone ? { Connection: isKept ? 'keep-alive' : 'close' } : {}) },
      setDefaultHeaders: false,
      ...(socket ? { createConnection: () => socket } : { agent: connections }),
    })
    const over = new AbortController()
    const settle = (): void => {
      over.abort()
      signal.removeEventListener('abort', abort)
    }
    const fail = (error: unknown): void => {
      settle()
      request.destroy()
      reject(error)
    }
    const abort = () => fail(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    request.on('finish', () => {
      isSent = true
    })
    // Stays after the answer's head: what a broken connection has to say then is told by the body.
    request.on('error', (error) => {
      const known = exchangeError(error, target.name, isSent && !request.reusedSocket)
      fail(request.reusedSocket && known instanceof LinkError ? new StaleConnectionError(known) : known)
    })
    request.once('response', (message) => {
      settle()
      resolve({
        status: message.statusCode ?? 0,
        headers: message.headersDistinct,
        contentType: message.headers['content-type'],
        body: message,
        abandon: () => request.destroy(),
      })
    })
    const { clock, answerMs } = exchange
    let movedMs = clock.monotonic()
    const watch = async (): Promise<void> => {
      for (let leftMs = answerMs; leftMs > 0; leftMs = movedMs + answerMs - clock.monotonic())
        await clock.sleep(leftMs, { signal: over.signal })
      fail(new LinkError('link.timeout', `${target.name}: no answer within ${answerMs} ms`, { address: target.name }))
    }
    watch().catch(() => {}) // answered in time
    if (body && 'open' in body)
      pour(request, body, over.signal, () => {
        movedMs = clock.monotonic()
      }).catch(fail)
    else request.end(body)
  })
}

/** Sends a body piece by piece, no faster than the device takes it; ends early when `over` says that it has answered. */
const pour = async (request: ClientRequest, body: IsapiUpload, over: AbortSignal, moved: () => void): Promise<void> => {
  let sentBytes = 0
  for await (const piece of body.open()) {
    if (over.aborted) return
    if (!request.write(piece)) await once(request, 'drain', { signal: over }).catch(() => {}) // told by `error`, or answered
    if (over.aborted) return
    sentBytes += piece.length
    moved()
    body.onProgress?.(sentBytes)
  }
  request.end()
}

/** A kept connection had been closed by the device: not the device's failure, worth one more try. */
export class StaleConnectionError extends Error {
  override readonly cause: LinkError
  constructor(cause: LinkError) {
    super(cause.message)
    this.cause = cause
  }
}

/** Sends and takes the whole answer. Rejects as `openExchange` does, and with `WireError` `http.size`. */
export const exchangeWhole = async (exchange: Exchange): Promise<WholeAnswer> => {
  try {
    return await takeWhole(exchange, await openExchange(exchange))
  } catch (error) {
    if (!(error instanceof StaleConnectionError)) throw error
    if (exchange.method === 'POST') throw error.cause // it may have been done: not twice
    return takeWhole(exchange, await openExchange({ ...exchange, isAlone: true }))
  }
}

/**
 * As `exchangeWhole`, and the connection is the caller's after a good answer.
 *
 * Tolerates: devices that answer `Connection: close`, and go on listening all the same.
 */
export const exchangeKept = async (exchange: Exchange): Promise<WholeAnswer & { readonly socket: Socket }> => {
  const answer = await openExchange({ ...exchange, isAlone: true, isKept: true })
  const lent: Duplex = answer.body.socket
  if (!(lent instanceof LentSocket)) throw new Defect('HTTP has another connection than it was given')
  const socket = lent.keep()
  try {
    const whole = await takeWhole(exchange, answer)
    if (whole.status >= 300) socket.destroy()
    return { ...whole, socket }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    lent.destroy()
  }
}

const takeWhole = async (exchange: Exchange, answer: OpenAnswer): Promise<WholeAnswer> => {
  const { target, signal, clock, bodyMs, maxBytes } = exchange
  const { body, status, headers, contentType } = answer
  const over = new AbortController()
  let failure: unknown
  const cut = (error: unknown): void => {
    failure ??= error
    answer.abandon()
  }
  const abort = () => cut(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  clock.sleep(bodyMs, { signal: over.signal }).then(
    () =>
      cut(
        new LinkError('link.timeout', `${target.name}: the answer was not whole within ${bodyMs} ms`, {
          address: target.name,
        }),
      ),
    () => {}, // whole in time
  )
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.length
      if (size > maxBytes) {
        cut(new WireError('http.size', `${target.name}: an answer of more than ${maxBytes} bytes`))
        break
      }
      parts.push(part)
    }
    if (failure !== undefined) throw failure
    return { status, headers, contentType, bytes: new Uint8Array(Buffer.concat(parts, size)) }
  } catch (error) {
    throw failure ?? brokenOff(error as NodeJS.ErrnoException, target.name)
  } finally {
    over.abort()
    signal.removeEventListener('abort', abort)
  }
}

/** The body ended before its end. */
export const brokenOff = (error: NodeJS.ErrnoException, address: string): Error => {
  const known = exchangeError(error, address, false)
  if (!(known instanceof LinkError) || known.code !== 'link.reset') return known
  return new LinkError('link.reset', `${address}: the answer broke off before its end`, { address, cause: error })
}
