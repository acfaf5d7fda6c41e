// SPDX-License-Identifier: Apache-2.0
/**
 * The resource /HMP/streams: hmp.md §9. What concerns one side's own books is settled here; the rest (which camera, may they)
 * is the session's user's.
 */
import { LinkError, WireError } from '../base/errors.ts'
import { errorOf, errorResponse, jsonRequest, readJsonObject } from '../http/json.ts'
import type { HttpResponse, HttpResponseInit } from '../http/message.ts'
import { Handles } from './handles.ts'
import { MediaIn } from './media-in.ts'
import { MediaOut } from './media-out.ts'
import type { IncomingRequest, SessionOptions } from './options.ts'
import type { Outlet } from './outlet.ts'
import type { SessionRequest } from './requests.ts'
import type { OpenStream, StreamCounters, StreamEnd, StreamRequest, StreamSink } from './stream.ts'

const root = '/HMP/streams'
/** For notices and endings, whose answers nobody waits for. */
const forgotten = () => {}

/** What is needed of the session around it. */
export interface StreamsHost {
  ask(
    request: SessionRequest,
    signal?: AbortSignal,
    onAnswer?: (answer: HttpResponse, isLate: boolean) => void,
  ): Promise<HttpResponse>
  pump(): void
}

export class Streams {
  readonly out: MediaOut
  readonly in: MediaIn
  readonly #handles: Handles
  readonly #host: StreamsHost
  readonly #onRequest: SessionOptions['onRequest']
  /** Talk that this side asked for: it sends, but does not answer for the stream. */
  readonly #talking = new Map<number, StreamSink>()

  constructor(options: SessionOptions, outlet: Outlet, queueBytes: number, host: StreamsHost) {
    this.#host = host
    this.#onRequest = (request) => options.onRequest(request)
    const now = () => options.now()
    this.out = new MediaOut(outlet, now, queueBytes, (handle) => this.#forget(handle))
    this.#handles = new Handles(
      options.side === 'dialler',
      now,
      (handle) => this.out.has(handle) || this.in.has(handle),
    )
    this.in = new MediaIn(
      (handle) => this.#handles.isResting(handle),
      (handle) => {
        this.#forgetIncoming(handle)?.onEnd?.({ code: 'end', text: '' })
        void this.#delete(handle)
      },
    )
  }

  // ---- answering side

  allocate(): number {
    const handle = this.#handles.allocate(this.out.size)
    this.out.open(handle, true)
    return handle
  }

  /** The answering side of talk receives on a handle of its own. */
  receive(handle: number, sink: StreamSink): void {
    this.out.drop(handle)
    this.in.open(handle, sink)
  }

  describe(handle: number, sdp: string): void {
    this.out.renew(handle, (generation) => {
      this.#host.ask(jsonRequest('POST', `${root}/${handle}/sdp`, { generation, sdp })).catch(forgotten)
    })
  }

  end(handle: number, end: StreamEnd | undefined): void {
    if (!this.out.has(handle) && !this.in.has(handle)) return
    if (end === undefined && this.out.finish(handle)) {
      this.#host.pump()
      return
    }
    this.#forget(handle)
    void this.#delete(handle, end ?? { code: 'end', text: '' })
  }

  /** Answers what is below /HMP/streams; undefined for what the user answers. */
  handle(request: IncomingRequest): Promise<HttpResponseInit> | undefined {
    if (request.type !== 'management' || !request.target.startsWith(`${root}/`)) return undefined
    return this.#answer(request)
  }

  async #answer(request: IncomingRequest): Promise<HttpResponseInit> {
    const match = /^\/HMP\/streams\/(\d{1,5})(\/sdp|\/key)?$/.exec(request.target)
    const handle = Number(match?.[1])
    const isNotice = match?.[2] === '/sdp'
    const isDelete = request.method === 'DELETE' && match?.[2] === undefined
    if (this.in.has(handle)) {
      if (isNotice && request.method === 'POST') return this.#notice(handle, request)
      if (isDelete) {
        this.#forgetIncoming(handle)?.onEnd?.(endOf(request))
        return { status: 204 }
      }
      return errorResponse(409, 'stream.kind', 'the other side sends this stream')
    }
    if (!this.out.has(handle)) {
      if (isDelete && this.#handles.isResting(handle)) return { status: 204 }
      return errorResponse(404, 'stream.unknown', `stream ${match?.[1] ?? ''} is not open`)
    }
    if (isDelete) {
      const talk = this.#talking.get(handle)
      this.#forget(handle)
      if (talk) {
        talk.onEnd?.(endOf(request))
        return { status: 204 }
      }
    }
    return await this.#onRequest(request)
  }

  #notice(handle: number, request: IncomingRequest): HttpResponseInit {
    const { generation, sdp } = readJsonObject(request)
    if (typeof generation !== 'number' || !Number.isSafeInteger(generation) || typeof sdp !== 'string')
      return errorResponse(400, 'stream.request', 'a notice needs generation and sdp')
    this.in.describe(handle, sdp, generation)
    return { status: 204 }
  }

  /** A 201 to POST /HMP/streams is about to be queued: the stream's media may follow it. Any other answer gives the handle back. */
  onAnswered(request: IncomingRequest, response: HttpResponseInit): void {
    if (request.target !== root || request.method !== 'POST' || response.status !== 201 || !response.body) return
    const { stream } = readJsonObject({ body: response.body })
    if (typeof stream === 'number') this.#released.push(stream)
  }
  readonly #released: number[] = []

  /** Called once answers are queued, so that their media comes after them. */
  releaseAnswered(): void {
    while (this.#released.length > 0) this.out.release(this.#released.pop()!)
  }

  #forget(handle: number): void {
    this.out.drop(handle)
    this.in.drop(handle)
    this.#talking.delete(handle)
    this.#handles.rest(handle)
  }

  #forgetIncoming(handle: number): StreamSink | undefined {
    const sink = this.in.drop(handle)
    this.#handles.rest(handle)
    return sink
  }

  #delete(handle: number, end?: StreamEnd): Promise<void> {
    const target = `${root}/${handle}`
    const request = end ? jsonRequest('DELETE', target, end) : { method: 'DELETE', target }
    return this.#host.ask(request).then(forgotten, forgotten)
  }

  // ---- asking side

  async open(request: StreamRequest, sink: StreamSink, signal: AbortSignal): Promise<OpenStream> {
    const { device, ...body } = request
    const ask = {
      ...jsonRequest('POST', root, body),
      channel: request.channel,
      ...(device === undefined ? {} : { device }),
    }
    let opened: OpenStream | undefined
    let failure: unknown
    const answer = await this.#host.ask(ask, signal, (response, isLate) => {
      // At once, not a microtask later: the stream's media may be right behind.
      if (response.status !== 201) return
      try {
        opened = this.#opened(readOpening(response), sink)
        if (isLate) void opened.close()
      } catch (error) {
        failure = error
      }
    })
    if (failure !== undefined) throw failure
    if (!opened) throw errorOf(answer)
    return opened
  }

  #opened(
    { handle, direction, sdp }: { handle: number; direction: 'send' | 'receive'; sdp: string },
    sink: StreamSink,
  ): OpenStream {
    if (this.in.has(handle) || this.out.has(handle))
      throw new WireError('hmp.handle', `stream ${handle} is open already`, { spec: 'hmp.md §9.1' })
    this.#handles.wake(handle)
    if (direction === 'send') this.in.open(handle, sink)
    else {
      this.out.open(handle, false)
      this.#talking.set(handle, sink)
    }
    const check = (answer: HttpResponse): void => {
      if (answer.status >= 300) throw errorOf(answer)
    }
    const target = `${root}/${handle}`
    return {
      handle,
      direction,
      sdp,
      change: async (change) => check(await this.#host.ask(jsonRequest('PATCH', target, change))),
      requestKey: async () => check(await this.#host.ask({ method: 'POST', target: `${target}/key` })),
      close: async () => {
        if (!this.in.has(handle) && !this.out.has(handle)) return
        this.#forget(handle)
        await this.#delete(handle)
      },
    }
  }

  counters(handle: number): StreamCounters | undefined {
    return this.out.counters(handle) ?? this.in.counters(handle)
  }

  /** The session has ended. */
  close(text: string): void {
    for (const handle of this.in.handles()) this.in.drop(handle)?.onEnd?.({ code: 'link', text })
    for (const sink of this.#talking.values()) sink.onEnd?.({ code: 'link', text })
    this.#talking.clear()
    for (const handle of this.out.handles()) this.out.drop(handle)
  }
}

const endOf = (request: IncomingRequest): StreamEnd => {
  if (request.body.length === 0) return { code: 'closed', text: '' }
  const { code, text } = readJsonObject(request)
  return { code: typeof code === 'string' ? code : 'closed', text: typeof text === 'string' ? text : '' }
}

const readOpening = (response: HttpResponse): { handle: number; direction: 'send' | 'receive'; sdp: string } => {
  const { stream, direction, sdp } = readJsonObject(response)
  const isHandle = typeof stream === 'number' && Number.isInteger(stream) && stream >= 1 && stream <= 65_535
  if (!isHandle || typeof sdp !== 'string' || (direction !== 'send' && direction !== 'receive'))
    throw new WireError('hmp.opening', 'a 201 without stream, direction and sdp', { spec: 'hmp.md §9.1' })
  return { handle: stream, direction, sdp }
}

/** Rejects everything asked after the end. */
export const closedError = (text: string): LinkError => new LinkError('hmp.closed', text)
