// SPDX-License-Identifier: Apache-2.0
/** Who asked what: numbers, answers, cancellations, both ways. hmp.md §8. */

import { hex } from '../base/bytes.ts'
import { HmpError, LinkError, PeerError, Refusal, WireError } from '../base/errors.ts'
import { LAST_REQUEST_NUMBER, MAX_UNANSWERED_EVENTS, MAX_UNANSWERED_REQUESTS } from '../hmp/limits.ts'
import { Flag, type PacketHeader, PacketType, violation } from '../hmp/packet.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../http/codec.ts'
import { HeaderMap } from '../http/headers.ts'
import { errorResponse } from '../http/json.ts'
import type { HttpRequest, HttpRequestInit, HttpResponse, HttpResponseInit } from '../http/message.ts'
import type { BodyReader } from './body-reader.ts'
import { ControlIn } from './control-in.ts'
import { ControlOut } from './control-out.ts'
import type { IncomingRequest } from './options.ts'
import type { Outlet } from './outlet.ts'

/** What `request` adds to an HTTP request. */
export interface SessionRequest extends HttpRequestInit {
  /** `HMP-Device`. */
  readonly device?: string
  /** `HMP-Channel`. */
  readonly channel?: number
  /** `management` when left out. */
  readonly type?: 'management' | 'event'
}

/** What the session makes of requests and answers. */
export interface RequestsHost {
  readonly isDialler: boolean
  /** Of this side's requests: 1 or 2, or later for a test of the end of the numbers. */
  readonly firstNumber: number
  random(count: number): Uint8Array
  handle(request: IncomingRequest): Promise<HttpResponseInit>
  /** An answer is about to be queued: a 201 lets its stream's media go. */
  onAnswered(request: IncomingRequest, response: HttpResponseInit): void
  /** Something waits to be sent. */
  pump(): void
  /** Numbers have run out. */
  onExhausted(): void
}

interface Asked {
  readonly type: PacketType
  answered(response: HttpResponse): void
  failed(error: unknown): void
}

/** Refusals of `kind` as status numbers. */
const statusOfKind: Readonly<Record<Refusal['kind'], number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  exhausted: 503,
  unavailable: 503,
}

export class Requests {
  readonly management: ControlOut
  readonly event: ControlOut
  readonly #in: ControlIn
  readonly #host: RequestsHost
  readonly #outlet: Outlet
  readonly #asked = new Map<number, Asked>()
  readonly #answering = new Map<number, AbortController>()
  #answeringEvents = 0
  #next: number
  readonly #highestReceived = [0, 0, 0, 0, 0]
  #closed: unknown
  lateAnswers = 0

  constructor(outlet: Outlet, host: RequestsHost) {
    this.#host = host
    this.#outlet = outlet
    this.#next = host.firstNumber
    this.management = new ControlOut(PacketType.management, outlet, () => host.pump())
    this.event = new ControlOut(PacketType.event, outlet, () => host.pump())
    this.#in = new ControlIn(outlet, {
      onRequestBegins: (header, offset) => this.#checkNumber(header, offset),
      onMessage: (header, bytes, offset, body) =>
        header.flags & Flag.response
          ? this.#onAnswer(header, bytes, offset, body)
          : this.#onRequest(header, bytes, body),
      onCancel: (header) => this.#onCancel(header),
    })
  }

  receive(header: PacketHeader, payload: Uint8Array, offset: number): void {
    this.#in.push(header, payload, offset)
  }

  /** `window` came; one for a body that is gone is ignored. */
  grant(sequence: number, isResponse: boolean, credit: number): void {
    const response = isResponse ? Flag.response : 0
    if (!this.management.grant(sequence, response, credit)) this.event.grant(sequence, response, credit)
  }

  /** Asks; `onAnswer` is called before anything that came after the answer is looked at, even when `signal` was aborted. */
  ask(
    request: SessionRequest,
    signal: AbortSignal | undefined,
    onAnswer?: (answer: HttpResponse, isLate: boolean) => void,
  ): Promise<HttpResponse> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#asked.size >= MAX_UNANSWERED_REQUESTS)
      return Promise.reject(new Refusal('exhausted', 'hmp.unanswered', 'too many requests wait for their answers'))
    if (this.#next > LAST_REQUEST_NUMBER) {
      this.#host.onExhausted()
      return Promise.reject(this.#closed)
    }
    const type = request.type === 'event' ? PacketType.event : PacketType.management
    const queue = type === PacketType.event ? this.event : this.management
    const sequence = this.#next
    try {
      queue.push(sequence, 0, encodeRequest(this.#addFields(request)), request.streamedBody)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#next += 2
    return new Promise((resolve, reject) => {
      let isLate = false
      const abort = () => {
        isLate = true
        // What was not sent at all need not be cancelled: gaps in the numbers are allowed.
        if (queue.drop(sequence, 0) === 'unsent') this.#asked.delete(sequence)
        else this.#outlet.empty(type, Flag.cancel, 0, sequence)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#asked.set(sequence, {
        type,
        answered: (response) => {
          signal?.removeEventListener('abort', abort)
          onAnswer?.(response, isLate)
          resolve(response)
        },
        failed: (error) => {
          signal?.removeEventListener('abort', abort)
          reject(error)
        },
      })
      this.#host.pump()
    })
  }

  #addFields(request: SessionRequest): HttpRequestInit {
    const { device, channel, method, target } = request
    const headers = new HeaderMap(request.headers)
    if (device !== undefined) headers.set('HMP-Device', device)
    if (channel !== undefined) headers.set('HMP-Channel', String(channel))
    const isRepeatable =
      method === 'GET' || method === 'HEAD' || isBelow(target, '/HMP/streams') || target === '/HMP/events'
    if (!isRepeatable && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', hex(this.#host.random(16)))
    return { ...request, headers }
  }

  #checkNumber(header: PacketHeader, offset: number): void {
    const isOfDialler = header.sequence % 2 === 1
    if (isOfDialler === this.#host.isDialler)
      throw violation('sequence', `request ${header.sequence} of the wrong side`, offset + 8, '§8.1')
    if (header.sequence <= this.#highestReceived[header.type]!)
      throw violation(
        'sequence',
        `request ${header.sequence} after ${this.#highestReceived[header.type]}`,
        offset + 8,
        '§8.1',
      )
    this.#highestReceived[header.type] = header.sequence
  }

  #onAnswer(header: PacketHeader, bytes: Uint8Array, offset: number, body: BodyReader | undefined): void {
    const { sequence } = header
    const asked = this.#asked.get(sequence)
    if (!asked || asked.type !== header.type) {
      if (asked || sequence >= this.#next || (sequence % 2 === 1) !== this.#host.isDialler)
        throw violation('sequence', `answer to ${sequence}, which was not asked`, offset + 8, '§8.1')
      this.lateAnswers++
      body?.discard()
      return
    }
    this.#asked.delete(sequence)
    try {
      const response = decodeResponse(bytes, body !== undefined)
      asked.answered(body ? { ...response, streamedBody: body } : response)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      body?.discard()
      asked.failed(error)
    }
  }

  #onCancel(header: PacketHeader): void {
    const { sequence } = header
    if (header.flags & Flag.response) {
      const asked = this.#asked.get(sequence)
      this.#asked.delete(sequence)
      asked?.failed(new PeerError('hmp.cancelled', 'the other side broke its answer off', { retry: 'later' }))
      return
    }
    const queue = header.type === PacketType.event ? this.event : this.management
    const left = queue.drop(sequence, Flag.response)
    if (left === 'half-sent') this.#outlet.empty(header.type, Flag.cancel | Flag.response, 0, sequence)
    if (left === 'unsent') this.#queue(header.type, sequence, { status: 499 })
    const answering = this.#answering.get(sequence)
    if (!answering) return
    this.#answering.delete(sequence)
    if (header.type === PacketType.event) this.#answeringEvents--
    this.#queue(header.type, sequence, { status: 499 })
    answering.abort(new LinkError('hmp.cancelled', 'the other side no longer wants the answer'))
  }

  #onRequest(header: PacketHeader, bytes: Uint8Array, body: BodyReader | undefined): void {
    const { type, sequence } = header
    const isEvent = type === PacketType.event
    const refuse = (response: HttpResponseInit) => {
      this.#queue(type, sequence, response)
      body?.discard()
    }
    const isTooMany =
      this.#answering.size >= MAX_UNANSWERED_REQUESTS || (isEvent && this.#answeringEvents >= MAX_UNANSWERED_EVENTS)
    if (isTooMany) {
      refuse(errorResponse(503, 'busy', 'too many requests at a time', 'later'))
      return
    }
    let decoded: HttpRequest
    try {
      decoded = decodeRequest(bytes, body !== undefined)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      refuse(errorResponse(400, error.code, error.message))
      return
    }
    const controller = new AbortController()
    this.#answering.set(sequence, controller)
    if (isEvent) this.#answeringEvents++
    const request = incoming(decoded, isEvent ? 'event' : 'management', controller.signal, body)
    const answer = (response: HttpResponseInit) => {
      if (this.#answering.get(sequence) !== controller) return
      this.#answering.delete(sequence)
      if (isEvent) this.#answeringEvents--
      this.#host.onAnswered(request, response)
      this.#queue(type, sequence, response)
      body?.discard()
    }
    this.#host.handle(request).then(answer, (error: unknown) => answer(responseOf(error)))
  }

  #queue(type: PacketType, sequence: number, response: HttpResponseInit): void {
    if (this.#closed !== undefined) return
    const queue = type === PacketType.event ? this.event : this.management
    try {
      queue.push(sequence, Flag.response, encodeResponse(response), response.streamedBody)
    } catch (error) {
      queue.push(sequence, Flag.response, encodeResponse(responseOf(error)))
    }
    this.#host.pump()
  }

  close(cause: unknown): void {
    this.#closed = cause
    for (const asked of this.#asked.values()) asked.failed(cause)
    this.#asked.clear()
    for (const answering of this.#answering.values()) answering.abort(cause)
    this.#answering.clear()
    this.#in.close(cause)
    this.management.close()
    this.event.close()
  }
}

const isBelow = (target: string, path: string): boolean => target === path || target.startsWith(`${path}/`)

const incoming = (
  request: HttpRequest,
  type: 'management' | 'event',
  signal: AbortSignal,
  body?: BodyReader,
): IncomingRequest => {
  const device = request.headers.get('HMP-Device')
  const said = request.headers.get('HMP-Channel')
  const channel = said !== undefined && /^\d{1,6}$/.test(said) ? Number(said) : undefined
  return {
    ...request,
    type,
    signal,
    ...(body ? { streamedBody: body } : {}),
    ...(device === undefined ? {} : { device }),
    ...(channel === undefined ? {} : { channel }),
  }
}

/** The answer that a handler's error stands for. What is wrong inside stays inside. */
const responseOf = (error: unknown): HttpResponseInit => {
  if (error instanceof Refusal)
    return errorResponse(
      statusOfKind[error.kind],
      error.code,
      error.message,
      error.kind === 'exhausted' || error.kind === 'unavailable' ? 'later' : 'never',
    )
  if (error instanceof PeerError) return errorResponse(error.status ?? 502, error.code, error.message, error.retry)
  if (error instanceof WireError) return errorResponse(400, error.code, error.message)
  if (error instanceof LinkError) return errorResponse(504, error.code, error.message, 'later')
  return errorResponse(500, error instanceof HmpError ? error.code : 'defect', 'something went wrong inside', 'later')
}
