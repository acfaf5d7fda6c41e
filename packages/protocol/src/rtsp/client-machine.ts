// SPDX-License-Identifier: Apache-2.0
/**
 * The client's side of one RTSP 1.0 play, RFC 2326 §10 and appendix A.1, without I/O: bytes and time in, actions out.
 *
 *   idle -> asking (OPTIONS) -> describing -> settingUp (track by track; UDP waits for ports) -> starting (PLAY)
 *        -> playing (keep-alive) -> closing (TEARDOWN) -> closed;   an error leads from anywhere to closed
 *
 * Answers are matched by CSeq. Media is handed on from the SETUP's answer on, because cameras send before they answer
 * PLAY. Leaves out RECORD, ANNOUNCE and multicast; pausing and seeking belong to playback, which is not here yet.
 */
import { fromUtf8 } from '../base/bytes.ts'
import { Defect, HmpError, LinkError, PeerError } from '../base/errors.ts'
import { HeaderMap } from '../http/headers.ts'
import { aggregateControl, resolveControl } from '../sdp/control.ts'
import { describeMedia } from '../sdp/describe.ts'
import { parseSdp } from '../sdp/sdp.ts'
import type { RtspAction, RtspClientOptions, RtspTrack } from './client-api.ts'
import { type LoginTries, RtspLogin } from './client-login.ts'
import { type PlannedTrack, planTracks, redirectTarget, refusalOf } from './client-plan.ts'
import { DEFAULT_SESSION_SECONDS, formatPublic, parsePublic, parseRtpInfo, parseSession } from './fields.ts'
import { encodeInterleaved } from './interleaved.ts'
import {
  cseqOf,
  encodeRequest,
  encodeResponse,
  type RtspMessage,
  type RtspRequest,
  type RtspResponse,
} from './message.ts'
import { RtspSplitter } from './splitter.ts'
import { formatTransport, type Pair, parseTransport, type Transport } from './transport.ts'

/** Redirects followed in one play. */
export const MAX_REDIRECTS = 3
/** Requests that may wait for their answer at one time. */
export const MAX_ASKED = 16
const ANSWER_MS = 10_000
const SILENCE_MS = 10_000
/**
 * A camera that said goodbye (RTCP BYE) and then sends nothing for this long has ended the stream. Over UDP the goodbye
 * may overtake the last pictures; and some say it in the middle, when they begin anew with another SSRC.
 */
const BYE_MS = 1_000
const MAX_KEEP_ALIVE_MS = 30_000
const BACKCHANNEL = 'www.onvif.org/ver20/backchannel'
const RTCP_BYE = 203

type Method = 'OPTIONS' | 'DESCRIBE' | 'SETUP' | 'PLAY' | 'GET_PARAMETER' | 'TEARDOWN'

interface Asked extends LoginTries {
  readonly method: Method
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly isKeepAlive: boolean
  atMs: number
}

type State =
  | { readonly kind: 'idle' | 'asking' | 'describing' | 'closing' | 'closed' }
  | { readonly kind: 'settingUp'; readonly plan: readonly PlannedTrack[]; readonly next: number; readonly offer?: Pair }
  | { readonly kind: 'starting' }
  | { readonly kind: 'playing'; readonly sinceMs: number }

/** One per connection. The shell performs the actions in the order given; after `fail`, `redirect` or `closed` none follow. */
export class RtspClientMachine {
  readonly #options: RtspClientOptions
  readonly #login: RtspLogin
  readonly #splitter: RtspSplitter
  readonly #asked = new Map<number, Asked>()
  /** Channel to track: twice the track, plus one for RTCP; -1 for a channel that was never granted. */
  readonly #slots = new Int16Array(256).fill(-1)
  #state: State = { kind: 'idle' }
  #actions: RtspAction[] = []
  #nowMs = 0
  #cseq = 0
  #url: string
  #aggregateUrl: string
  #redirects = 0
  #session: string | undefined
  #keepAliveMs = (DEFAULT_SESSION_SECONDS * 1000) / 2
  #lastAskedMs = 0
  #lastMediaMs = Number.NEGATIVE_INFINITY
  #byeMs: number | undefined
  #hasBackchannel: boolean
  #canGetParameter = true
  #tracks: RtspTrack[] = []
  /** Packets on channels that were never granted. */
  strayPackets = 0

  constructor(options: RtspClientOptions) {
    this.#options = options
    this.#url = options.url
    this.#aggregateUrl = options.url
    this.#hasBackchannel = options.hasBackchannel ?? false
    const { hash, cnonce, credentials } = options
    const allowBasic = options.allowBasic ?? options.url.startsWith('rtsps:')
    this.#login = new RtspLogin({ hash, cnonce, allowBasic, ...(credentials ? { credentials } : {}) })
    this.#splitter = new RtspSplitter({
      resync: true,
      isKnownChannel: (channel) => this.#slots[channel] !== -1,
      onMessage: (message) => this.#message(message),
      onMedia: (channel, packet) => this.#interleaved(channel, packet),
    })
  }

  get state(): State['kind'] {
    return this.#state.kind
  }

  /** Bytes that made no sense and were skipped. */
  get skippedBytes(): number {
    return this.#splitter.skippedBytes
  }

  /** The connection stands: ask. */
  start(nowMs: number): RtspAction[] {
    this.#nowMs = nowMs
    if (this.#state.kind !== 'idle') throw new Defect('started twice')
    this.#state = { kind: 'asking' }
    this.#ask('OPTIONS', this.#url)
    return this.#take()
  }

  /** Bytes of the connection. Media goes to `onMedia` before this returns. Never throws for what a peer can send. */
  receive(chunk: Uint8Array, nowMs: number): readonly RtspAction[] {
    this.#nowMs = nowMs
    if (this.#state.kind === 'closed') return noActions
    try {
      this.#splitter.push(chunk)
    } catch (error) {
      if (!(error instanceof HmpError)) throw error
      this.#fail(error)
    }
    return this.#actions.length === 0 ? noActions : this.#take()
  }

  /** A packet that came over UDP, after reordering. */
  receiveUdp(track: number, packet: Uint8Array, isRtcp: boolean, nowMs: number): void {
    this.#nowMs = nowMs
    if (this.#state.kind !== 'closed') this.#media(track, packet, isRtcp)
  }

  /** The ports asked for by `openUdp` are bound. */
  udpOpened(track: number, ports: Pair): RtspAction[] {
    const state = this.#state
    if (state.kind !== 'settingUp' || state.plan[state.next]?.track !== track) return []
    this.#setup(state.plan, state.next, ports)
    return this.#take()
  }

  /** Call at least once a second: answers that never come, silence, keep-alive. */
  tick(nowMs: number): readonly RtspAction[] {
    this.#nowMs = nowMs
    for (const [cseq, asked] of this.#asked)
      if (nowMs - asked.atMs > (this.#options.answerMs ?? ANSWER_MS)) this.#unanswered(cseq, asked)
    const state = this.#state
    if (state.kind === 'playing') {
      const quietMs = nowMs - Math.max(this.#lastMediaMs, state.sinceMs)
      if (this.#byeMs !== undefined && this.#lastMediaMs - this.#byeMs > BYE_MS) this.#byeMs = undefined // it went on
      if (this.#byeMs !== undefined && nowMs - Math.max(this.#byeMs, this.#lastMediaMs) > BYE_MS)
        this.#fail(new LinkError('rtsp.ended', 'the camera ended the stream', this.#address))
      else if (quietMs > (this.#options.silenceMs ?? SILENCE_MS))
        this.#fail(new LinkError('rtsp.silent', `no media for ${Math.round(quietMs / 1000)} s`, this.#address))
      else if (nowMs - this.#lastAskedMs > this.#keepAliveMs) this.#keepAlive()
    }
    return this.#actions.length === 0 ? noActions : this.#take()
  }

  /** Says goodbye; `closed` follows when the camera has answered, or at once when there is no session. */
  teardown(nowMs: number): RtspAction[] {
    this.#nowMs = nowMs
    if (this.#state.kind === 'closed' || this.#state.kind === 'closing') return []
    if (this.#session === undefined) this.#closed()
    else {
      this.#state = { kind: 'closing' }
      this.#ask('TEARDOWN', this.#aggregateUrl, this.#requirement())
    }
    return this.#take()
  }

  /** Packets for the back channel, framed into one write. */
  send(track: number, packets: readonly Uint8Array[]): RtspAction[] {
    const channel = this.#tracks.find((one) => one.track === track && one.isBackchannel)?.interleaved?.[0]
    return channel === undefined ? [] : [{ do: 'send', bytes: encodeInterleaved(channel, packets) }]
  }

  get #address(): { address: string } {
    return { address: new URL(this.#url).host }
  }

  #take(): RtspAction[] {
    const actions = this.#actions
    this.#actions = []
    return actions
  }

  #fail(error: HmpError): void {
    if (this.#state.kind === 'closed') return
    this.#state = { kind: 'closed' }
    this.#asked.clear()
    this.#actions.push({ do: 'fail', error })
  }

  #closed(): void {
    this.#state = { kind: 'closed' }
    this.#asked.clear()
    this.#actions.push({ do: 'closed' })
  }

  // Media

  #interleaved(channel: number, packet: Uint8Array): void {
    const slot = this.#slots[channel]!
    if (slot === -1 || this.#state.kind === 'closed') this.strayPackets++
    else this.#media(slot >> 1, packet, (slot & 1) === 1)
  }

  #media(track: number, packet: Uint8Array, isRtcp: boolean): void {
    if (!isRtcp) this.#lastMediaMs = this.#nowMs
    else if (saysBye(packet)) this.#byeMs = this.#nowMs
    this.#options.onMedia(track, packet, isRtcp)
  }

  // Requests

  #requirement(): readonly (readonly [string, string])[] {
    return this.#hasBackchannel ? [['Require', BACKCHANNEL]] : []
  }

  #ask(method: Method, url: string, headers: Asked['headers'] = [], isKeepAlive = false): void {
    const tries = { isAuthorized: false, wasRetried: false, wasRetriedAsStale: false }
    this.#send({ method, url, headers, isKeepAlive, atMs: this.#nowMs, ...tries })
  }

  #send(asked: Asked): void {
    const cseq = ++this.#cseq
    if (this.#asked.size >= MAX_ASKED) this.#asked.delete(cseq - MAX_ASKED) // only keep-alives without answer pile up
    const headers = new HeaderMap([['CSeq', String(cseq)]])
    const authorization = this.#login.header(asked.method, asked.url)
    if (authorization !== undefined) headers.set('Authorization', authorization)
    if (this.#options.userAgent !== undefined) headers.set('User-Agent', this.#options.userAgent)
    if (this.#session !== undefined && asked.method !== 'DESCRIBE') headers.set('Session', this.#session)
    for (const [name, value] of asked.headers) headers.set(name, value)
    asked.isAuthorized = authorization !== undefined
    asked.atMs = this.#nowMs
    this.#lastAskedMs = this.#nowMs
    this.#asked.set(cseq, asked)
    this.#actions.push({ do: 'send', bytes: encodeRequest({ method: asked.method, url: asked.url, headers }) })
  }

  #describe(): void {
    this.#state = { kind: 'describing' }
    this.#ask('DESCRIBE', this.#url, [['Accept', 'application/sdp'], ...this.#requirement()])
  }

  #keepAlive(): void {
    this.#ask(this.#canGetParameter ? 'GET_PARAMETER' : 'OPTIONS', this.#aggregateUrl, [], true)
  }

  /** Sets up the plan's track `next`, or starts when there is none left. */
  #setup(plan: readonly PlannedTrack[], next: number, ports?: Pair): void {
    const planned = plan[next]
    if (!planned) {
      this.#state = { kind: 'starting' }
      this.#ask('PLAY', this.#aggregateUrl, [['Range', 'npt=0.000-'], ...this.#requirement()])
      return
    }
    const isUdp = this.#options.transport === 'udp'
    if (isUdp && !ports) {
      this.#state = { kind: 'settingUp', plan, next }
      this.#actions.push({ do: 'openUdp', track: planned.track })
      return
    }
    const offer: Pair = ports ?? [2 * next, 2 * next + 1]
    const transport: Transport = isUdp
      ? { profile: 'RTP/AVP', lower: 'udp', isMulticast: false, clientPort: offer }
      : { profile: 'RTP/AVP/TCP', lower: 'tcp', isMulticast: false, interleaved: offer }
    this.#state = { kind: 'settingUp', plan, next, offer }
    this.#ask('SETUP', planned.media.control, [['Transport', formatTransport(transport)], ...this.#requirement()])
  }

  #unanswered(cseq: number, asked: Asked): void {
    this.#asked.delete(cseq)
    if (asked.isKeepAlive) return // silence, not a keep-alive without answer, says that a stream is dead
    if (asked.method === 'TEARDOWN') this.#closed()
    else this.#fail(new LinkError('rtsp.timeout', `no answer to ${asked.method}`, this.#address))
  }

  // Answers

  #message(message: RtspMessage): void {
    if (this.#state.kind === 'closed') return
    if (message.kind === 'request') {
      this.#cameraAsks(message)
      return
    }
    if (message.status < 200) return // 100 Continue: the answer is still to come
    const cseq = cseqOf(message.headers)
    const asked = cseq === undefined ? undefined : this.#asked.get(cseq)
    if (cseq === undefined || !asked) return
    this.#asked.delete(cseq)
    try {
      this.#answered(asked, message)
    } catch (error) {
      if (!(error instanceof HmpError)) throw error
      this.#fail(error)
    }
  }

  #cameraAsks(request: RtspRequest): void {
    const isKnown = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER', 'ANNOUNCE', 'TEARDOWN'].includes(request.method)
    const cseq = request.headers.get('CSeq') ?? '0'
    const headers = [
      ['CSeq', cseq],
      ['Public', formatPublic(['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER', 'ANNOUNCE', 'TEARDOWN'])],
    ] as const
    this.#actions.push({ do: 'send', bytes: encodeResponse({ status: isKnown ? 200 : 501, headers }) })
    if (request.method === 'TEARDOWN')
      this.#fail(new LinkError('rtsp.ended', 'the camera ended the session', this.#address))
  }

  #answered(asked: Asked, response: RtspResponse): void {
    const { status } = response
    if (status === 401) {
      const error = this.#login.challenged(response, asked)
      if (!error) this.#send(asked)
      else if (asked.method === 'TEARDOWN') this.#closed()
      else this.#fail(error)
      return
    }
    this.#login.accepted(asked.method, asked)
    if (asked.isKeepAlive) {
      this.#kept(asked, response)
      return
    }
    if (status >= 300 && status < 400) {
      this.#redirected(response)
      return
    }
    switch (asked.method) {
      case 'OPTIONS':
        this.#optionsKnown(response)
        break
      case 'DESCRIBE':
        this.#described(asked, response)
        break
      case 'SETUP':
        this.#wasSetUp(response)
        break
      case 'PLAY':
        this.#plays(response)
        break
      case 'TEARDOWN':
        this.#closed()
        break
      case 'GET_PARAMETER':
        break
    }
  }

  /** A camera that refuses OPTIONS may still play. */
  #optionsKnown(response: RtspResponse): void {
    const methods = response.headers.get('Public')
    if (methods !== undefined && methods !== '') this.#canGetParameter = parsePublic(methods).has('GET_PARAMETER')
    if (this.#state.kind === 'asking') this.#describe()
  }

  #kept(asked: Asked, response: RtspResponse): void {
    if (response.status === 454) this.#fail(refusalOf(asked.method, response))
    else if (response.status >= 400 && asked.method === 'GET_PARAMETER') {
      this.#canGetParameter = false // Tolerates: cameras that list GET_PARAMETER and refuse it, though RFC 2326 §10.8 makes it the ping
      this.#keepAlive()
    }
  }

  #redirected(response: RtspResponse): void {
    const next = redirectTarget(response, this.#url)
    if (++this.#redirects > MAX_REDIRECTS)
      throw new PeerError('rtsp.redirect', 'redirected in circles', { status: response.status, retry: 'never' })
    const old = new URL(this.#url)
    if (next.host === old.host && next.protocol === old.protocol && this.#session === undefined) {
      this.#url = next.href
      this.#aggregateUrl = next.href
      this.#describe()
      return
    }
    this.#state = { kind: 'closed' }
    this.#asked.clear()
    this.#actions.push({ do: 'redirect', url: next.href })
  }

  #described(asked: Asked, response: RtspResponse): void {
    if (response.status === 551 && this.#hasBackchannel) {
      this.#hasBackchannel = false
      this.#describe()
      return
    }
    if (response.status !== 200) throw refusalOf(asked.method, response)
    const text = fromUtf8(response.body)
    const { headers } = response
    const base = headers.get('Content-Base') || headers.get('Content-Location') || this.#url
    const baseUrl = resolveControl(base, this.#url)
    const sdp = parseSdp(text)
    this.#aggregateUrl = aggregateControl(sdp, baseUrl)
    const media = describeMedia(sdp, baseUrl)
    this.#actions.push({ do: 'described', media, sdp: text })
    this.#setup(planTracks(media, this.#options.wants ?? ['video', 'audio'], this.#hasBackchannel), 0)
  }

  #wasSetUp(response: RtspResponse): void {
    const state = this.#state
    if (state.kind !== 'settingUp') return
    const planned = state.plan[state.next]!
    if (response.status !== 200) {
      // A camera that describes a microphone it then refuses still shows its picture.
      const isLast = state.next === state.plan.length - 1
      if (response.status === 461 || (isLast && this.#tracks.length === 0)) throw refusalOf('SETUP', response)
      this.#setup(state.plan, state.next + 1)
      return
    }
    const field = response.headers.get('Session')
    if (field !== undefined) {
      const session = parseSession(field)
      this.#session = session.id
      this.#keepAliveMs = Math.min(MAX_KEEP_ALIVE_MS, (session.timeoutSeconds * 1000) / 2)
    }
    this.#grant(planned, state.offer!, response.headers.get('Transport'))
    this.#setup(state.plan, state.next + 1)
  }

  /**
   * Tolerates: cameras that grant other interleaved channels than asked, or answer without a Transport field, though
   * RFC 2326 §12.39 has the server confirm it: what is granted counts, and what was asked where nothing is.
   */
  #grant(planned: PlannedTrack, offer: Pair, field: string | undefined): void {
    const granted = field === undefined ? undefined : parseTransport(field)[0]
    const isUdp = this.#options.transport === 'udp'
    if (granted && granted.lower !== this.#options.transport)
      throw new PeerError('rtsp.transport', `the camera answers SETUP for ${this.#options.transport} with ${field}`, {
        status: 461,
        retry: 'later',
      })
    const ssrc = granted?.ssrc === undefined ? {} : { ssrc: granted.ssrc }
    if (isUdp) {
      const ports = granted?.serverPort ? { serverPort: granted.serverPort } : {}
      this.#tracks.push({ ...planned, ...ssrc, ...ports })
      return
    }
    const interleaved = granted?.interleaved ?? offer
    this.#tracks.push({ ...planned, ...ssrc, interleaved })
    this.#slots[interleaved[0]] = 2 * planned.track
    if (interleaved[1] <= 255) this.#slots[interleaved[1]] = 2 * planned.track + 1
  }

  #plays(response: RtspResponse): void {
    if (response.status !== 200) throw refusalOf('PLAY', response)
    const infos = parseRtpInfo(response.headers.get('RTP-Info') ?? '')
    this.#tracks = this.#tracks.map((track) => {
      const found = infos.find(({ url }) => track.media.control === url || track.media.control.endsWith(`/${url}`))
      if (!found) return track
      const { sequence, timestamp } = found
      return {
        ...track,
        ...(sequence === undefined ? {} : { sequence }),
        ...(timestamp === undefined ? {} : { timestamp }),
      }
    })
    this.#state = { kind: 'playing', sinceMs: this.#nowMs }
    this.#actions.push({ do: 'playing', tracks: this.#tracks })
  }
}

const noActions: readonly RtspAction[] = []

/** Looks through a compound RTCP packet for BYE (RFC 3550 §6.6) without decoding it. */
const saysBye = (packet: Uint8Array): boolean => {
  for (let at = 0; at + 4 <= packet.length; at += 4 + 4 * ((packet[at + 2]! << 8) | packet[at + 3]!))
    if (packet[at + 1] === RTCP_BYE) return true
  return false
}
