// SPDX-License-Identifier: Apache-2.0
/** One HMP session, either side, without I/O: hmp.md. */

import { Defect } from '../base/errors.ts'
import type { GoodbyeCode } from '../hmp/goodbye.ts'
import type { HttpRequestInit, HttpResponse } from '../http/message.ts'
import type { MediaUnit } from '../rtp/unit.ts'
import type { PeerInfo, SessionOptions } from './options.ts'
import type { OpenStream, StreamCounters, StreamEnd, StreamRequest, StreamSink } from './stream.ts'

/** What `request` adds to an HTTP request. */
export interface SessionRequest extends HttpRequestInit {
  readonly device?: string
  readonly channel?: number
  /** `management` when left out. */
  readonly type?: 'management' | 'event'
}

/** What a session counted. */
export interface SessionCounters {
  readonly packetsSent: number
  readonly bytesSent: number
  readonly packetsReceived: number
  readonly bytesReceived: number
  readonly unitsShed: number
  readonly unknownMessages: number
  readonly lateAnswers: number
  readonly strayMedia: number
}

/**
 * One session. The shell hands in bytes and time; the session writes packets and calls back. A dialler speaks as soon as
 * `start` is called.
 */
export class HmpSession {
  constructor(options: SessionOptions) {
    this.#options = options
  }
  readonly #options: SessionOptions

  get state(): 'greeting' | 'proving' | 'open' | 'closed' {
    return 'greeting'
  }
  /** The other end, once open. */
  get peer(): PeerInfo | undefined {
    return undefined
  }
  get epoch(): number | undefined {
    return undefined
  }
  /** The session's name, as `welcome` gave it. */
  get id(): string | undefined {
    return undefined
  }
  /** Smoothed time to the other side and back. */
  get roundTripMs(): number | undefined {
    return undefined
  }
  /** What to add to this side's wall clock to get the other's. */
  get clockOffsetMs(): number | undefined {
    return undefined
  }
  get counters(): SessionCounters {
    throw new Defect('not written yet')
  }
  /** Begins: a dialler says hello, an acceptor starts the clock of the login. */
  start(): void {
    throw new Defect(`not written yet: ${this.#options.side}`)
  }
  /** Bytes of a stream carrier (TLS), cut anywhere. The session may keep views: the chunk must not be reused. */
  receive(_chunk: Uint8Array): void {}
  /** One WebSocket message: exactly one packet. */
  receivePacket(_packet: Uint8Array): void {}
  /** Lets time pass: at least every 100 ms. */
  tick(): void {}
  /** The carrier has closed, with or without goodbye. */
  carrierClosed(_reason?: string): void {}
  /** Asks. Rejects with `signal.reason` (after telling the other side), or `LinkError` `hmp.closed`. Any status resolves. */
  request(_request: SessionRequest, _options: { signal: AbortSignal }): Promise<HttpResponse> {
    return Promise.reject(new Defect('not written yet'))
  }
  /** A handle for a stream that this side is about to answer with 201. */
  allocateHandle(): number {
    throw new Defect('not written yet')
  }
  /** Sends or queues one unit. Units before the 201 wait; those of an unknown or ended handle are dropped. */
  sendUnit(_handle: number, _unit: MediaUnit): void {}
  /** Answering side: the stream's description changed (§9.4). The next video unit sent will be a key. */
  sendSdp(_handle: number, _sdp: string, _options?: { isSeek?: boolean }): void {}
  /** Answering side: without `end`, what waits is still sent, then END; with it, the stream is cut at once and told why. */
  endStream(_handle: number, _end?: StreamEnd): void {}
  /** Answering side of talk: where the media of a handle goes. */
  receiveStream(_handle: number, _sink: StreamSink): void {}
  /** Counters of a stream, while it lives. */
  streamCounters(_handle: number): StreamCounters | undefined {
    return undefined
  }
  /** Asks for a stream. Rejects with `PeerError` when refused, `signal.reason` when aborted while opening. */
  openStream(_request: StreamRequest, _options: StreamSink & { signal: AbortSignal }): Promise<OpenStream> {
    return Promise.reject(new Defect('not written yet'))
  }
  /** Says goodbye and ends; `onClose` is called before this returns. */
  close(_code: GoodbyeCode, _text?: string, _options?: { retryAfterMs?: number }): void {}
}
