// SPDX-License-Identifier: Apache-2.0
/**
 * One RTSP connection to an emulated device: bytes to and from `RtspServerMachine`, and the media of its session. Faults
 * of the device act here: slow, nonsense, half-open, split, drop, a status for every DESCRIBE.
 */
import type { Socket } from 'node:net'
import type { Clock } from '@openhmp/protocol/base'
import {
  type RtspRefusal,
  type RtspServerAction,
  type RtspServerHooks,
  RtspServerMachine,
  type RtspServerSession,
  type RtspSetup,
  type RtspVerifier,
} from '@openhmp/protocol/rtsp'
import type { DeviceFace } from '../device/api.ts'
import type { LiveStream } from '../media/live.ts'
import { RtpStamp } from '../media/stamp.ts'
import { AUDIO_TRACK, describeStream, VIDEO_TRACK } from './description.ts'
import { evilRtsp } from './evil.ts'
import { type Carrier, interleavedCarrier, Outlet, udpCarrier } from './outlet.ts'
import { SessionMedia, type SessionTrack } from './session-media.ts'
import { parseStreamUrl } from './stream-url.ts'
import type { UdpPair } from './udp-pair.ts'

/** Most pieces that one write is cut into by the fault `split`. */
const MAX_PIECES = 4096
/** A connection without a session may be silent this long. */
const IDLE_MS = 60_000

/** What a connection needs of its listener. */
export interface ConnectionContext {
  readonly device: DeviceFace
  readonly clock: Clock
  readonly verifier: RtspVerifier
  readonly udp: UdpPair
  /** Unforeseeable 32-bit numbers. */
  readonly random: () => number
  readonly sessionId: () => string
  /** Ends what waits when the listener ends. */
  readonly signal: AbortSignal
}

/** Owns its socket. */
export class RtspConnection {
  readonly #socket: Socket
  readonly #context: ConnectionContext
  readonly #machine: RtspServerMachine
  /** What was granted, kept until PLAY tells how it travels. */
  readonly #ssrcs = new Map<number, number>()
  #seat: Disposable | undefined
  #stream: LiveStream | undefined
  #streamId = 0
  #media: SessionMedia | undefined
  #lastHeardMs: number
  #tracks: SessionTrack[] = []
  /** Answers in order, however slow. */
  #answers: Promise<void> = Promise.resolve()
  readonly closed: Promise<void>

  constructor(socket: Socket, context: ConnectionContext) {
    this.#socket = socket
    this.#context = context
    const { device, verifier, sessionId } = context
    this.#lastHeardMs = context.clock.monotonic()
    this.#machine = new RtspServerMachine({
      hooks: this.#hooks(),
      sessionId,
      login: { verifier, lookup: (user) => device.passwordOf(user) },
      server: 'Rtsp Server/2.0',
    })
    socket.setNoDelay(true)
    socket.on('error', () => undefined) // 'close' follows
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#perform(this.#machine.closed())
        resolve()
      })
    })
  }

  /** About once a second: ends a UDP session whose client is silent, and a connection that never got that far. */
  tick(nowMs: number): void {
    if (!this.#machine.session && nowMs - this.#lastHeardMs > IDLE_MS) this.#socket.destroy()
    this.#perform(this.#machine.tick(nowMs))
  }

  /** A receiver report came by UDP: is it of a client of this session? */
  alive(address: string, port: number, nowMs: number): boolean {
    const tracks = this.#machine.session?.tracks ?? []
    const isOurs = this.#address === address && tracks.some((track) => track.transport.clientPort?.includes(port))
    if (isOurs) this.#machine.alive(nowMs)
    return isOurs
  }

  destroy(): void {
    this.#socket.destroy()
  }

  get #address(): string {
    return (this.#socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  }

  #receive(chunk: Uint8Array): void {
    const { faults } = this.#context.device
    this.#lastHeardMs = this.#context.clock.monotonic()
    if (faults.isHalfOpen) return
    if (faults.isNonsense) {
      this.#write(Uint8Array.from({ length: 64 }, () => this.#context.random() & 0xff))
      return
    }
    const evil = evilRtsp(faults.evil, Buffer.from(chunk).toString('latin1'))
    if (evil !== undefined) {
      this.#write(Buffer.from(evil, 'latin1'))
      return
    }
    const actions = this.#machine.receive(chunk, this.#lastHeardMs)
    if (faults.slowMs === 0) this.#perform(actions)
    else if (actions.length > 0) this.#answers = this.#answers.then(() => this.#performLate(actions, faults.slowMs))
  }

  async #performLate(actions: readonly RtspServerAction[], slowMs: number): Promise<void> {
    const { clock, signal } = this.#context
    try {
      await clock.sleep(slowMs, { signal })
    } catch {
      return // the listener is ending
    }
    this.#perform(actions)
  }

  #perform(actions: readonly RtspServerAction[]): void {
    for (const action of actions) {
      switch (action.do) {
        case 'send':
          this.#write(action.bytes)
          break
        case 'play':
          this.#media?.start()
          break
        case 'pause':
          this.#media?.pause()
          break
        case 'end':
          this.#forget()
          break
        case 'close':
          this.#socket.end()
          break
      }
    }
  }

  #forget(): void {
    this.#media?.[Symbol.dispose]()
    this.#media = undefined
    this.#stream = undefined
    this.#tracks = []
    this.#ssrcs.clear()
    this.#seat?.[Symbol.dispose]()
    this.#seat = undefined
  }

  #write(bytes: Uint8Array): void {
    if (!this.#socket.writable) return
    const { splitBytes } = this.#context.device.faults
    if (splitBytes === 0) {
      this.#socket.write(bytes)
      return
    }
    const piece = Math.max(splitBytes, Math.ceil(bytes.length / MAX_PIECES))
    for (let at = 0; at < bytes.length; at += piece) this.#socket.write(bytes.subarray(at, at + piece))
  }

  #hooks(): RtspServerHooks {
    const { device } = this.#context
    return {
      describe: (text) => {
        if (device.faults.rtspStatus !== undefined) return { status: device.faults.rtspStatus }
        const url = parseStreamUrl(text)
        const stream = url && url.track === undefined ? device.stream(url.streamId) : undefined
        return (
          url && stream && describeStream(stream, url, (this.#socket.localAddress ?? '0.0.0.0').replace(/^::ffff:/, ''))
        )
      },
      setup: (setup) => this.#setup(setup),
      play: (session) => this.#play(session),
    }
  }

  #setup(setup: RtspSetup): { track: number; ssrc: number; serverPort?: readonly [number, number] } | RtspRefusal {
    const { device, random, udp } = this.#context
    const url = parseStreamUrl(setup.url)
    const stream = url && device.stream(url.streamId)
    if (!url || !stream) return { status: 404 }
    const track = url.track ?? (stream.audio ? undefined : VIDEO_TRACK)
    if (track === undefined) return { status: 459 }
    if (track !== VIDEO_TRACK && !(track === AUDIO_TRACK && stream.audio)) return { status: 404 }
    if (this.#stream && this.#streamId !== url.streamId) return { status: 459 }
    if (this.#ssrcs.has(track)) return { status: 455 }
    this.#seat ??= device.rtspSeats.take()
    if (!this.#seat) return { status: 453 } // Not Enough Bandwidth: RFC 2326 §11.3.4
    this.#stream = stream
    this.#streamId = url.streamId
    const ssrc = random()
    this.#ssrcs.set(track, ssrc)
    return setup.transport.lower === 'udp' ? { track, ssrc, serverPort: udp.ports } : { track, ssrc }
  }

  #play(session: RtspServerSession): ReturnType<RtspServerHooks['play']> {
    const { device } = this.#context
    if (!this.#stream) return { status: 404 }
    for (const track of session.tracks.slice(this.#tracks.length)) this.#tracks.push(this.#track(track))
    this.#media ??= new SessionMedia(this.#stream, this.#tracks, device.faults.isMute)
    return { rtpInfo: this.#media.prepare() }
  }

  #track({ track, url, transport }: RtspServerSession['tracks'][number]): SessionTrack {
    const { device, random, udp } = this.#context
    const { drop, driftMs } = device.faults
    const loses = drop > 0 ? () => random() / 0x1_0000_0000 < drop : undefined
    const stamp = new RtpStamp(this.#ssrcs.get(track) ?? random(), random())
    const carrier: Carrier =
      transport.lower === 'udp'
        ? udpCarrier({ sockets: udp.sockets, address: this.#address, ports: transport.clientPort ?? [9, 9], loses })
        : interleavedCarrier({
            write: (bytes) => this.#write(bytes),
            waitingBytes: () => this.#socket.writableLength,
            channels: transport.interleaved ?? [0, 1],
            loses,
          })
    const outlet = new Outlet({ carrier, stamp, cname: device.identity.serialNumber, driftMs })
    return { kind: track === VIDEO_TRACK ? 'video' : 'audio', url, stamp, outlet }
  }
}
