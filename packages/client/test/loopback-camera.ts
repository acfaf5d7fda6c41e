// SPDX-License-Identifier: Apache-2.0
/** A camera on this machine for tests of the shell: protocol's server machine over sockets, media sent by hand. */
import { createHash, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Clock } from '@openhmp/protocol/base'
import { DigestVerifier } from '@openhmp/protocol/digest'
import {
  encodeInterleaved,
  type RtspServerAction,
  RtspServerMachine,
  type RtspServerSession,
} from '@openhmp/protocol/rtsp'

/** A clock that stands until it is moved. */
export class StandingClock implements Clock {
  #ms = 0
  readonly #sleepers = new Set<{ atMs: number; wake: () => void }>()
  now(): number {
    return this.#ms
  }
  monotonic(): number {
    return this.#ms
  }
  sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { atMs: this.#ms + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper)
        reject(signal.reason)
      })
    })
  }
  /** Moves on in small steps, so that what wakes can sleep again. */
  async pass(ms: number): Promise<void> {
    for (const end = this.#ms + ms; this.#ms < end; ) {
      this.#ms = Math.min(end, this.#ms + 50)
      for (const sleeper of this.#sleepers)
        if (sleeper.atMs <= this.#ms) {
          this.#sleepers.delete(sleeper)
          sleeper.wake()
        }
      await new Promise(setImmediate)
    }
  }
  get sleeping(): number {
    return this.#sleepers.size
  }
}

/** Text of the offer: H.264 and A-law. */
const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=Media Presentation',
  't=0 0',
  'm=video 0 RTP/AVP 96',
  'a=control:trackID=1',
  'a=rtpmap:96 H264/90000',
  'm=audio 0 RTP/AVP 8',
  'a=control:trackID=2',
  '',
].join('\r\n')

/** How the camera is to be. */
export interface LoopbackOptions {
  /** Left out: nobody is asked. */
  readonly login?: { readonly username: string; readonly password: string }
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Never says a word. */
  readonly isMute?: boolean
  readonly transports?: readonly ('tcp' | 'udp')[]
}

/** Opened by `openLoopbackCamera`. */
export class LoopbackCamera implements AsyncDisposable {
  readonly #server: Server
  readonly #rtp = createSocket('udp4')
  readonly #rtcp = createSocket('udp4')
  readonly #sockets = new Set<Socket>()
  readonly #playing = Promise.withResolvers<RtspServerSession>()
  /** Methods asked, in order. */
  readonly asked: string[] = []
  /** Datagrams that came to our ports. */
  readonly datagrams: Uint8Array[] = []
  /** Connections so far. */
  connections = 0

  constructor(options: LoopbackOptions) {
    const accept = (socket: Socket) => this.#accept(socket, options)
    this.#server = options.tls ? createTlsServer(options.tls, accept) : createTcpServer(accept)
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    this.#rtp.bind(0, '127.0.0.1')
    this.#rtcp.bind(0, '127.0.0.1')
    for (const socket of [this.#rtp, this.#rtcp]) socket.on('message', (bytes) => this.datagrams.push(bytes))
    await Promise.all([this.#server, this.#rtp, this.#rtcp].map((one) => once(one, 'listening')))
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The first session that plays. */
  get playing(): Promise<RtspServerSession> {
    return this.#playing.promise
  }

  /** Sends packets of a track in one write, or one datagram each. */
  async send(track: number, packets: readonly Uint8Array[]): Promise<void> {
    const session = await this.playing
    const { transport } = session.tracks.find((one) => one.track === track)!
    const { interleaved, clientPort } = transport
    if (interleaved) for (const socket of this.#sockets) socket.write(encodeInterleaved(interleaved[0], packets))
    else
      for (const packet of packets)
        await new Promise((sent) => this.#rtp.send(packet, clientPort![0], '127.0.0.1', sent))
  }

  /** Cuts every connection without a goodbye (RST), as a crash does. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    const closing = once(this.#server, 'close')
    this.#server.close()
    this.#rtp.close()
    this.#rtcp.close()
    await closing
  }

  #accept(socket: Socket, { login, isMute, transports }: LoopbackOptions): void {
    this.connections++
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {}) // the client may cut at any time: that is what the tests do
    if (isMute) return
    const verifier = new DigestVerifier({
      realm: 'loopback',
      algorithms: ['SHA-256', 'MD5'],
      qop: true,
      hash: (name, text) => createHash(name.toLowerCase().replace(/^sha-/, 'sha')).update(text).digest('hex'),
      nonce: () => randomBytes(16).toString('hex'),
      nonceLifeMs: 60_000,
    })
    const machine = new RtspServerMachine({
      sessionId: () => randomBytes(16).toString('hex'),
      ...(transports ? { transports } : {}),
      ...(login
        ? { login: { verifier, lookup: (user) => (user === login.username ? login.password : undefined) } }
        : {}),
      hooks: {
        describe: (url) => (url.endsWith('/live') ? sdp : undefined),
        setup: ({ url }) => ({
          track: url.endsWith('1') ? 1 : 2,
          serverPort: [this.#rtp.address().port, this.#rtcp.address().port],
        }),
        play: () => ({}),
      },
    })
    const perform = (actions: readonly RtspServerAction[]) => {
      for (const action of actions) {
        if (action.do === 'send') socket.write(action.bytes)
        if (action.do === 'play') this.#playing.resolve(action.session)
        if (action.do === 'close') socket.end()
      }
    }
    socket.on('data', (chunk) => {
      const method = /^[A-Z_]+(?= \S+ RTSP)/.exec(chunk.toString('latin1'))?.[0]
      if (method) this.asked.push(method)
      perform(machine.receive(chunk, 0))
    })
  }
}

/** Opens one on free ports. */
export const openLoopbackCamera = (options: LoopbackOptions = {}): Promise<LoopbackCamera> =>
  new LoopbackCamera(options).listen()
