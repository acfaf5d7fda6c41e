// SPDX-License-Identifier: Apache-2.0
/**
 * One HMP session, either side, without I/O: hmp.md. The shell hands in bytes and time; the session writes packets and calls
 * back.
 *
 *     login.ts      hello to welcome          requests.ts   numbers, answers, cancellations
 *     pulse.ts      ping, pong, clock         control-*.ts  their packets, out and in; body-reader.ts streamed bodies
 *     flow.ts       acks, bytes in flight     streams.ts    /HMP/streams; media-*.ts their packets; handles.ts their numbers
 *     outlet.ts     the one way out           session.ts    who gets which packet, in which order packets go, and the end
 */
import { Defect, Refusal, WireError } from '../base/errors.ts'
import { Goodbye, type GoodbyeCode, isGoodbyeCode } from '../hmp/goodbye.ts'
import { LOGIN_DEADLINE_MS, MAX_BEFORE_WELCOME_BYTES } from '../hmp/limits.ts'
import { HEADER_BYTES, type PacketHeader, PacketType, violation } from '../hmp/packet.ts'
import { PacketSplitter } from '../hmp/packet-splitter.ts'
import { decodeSessionMessage, type GoodbyeMessage, type SessionMessage } from '../hmp/session-message.ts'
import type { HttpResponse } from '../http/message.ts'
import type { MediaUnit } from '../rtp/unit.ts'
import { Consumption } from './flow.ts'
import { AcceptorHalf, DiallerHalf } from './login.ts'
import { MAX_QUEUED_TRACK_BYTES } from './media-out.ts'
import type { Admission, Closing, PeerInfo, SessionOptions } from './options.ts'
import { Outlet } from './outlet.ts'
import { Pulse } from './pulse.ts'
import { Requests, type SessionRequest } from './requests.ts'
import type { OpenStream, StreamCounters, StreamEnd, StreamRequest, StreamSink } from './stream.ts'
import { closedError, Streams } from './streams.ts'

/** What may come while the welcome's proof is being checked: as much as a sender sends unacknowledged, twice. */
export const MAX_HELD_BYTES = 128 * 1024

/** What a session counted. */
export interface SessionCounters {
  readonly packetsSent: number
  readonly bytesSent: number
  readonly packetsReceived: number
  readonly bytesReceived: number
  /** Payload bytes not acknowledged now. */
  readonly bytesInFlight: number
  /** Measured by acks; 0 until it is known. */
  readonly deliveredBytesPerSecond: number
  readonly unitsShed: number
  readonly unknownMessages: number
  readonly lateAnswers: number
  readonly strayMedia: number
  readonly malformedUnits: number
}

interface Held {
  readonly header: PacketHeader
  readonly payload: Uint8Array
  readonly offset: number
}

/** One session. A dialler speaks as soon as `start` is called. */
export class HmpSession {
  readonly #options: SessionOptions
  readonly #outlet: Outlet
  readonly #splitter: PacketSplitter
  readonly #login: DiallerHalf | AcceptorHalf
  readonly #pulse: Pulse
  readonly #requests: Requests
  readonly #streams: Streams
  readonly #consumption = new Consumption()
  readonly #startedAtMs: number
  #held: Held[] = []
  #heldBytes = 0
  #earlyBytes = 0
  #isOpen = false
  #isClosed = false
  #isPumping = false
  #peer: PeerInfo | undefined
  #admission: Admission | undefined
  #packetsReceived = 0
  #bytesReceived = 0
  #unknownMessages = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#startedAtMs = options.now()
    const now = () => options.now()
    const outlet = new Outlet((parts) => options.write(parts), now)
    this.#outlet = outlet
    this.#pulse = new Pulse(outlet, now, () => options.wallNow())
    const sink = {
      opened: (peer: PeerInfo, admission: Admission) => this.#open(peer, admission),
      failed: (error: unknown) => this.#failLogin(error),
    }
    const { login } = options
    if ((login.kind === 'accept') !== (options.side === 'acceptor')) throw new Defect('login of the other side')
    this.#login =
      login.kind === 'accept'
        ? new AcceptorHalf(options, login, outlet, sink)
        : new DiallerHalf(options, login, outlet, sink)
    this.#streams = new Streams(options, outlet, options.queueBytes ?? MAX_QUEUED_TRACK_BYTES, {
      ask: (request, signal, onAnswer) => this.#requests.ask(request, signal, onAnswer),
      pump: () => this.#pump(),
    })
    this.#requests = new Requests(outlet, {
      isDialler: options.side === 'dialler',
      firstNumber: options.side === 'dialler' ? 1 : 2,
      random: (count) => options.random(count),
      handle: (request) => this.#streams.handle(request) ?? callSafely(() => options.onRequest(request)),
      onAnswered: (request, response) => this.#streams.onAnswered(request, response),
      pump: () => {
        this.#streams.releaseAnswered()
        this.#pump()
      },
      onExhausted: () => this.close('renew', 'request numbers have run out'),
    })
    this.#splitter = new PacketSplitter({
      onHeader: (header, offset) => this.#checkEarly(header, offset),
      onPacket: (header, payload, offset) => this.#take(header, payload, offset),
    })
  }

  get state(): 'greeting' | 'proving' | 'open' | 'closed' {
    if (this.#isClosed) return 'closed'
    if (this.#isOpen) return 'open'
    return this.#login.isProving ? 'proving' : 'greeting'
  }
  /** The other end, once open. */
  get peer(): PeerInfo | undefined {
    return this.#peer
  }
  get epoch(): number | undefined {
    return this.#admission?.epoch
  }
  /** The session's name, as `welcome` gave it. */
  get id(): string | undefined {
    return this.#admission?.session
  }
  /** The last measured time to the other side and back. */
  get roundTripMs(): number | undefined {
    return this.#pulse.roundTripMs
  }
  /** What to add to this side's wall clock to get the other's. */
  get clockOffsetMs(): number | undefined {
    return this.#pulse.clockOffsetMs
  }
  get counters(): SessionCounters {
    return {
      packetsSent: this.#outlet.packets,
      bytesSent: this.#outlet.bytes,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      bytesInFlight: this.#outlet.inFlight.bytes,
      deliveredBytesPerSecond: this.#outlet.inFlight.bytesPerSecond ?? 0,
      unitsShed: this.#streams.out.shed,
      unknownMessages: this.#unknownMessages,
      lateAnswers: this.#requests.lateAnswers,
      strayMedia: this.#streams.in.stray,
      malformedUnits: this.#streams.in.malformed,
    }
  }

  /** Begins: a dialler says hello, an acceptor waits for it. Call once. */
  start(): void {
    if (this.#login instanceof DiallerHalf) this.#login.start()
  }

  /** Bytes of a stream carrier (TLS), cut anywhere. The session may keep views: the chunk must not be reused. */
  receive(chunk: Uint8Array): void {
    this.#guard(() => this.#splitter.push(chunk), chunk.length)
  }

  /** One WebSocket message: exactly one packet. */
  receivePacket(packet: Uint8Array): void {
    this.#guard(() => this.#splitter.pushWhole(packet), packet.length)
  }

  #guard(work: () => void, bytes: number): void {
    if (this.#isClosed) return
    this.#bytesReceived += bytes
    this.#pulse.lastReceivedMs = this.#options.now()
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** What comes before the login is done is held to less, before memory is set aside for it. */
  #checkEarly(header: PacketHeader, offset: number): void {
    if (this.#isOpen || this.#isClosed) return
    if (this.#login instanceof DiallerHalf && this.#login.isBusy) return // held, and counted there
    this.#earlyBytes += HEADER_BYTES + header.length
    if (this.#earlyBytes > MAX_BEFORE_WELCOME_BYTES)
      throw violation('length', `more than ${MAX_BEFORE_WELCOME_BYTES} bytes before welcome`, offset + 12, '§6.1')
    if (header.type !== PacketType.session)
      throw violation('type', `packet type ${header.type} before welcome`, offset + 3, '§6.1')
  }

  #take(header: PacketHeader, payload: Uint8Array, offset: number): void {
    if (this.#isClosed) return
    this.#packetsReceived++
    if (!this.#isOpen && this.#login.isBusy) {
      this.#heldBytes += HEADER_BYTES + payload.length
      if (this.#heldBytes > MAX_HELD_BYTES)
        throw violation('flow', 'too much before the login was checked', offset, '§6.4')
      this.#held.push({ header, payload, offset })
    } else this.#dispatch(header, payload, offset)
  }

  #dispatch(header: PacketHeader, payload: Uint8Array, offset: number): void {
    if (header.type === PacketType.session) {
      this.#onMessage(decodeSessionMessage(payload))
      return
    }
    if (!this.#isOpen) throw violation('type', `packet type ${header.type} before welcome`, offset + 3, '§6.1')
    const now = this.#pulse.lastReceivedMs
    // Looked at here, too, and not in `tick` alone: browsers let the timers of hidden pages run once a second.
    const isAckDue = payload.length > 0 && (this.#consumption.add(payload.length, now) || this.#consumption.isDue(now))
    if (header.type === PacketType.video || header.type === PacketType.audio)
      this.#streams.in.receive(header, payload, offset)
    else this.#requests.receive(header, payload, offset)
    if (isAckDue && !this.#isClosed) this.#ack()
  }

  #ack(): void {
    this.#outlet.session({ t: 'ack', bytes: this.#consumption.take() })
  }

  #onMessage(message: SessionMessage): void {
    if (message.t === 'goodbye') this.#onGoodbye(message)
    else if (!this.#isOpen) this.#login.receive(message)
    else if (message.t === 'ack') this.#onAck(message.bytes)
    else if (message.t === 'ping') this.#pulse.answer(message)
    else if (message.t === 'pong') this.#pulse.take(message)
    else if (message.t === 'window') this.#requests.grant(message.sequence, message.response, message.credit)
    else if (message.t === 'unknown') this.#unknownMessages++
    else throw violation('message', `${message.t} in the wrong place`, undefined, '§6')
  }

  #onAck(bytes: number): void {
    if (!this.#outlet.inFlight.acknowledge(bytes, this.#pulse.lastReceivedMs))
      throw violation('flow', `ack of ${bytes}`, undefined, '§6.4')
    this.#pump()
  }

  #onGoodbye({ code, text, at, retryAfterMs }: GoodbyeMessage): void {
    this.#end({
      code,
      text,
      byPeer: true,
      ...(at === undefined ? {} : { at }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }

  #open(peer: PeerInfo, admission: Admission): void {
    if (this.#isClosed) return
    this.#isOpen = true
    this.#peer = peer
    this.#admission = admission
    this.#pulse.ping()
    this.#options.onOpen?.(peer)
    const held = this.#held
    this.#held = []
    try {
      for (const { header, payload, offset } of held) this.#take(header, payload, offset)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Lets time pass: at least every 100 ms, better every 50. */
  tick(): void {
    if (this.#isClosed) return
    const now = this.#options.now()
    if (!this.#isOpen) {
      if (now - this.#startedAtMs >= LOGIN_DEADLINE_MS) this.close('login', 'the login took too long')
      return
    }
    if (this.#pulse.isDead) {
      this.close('idle', 'nothing was heard for 30 s')
      return
    }
    this.#pulse.tick()
    if (this.#consumption.isDue(now)) this.#ack()
    this.#pump()
  }

  /** Sends what there is room for, one packet at a time, the most urgent first. */
  #pump(): void {
    if (this.#isPumping || !this.#isOpen || this.#isClosed) return
    const { event, management } = this.#requests
    const media = this.#streams.out
    if (event.isEmpty && management.isEmpty && media.isEmpty) return
    this.#isPumping = true
    const now = this.#options.now()
    let hasSent = true
    while (hasSent && !this.#isClosed) {
      if (!event.isEmpty) hasSent = event.sendOne(this.#outlet.inFlight.room(now), now)
      else if (!management.isEmpty) hasSent = management.sendOne(this.#outlet.inFlight.room(now), now)
      else hasSent = media.sendOne(now)
    }
    this.#isPumping = false
  }

  /** Asks. Rejects with `signal.reason` (the other side is told), or `LinkError` `hmp.closed`. Any status resolves. */
  request(request: SessionRequest, options: { signal: AbortSignal }): Promise<HttpResponse> {
    if (!this.#isOpen && !this.#isClosed)
      return Promise.reject(new Refusal('unavailable', 'hmp.not-open', 'the session is not open yet'))
    return this.#requests.ask(request, options.signal)
  }

  /** A handle for a stream that this side is about to answer with 201. Throws `Refusal` `busy`. */
  allocateHandle(): number {
    return this.#streams.allocate()
  }

  /** Gives a handle back whose stream was not answered with 201 after all. */
  releaseHandle(handle: number): void {
    this.#streams.out.drop(handle)
  }

  /** Sends or queues one unit. Units before the 201 wait; those of an unknown or ended handle are dropped. */
  sendUnit(handle: number, unit: MediaUnit): void {
    if (this.#streams.out.send(handle, unit)) this.#pump()
  }

  /** Answering side: the stream's description changed (§9.4). What waits is dropped; the next video unit sent is a key. */
  sendSdp(handle: number, sdp: string): void {
    this.#streams.describe(handle, sdp)
  }

  /** Answering side: without `end`, what waits is still sent, then END; with it, the stream is cut at once and told why. */
  endStream(handle: number, end?: StreamEnd): void {
    this.#streams.end(handle, end)
  }

  /** Answering side of talk: where the media of an allocated handle goes. */
  receiveStream(handle: number, sink: StreamSink): void {
    this.#streams.receive(handle, sink)
  }

  /** Counters of a stream, while it lives. */
  streamCounters(handle: number): StreamCounters | undefined {
    return this.#streams.counters(handle)
  }

  /** Asks for a stream. Rejects with `PeerError` when refused, `signal.reason` when aborted while opening. */
  openStream(request: StreamRequest, options: StreamSink & { signal: AbortSignal }): Promise<OpenStream> {
    if (!this.#isOpen && !this.#isClosed)
      return Promise.reject(new Refusal('unavailable', 'hmp.not-open', 'the session is not open yet'))
    return this.#streams.open(request, options, options.signal)
  }

  /** Says goodbye and ends; `onClose` is called before this returns. */
  close(code: GoodbyeCode, text = '', options: { retryAfterMs?: number; at?: number } = {}): void {
    if (this.#isClosed) return
    this.#outlet.goodbye({ t: 'goodbye', code, text, ...options })
    this.#end({ code, text, byPeer: false, ...options })
  }

  /** The carrier has closed. After a goodbye this changes nothing. */
  carrierClosed(reason = 'the connection closed'): void {
    this.#end({ code: 'link', text: reason, byPeer: true })
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return
    if (error instanceof Goodbye) {
      const { retryAfterMs } = error
      this.close(error.goodbye, error.message, retryAfterMs === undefined ? {} : { retryAfterMs })
      return
    }
    const code = error instanceof WireError ? error.code.replace(/^hmp\./, '') : ''
    if (error instanceof WireError && isGoodbyeCode(code))
      this.close(code, error.message.slice(0, 200), error.at === undefined ? {} : { at: error.at })
    else {
      this.close('shutdown', 'something went wrong inside')
      throw error
    }
  }

  /** An asynchronous check of the login threw: there is no caller to throw on to, so `onClose` gets the cause. */
  #failLogin(error: unknown): void {
    if (this.#isClosed || error instanceof Goodbye || error instanceof WireError) {
      this.#fail(error)
      return
    }
    const text = 'the login could not be checked'
    this.#outlet.goodbye({ t: 'goodbye', code: 'busy', text, retryAfterMs: 5000 })
    this.#end({ code: 'busy', text, byPeer: false, retryAfterMs: 5000, cause: error })
  }

  #end(closing: Closing): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#held = []
    this.#outlet.close()
    this.#requests.close(closedError(`session ended: ${closing.code}${closing.text === '' ? '' : `, ${closing.text}`}`))
    this.#streams.close(closing.text)
    this.#options.onClose(closing)
  }
}

/** A handler that throws at once is one that rejects. */
const callSafely = <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return call()
  } catch (error) {
    return Promise.reject(error)
  }
}
