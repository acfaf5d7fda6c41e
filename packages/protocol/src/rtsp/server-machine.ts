// SPDX-License-Identifier: Apache-2.0
/**
 * The server's side of one RTSP 1.0 connection, RFC 2326 §10 and appendix A.2, without I/O: bytes in, actions out.
 *
 *   state     SETUP      PLAY      PAUSE     TEARDOWN   GET/SET_PARAMETER, OPTIONS, DESCRIBE
 *   idle      -> ready   454/455   454/455   454/455    answered
 *   ready     -> ready   -> playing  ready   -> idle    answered
 *   playing   455        playing   -> ready  -> idle    answered
 *   closed    nothing is answered any more
 *
 * One session a connection, bound to it: another connection that names its id finds nothing. Leaves out RECORD,
 * ANNOUNCE, REDIRECT and multicast.
 */
import { type HmpError, WireError } from '../base/errors.ts'
import { HeaderMap } from '../http/headers.ts'
import { formatPublic, formatRange, formatRtpInfo, formatSession, parseRange, parseSession } from './fields.ts'
import { cseqOf, encodeResponse, type RtspMessage, type RtspRequest, type RtspResponseInit } from './message.ts'
import type {
  RtspRefusal,
  RtspServerAction,
  RtspServerOptions,
  RtspServerSession,
  RtspServerTrack,
} from './server-api.ts'
import { RtspSplitter } from './splitter.ts'
import { formatTransport, type Pair, parseTransport, type Transport } from './transport.ts'

/** Most tracks that one session may set up. */
export const MAX_SERVER_TRACKS = 8
/** Wrong logins in a row after which the connection is closed. */
export const MAX_LOGIN_FAILURES = 5

const methods = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER'] as const
type Method = (typeof methods)[number]

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'ready' | 'playing'; readonly session: Session }
  | { readonly kind: 'closed' }

interface Session extends RtspServerSession {
  readonly tracks: RtspServerTrack[]
}

const isRefusal = (answer: object): answer is RtspRefusal => 'status' in answer

/** One per connection. The shell performs the actions in the order given. */
export class RtspServerMachine {
  readonly #options: RtspServerOptions
  readonly #splitter: RtspSplitter
  readonly #timeoutSeconds: number
  #state: State = { kind: 'idle' }
  #actions: RtspServerAction[] = []
  #nowMs = 0
  #lastSignMs = 0
  #loginFailures = 0
  #effect: 'play' | 'pause' | 'end' | undefined

  constructor(options: RtspServerOptions) {
    this.#options = options
    this.#timeoutSeconds = options.timeoutSeconds ?? 60
    this.#splitter = new RtspSplitter({
      onMessage: (message) => this.#message(message),
      onMedia: (channel, packet) => this.#media(channel, packet),
    })
  }

  /** The session, once something is set up. */
  get session(): RtspServerSession | undefined {
    return 'session' in this.#state ? this.#state.session : undefined
  }

  get state(): 'idle' | 'ready' | 'playing' | 'closed' {
    return this.#state.kind
  }

  /** Bytes of the connection. Never throws for what a peer can send: nonsense is answered with 400 and `close`. */
  receive(chunk: Uint8Array, nowMs: number): RtspServerAction[] {
    if (this.#state.kind === 'closed') return []
    this.#nowMs = nowMs
    this.#lastSignMs = nowMs
    try {
      this.#splitter.push(chunk)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#answer({ status: 400 }, undefined)
      this.#close(error)
    }
    return this.#take()
  }

  /** A sign of life outside the connection: a receiver report over UDP. */
  alive(nowMs: number): void {
    this.#lastSignMs = nowMs
  }

  /** Call about once a second: ends a UDP session that gave no sign of life. TCP lives as long as its connection. */
  tick(nowMs: number): RtspServerAction[] {
    const state = this.#state
    const isSilent = nowMs - this.#lastSignMs > this.#timeoutSeconds * 1000
    if ('session' in state && isSilent && state.session.tracks.some((track) => track.transport.lower === 'udp'))
      this.#end()
    return this.#take()
  }

  /** The connection is gone, or shall go: the session ends. */
  closed(): RtspServerAction[] {
    if (this.#state.kind !== 'closed') this.#close()
    return this.#take().filter((action) => action.do === 'end')
  }

  #take(): RtspServerAction[] {
    const actions = this.#actions
    this.#actions = []
    return actions
  }

  #end(): void {
    if ('session' in this.#state) this.#actions.push({ do: 'end', session: this.#state.session })
    this.#state = { kind: 'idle' }
  }

  #close(error?: HmpError): void {
    this.#end()
    this.#state = { kind: 'closed' }
    this.#actions.push(error ? { do: 'close', error } : { do: 'close' })
  }

  #media(channel: number, packet: Uint8Array): void {
    if (!('session' in this.#state)) return
    for (const { track, transport } of this.#state.session.tracks)
      if (transport.interleaved?.[0] === channel || transport.interleaved?.[1] === channel)
        this.#options.hooks.media?.(track, transport.interleaved[1] === channel, packet)
  }

  #message(message: RtspMessage): void {
    if (this.#state.kind === 'closed' || message.kind === 'response') return // we ask nothing, so nothing is awaited
    this.#effect = undefined
    this.#answer(this.#respond(message), message)
    const effect: 'play' | 'pause' | 'end' | undefined = this.#effect // told after the answer, so that it is sent first
    if (effect === 'end') this.#end()
    else if (effect && 'session' in this.#state) this.#actions.push({ do: effect, session: this.#state.session })
    if (this.#loginFailures >= MAX_LOGIN_FAILURES) this.#close()
  }

  #respond(request: RtspRequest): RtspResponseInit {
    if (cseqOf(request.headers) === undefined) return { status: 400 }
    if (request.version !== '1.0') return { status: 505 }
    const method = methods.find((known) => known === request.method)
    if (!method) return { status: 501, headers: [['Public', formatPublic(methods)]] }
    const unsupported = this.#unsupported(request)
    if (unsupported !== undefined) return { status: 551, headers: [['Unsupported', unsupported]] }
    if (method === 'OPTIONS') return { status: 200, headers: [['Public', formatPublic(methods)]] }
    const { login } = this.#options
    if (!login) return this.#handle(method, request, undefined)
    const authorization = request.headers.get('Authorization')
    const result = login.verifier.verify(authorization, method, request.url, login.lookup, this.#nowMs)
    if (result.ok) {
      this.#loginFailures = 0
      return this.#handle(method, request, result.user)
    }
    const isStale = result.reason === 'stale'
    if (authorization !== undefined && !isStale) this.#loginFailures++
    const challenges = login.verifier.challenge(this.#nowMs, isStale)
    return { status: 401, headers: challenges.map((challenge) => ['WWW-Authenticate', challenge] as const) }
  }

  #unsupported(request: RtspRequest): string | undefined {
    const required = request.headers.getAll('Require').flatMap((value) => value.split(','))
    const unknown = required.map((tag) => tag.trim()).filter((tag) => tag && !this.#options.supported?.includes(tag))
    return unknown.length > 0 ? unknown.join(', ') : undefined
  }

  #answer(response: RtspResponseInit, request: RtspRequest | undefined): void {
    const headers = new HeaderMap()
    const cseq = request?.headers.get('CSeq')
    if (cseq !== undefined) headers.set('CSeq', cseq)
    if (this.#options.server !== undefined) headers.set('Server', this.#options.server)
    for (const [name, value] of response.headers ?? []) headers.append(name, value)
    this.#actions.push({ do: 'send', bytes: encodeResponse({ ...response, headers }) })
  }

  #handle(method: Exclude<Method, 'OPTIONS'>, request: RtspRequest, user: string | undefined): RtspResponseInit {
    if (method === 'DESCRIBE') return this.#describe(request, user)
    if (method === 'SETUP') return this.#setup(request, user)
    const state = this.#state
    const named = request.headers.get('Session')
    if (named !== undefined && !this.#isOurs(named)) return { status: 454 }
    if (method === 'GET_PARAMETER') return request.body.length > 0 ? { status: 451 } : this.#inSession(200)
    if (method === 'SET_PARAMETER') {
      if (request.body.length === 0) return this.#inSession(200)
      const { setParameter } = this.#options.hooks
      return this.#inSession(setParameter ? (setParameter(this.session, request)?.status ?? 200) : 451)
    }
    if (!('session' in state)) return { status: 455, headers: [['Allow', 'OPTIONS, DESCRIBE, SETUP']] }
    if (named === undefined || state.session.user !== user) return { status: 454 }
    if (state.session.tracks.length > 1 && state.session.tracks.some((track) => track.url === request.url))
      return { status: 460 }
    if (method === 'PLAY') return this.#play(state.session, request)
    this.#effect = method === 'PAUSE' ? 'pause' : 'end'
    if (method === 'PAUSE') this.#state = { kind: 'ready', session: state.session }
    return this.#inSession(200)
  }

  #describe(request: RtspRequest, user: string | undefined): RtspResponseInit {
    const accept = request.headers.get('Accept')
    if (accept !== undefined && !/application\/(sdp|\*)|\*\/\*/i.test(accept)) return { status: 406 }
    const sdp = this.#options.hooks.describe(request.url, request, user)
    if (sdp === undefined) return { status: 404 }
    if (typeof sdp !== 'string') return { status: sdp.status }
    const headers = [
      ['Content-Type', 'application/sdp'],
      ['Content-Base', `${request.url.replace(/\?.*$/, '').replace(/\/$/, '')}/`],
    ] as const
    return { status: 200, headers, body: sdp }
  }

  #setup(request: RtspRequest, user: string | undefined): RtspResponseInit {
    const state = this.#state
    if (state.kind === 'playing')
      return { status: 455, headers: [['Allow', 'OPTIONS, DESCRIBE, PLAY, PAUSE, TEARDOWN']] }
    const named = request.headers.get('Session')
    if (named !== undefined && !this.#isOurs(named)) return { status: 454 }
    if (state.kind === 'ready' && (named === undefined || state.session.user !== user)) return { status: 459 }
    const tracks = state.kind === 'ready' ? state.session.tracks : []
    if (tracks.length >= MAX_SERVER_TRACKS) return { status: 453 }
    let offers: Transport[]
    try {
      offers = parseTransport(request.headers.getAll('Transport').join(','))
    } catch {
      return { status: request.headers.has('Transport') ? 461 : 400 }
    }
    for (const offer of offers) {
      const transport = this.#settle(offer, tracks)
      if (!transport) continue
      const answer = this.#options.hooks.setup({ url: request.url, transport, request, user })
      if (isRefusal(answer)) {
        if (answer.status === 461) continue
        return { status: answer.status }
      }
      if (transport.lower === 'udp' && !answer.serverPort) continue
      const { ssrc, serverPort } = answer
      const granted = { ...transport, ...(ssrc === undefined ? {} : { ssrc }), ...(serverPort ? { serverPort } : {}) }
      const session: Session =
        state.kind === 'ready' ? state.session : { id: this.#options.sessionId(), user, url: request.url, tracks: [] }
      session.tracks.push({ track: answer.track, url: request.url, transport: granted })
      this.#state = { kind: 'ready', session }
      return this.#inSession(200, [['Transport', formatTransport(granted)]])
    }
    return { status: 461 }
  }

  /** The offer as we could grant it, channels settled; undefined when it is none of ours. */
  #settle(offer: Transport, tracks: readonly RtspServerTrack[]): Transport | undefined {
    const isAllowed = this.#options.transports?.includes(offer.lower) ?? true
    if (!isAllowed || offer.isMulticast || !/^RTP\/AVP(\/(TCP|UDP))?$/.test(offer.profile)) return undefined
    if (offer.mode !== undefined && offer.mode !== 'play') return undefined
    const base = { profile: offer.profile, lower: offer.lower, isMulticast: false } as const
    if (offer.lower === 'udp') return offer.clientPort && { ...base, clientPort: offer.clientPort }
    const used = new Set(tracks.flatMap((track) => track.transport.interleaved ?? []))
    const isFree = ([a, b]: Pair) => a !== b && b <= 255 && !used.has(a) && !used.has(b)
    if (offer.interleaved && isFree(offer.interleaved)) return { ...base, interleaved: offer.interleaved }
    let channel = 0
    while (!isFree([channel, channel + 1])) channel += 2
    return { ...base, interleaved: [channel, channel + 1] }
  }

  #play(session: Session, request: RtspRequest): RtspResponseInit {
    const text = request.headers.get('Range')
    let range: ReturnType<typeof parseRange> | undefined
    try {
      range = text === undefined ? undefined : parseRange(text)
    } catch {
      return { status: 457 }
    }
    const answer = this.#options.hooks.play(session, range, request)
    if (isRefusal(answer)) return { status: answer.status }
    this.#state = { kind: 'playing', session }
    this.#effect = 'play'
    const headers: [string, string][] = [['Range', formatRange(answer.range ?? { unit: 'npt', start: 'now' })]]
    if (answer.rtpInfo && answer.rtpInfo.length > 0) headers.push(['RTP-Info', formatRtpInfo(answer.rtpInfo)])
    return this.#inSession(200, headers)
  }

  #isOurs(field: string): boolean {
    try {
      return this.session?.id === parseSession(field).id
    } catch {
      return false
    }
  }

  #inSession(status: number, headers: readonly (readonly [string, string])[] = []): RtspResponseInit {
    const { session } = this
    if (!session) return { status, headers }
    const field = formatSession({ id: session.id, timeoutSeconds: this.#timeoutSeconds })
    return { status, headers: [['Session', field], ...headers] }
  }
}
