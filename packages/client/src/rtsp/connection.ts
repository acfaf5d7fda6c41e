// SPDX-License-Identifier: Apache-2.0
/**
 * The Node shell of `RtspClientMachine`: performs its actions, feeds it bytes and time, gathers media into units. All
 * media is handled in the turn in which it is read; nothing waits, and nothing is made per packet but a view.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { Defect, HmpError, LinkError } from '@openhmp/protocol/base'
import type { Hash } from '@openhmp/protocol/digest'
import { type AssemblerStats, UnitAssembler } from '@openhmp/protocol/rtp'
import { type RtspAction, RtspClientMachine, type RtspTrack } from '@openhmp/protocol/rtsp'
import type { MediaDescription } from '@openhmp/protocol/sdp'
import { addressOf, linkErrorOf } from '../socket.ts'
import type { RtspOptions } from './options.ts'
import { UdpTrack } from './udp-track.ts'

/** How often time is told to the machine. */
const TICK_MS = 500
/** With UDP: how long a gap can wait beyond its time. */
const UDP_TICK_MS = 50
/** How long a dispose waits for the answer to TEARDOWN. */
const GOODBYE_MS = 500

const algorithms = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const
const hash: Hash = (name, text) => createHash(algorithms[name]).update(text).digest('hex')

/** Counters of one play. */
export interface RtspStats {
  /** By track. */
  readonly tracks: readonly (AssemblerStats | undefined)[]
  /** Packets on channels that were never granted, or from strangers. */
  readonly stray: number
  /** Bytes that made no sense. */
  readonly skippedBytes: number
}

/** A play. Made by `openRtsp`; owns its sockets until disposed. */
export class RtspConnection implements AsyncDisposable {
  /** Resolves once it plays, or with the URL of another port where it would; `openRtsp` waits for it. */
  readonly opened: Promise<string | undefined>
  readonly #options: RtspOptions
  readonly #socket: Socket
  readonly #machine: RtspClientMachine
  readonly #address: string
  readonly #assemblers: (UnitAssembler | undefined)[] = []
  readonly #udp = new Map<number, UdpTrack>()
  readonly #stop = new AbortController()
  readonly #over = Promise.withResolvers<void>()
  readonly #opening = Promise.withResolvers<string | undefined>()
  #state: 'opening' | 'playing' | 'leaving' | 'over' = 'opening'
  #media: readonly MediaDescription[] = []
  #tracks: readonly RtspTrack[] = []
  #sdp = ''

  constructor(socket: Socket, options: RtspOptions) {
    this.#options = options
    this.#socket = socket
    this.#address = addressOf(socket.remoteAddress ?? '', socket.remotePort ?? 0)
    this.opened = this.#opening.promise
    const { url, credentials, transport, wants, answerMs, silenceMs, userAgent, allowBasic } = options
    this.#machine = new RtspClientMachine({
      url,
      transport,
      hash,
      cnonce: () => randomBytes(8).toString('hex'),
      onMedia: (track, packet) => this.#assemblers[track]?.push(packet),
      ...(credentials ? { credentials } : {}),
      ...(wants ? { wants } : {}),
      ...(answerMs === undefined ? {} : { answerMs }),
      ...(silenceMs === undefined ? {} : { silenceMs }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(allowBasic === undefined ? {} : { allowBasic }),
    })
    socket.setNoDelay(true)
    socket.on('error', (error) => this.#end(linkErrorOf(error, this.#address)))
    socket.on('close', () =>
      this.#end(new LinkError('link.closed', `${this.#address}: the camera hung up`, { address: this.#address })),
    )
    options.signal.addEventListener('abort', this.#abort, { once: true })
    if (options.signal.aborted) this.#abort()
    else {
      this.#guarded(() => this.#machine.start(options.clock.monotonic()))
      void this.#beat()
    }
  }

  /** Bytes of the connection, good for this call alone. */
  receive(chunk: Uint8Array): void {
    this.#guarded(() => this.#machine.receive(chunk, this.#options.clock.monotonic()))
  }

  /** What the camera offers; `tracks` are those that play. */
  get media(): readonly MediaDescription[] {
    return this.#media
  }

  get tracks(): readonly RtspTrack[] {
    return this.#tracks
  }

  /** The camera's own description. */
  get sdp(): string {
    return this.#sdp
  }

  get stats(): RtspStats {
    let stray = this.#machine.strayPackets
    for (const track of this.#udp.values()) stray += track.strangers
    return { tracks: this.#assemblers.map((one) => one?.stats), stray, skippedBytes: this.#machine.skippedBytes }
  }

  /** Says goodbye to the camera, waits half a second for its answer, and is gone: no callback runs after this. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'playing') {
      this.#state = 'leaving'
      this.#guarded(() => this.#machine.teardown(this.#options.clock.monotonic()))
      const signal = this.#stop.signal
      await this.#options.clock.sleep(GOODBYE_MS, { signal }).catch(() => {}) // cut short when it is over
    }
    this.#end(undefined)
    await this.#over.promise
  }

  readonly #abort = (): void => {
    if (this.#state === 'playing') this.#state = 'leaving'
    this.#end(this.#options.signal.reason)
  }

  async #beat(): Promise<void> {
    const { clock, transport } = this.#options
    const { signal } = this.#stop
    const everyMs = transport === 'udp' ? UDP_TICK_MS : TICK_MS
    while (!signal.aborted) {
      await clock.sleep(everyMs, { signal }).catch(() => {}) // aborted: the loop ends
      if (signal.aborted) return
      this.#guarded(() => {
        const nowMs = clock.monotonic()
        for (const track of this.#udp.values()) track.tick(nowMs)
        return this.#machine.tick(nowMs)
      })
    }
  }

  /** Runs a piece of the machine and performs what it says. A fault in a callback of ours ends this play, not the process. */
  #guarded(step: () => readonly RtspAction[]): void {
    if (this.#state === 'over') return
    try {
      for (const action of step()) this.#perform(action)
    } catch (cause) {
      this.#end(cause instanceof HmpError ? cause : new Defect('a callback of an RTSP play threw', { cause }))
    }
  }

  #perform(action: RtspAction): void {
    switch (action.do) {
      case 'send':
        if (!this.#socket.destroyed) this.#socket.write(action.bytes)
        break
      case 'described':
        this.#describe(action.media, action.sdp)
        break
      case 'openUdp':
        void this.#openUdp(action.track)
        break
      case 'playing':
        this.#tracks = action.tracks
        for (const track of action.tracks) this.#udp.get(track.track)?.punch(track.serverPort)
        if (this.#state === 'opening') this.#state = 'playing'
        this.#opening.resolve(undefined)
        break
      case 'redirect':
        this.#opening.resolve(action.url)
        this.#end(undefined)
        break
      case 'fail':
        if (action.error.code === 'rtsp.ended') this.#flush()
        this.#end(action.error)
        break
      case 'closed':
        this.#end(undefined)
        break
    }
  }

  #describe(media: readonly MediaDescription[], sdp: string): void {
    this.#media = media
    this.#sdp = sdp
    for (const [track, { codec, payloadType }] of media.entries())
      this.#assemblers[track] =
        codec && new UnitAssembler({ codec, payloadType, onUnit: (unit) => this.#unit(unit, track) })
    this.#options.onDescription?.(media, sdp)
  }

  #unit(unit: Parameters<RtspOptions['onUnit']>[0], track: number): void {
    if (this.#state === 'playing' || this.#state === 'opening') this.#options.onUnit(unit, track)
  }

  async #openUdp(track: number): Promise<void> {
    const { clock } = this.#options
    const { clockRateHz, payloadType } = this.#media[track]!
    try {
      const udp = await UdpTrack.open({
        localAddress: this.#socket.localAddress ?? '0.0.0.0',
        remoteAddress: this.#socket.remoteAddress ?? '',
        clockRateHz,
        payloadType,
        ssrc: randomBytes(4).readUInt32BE(),
        cname: randomBytes(12).toString('base64url'), // RFC 7022: says nothing of this host
        clock,
        onPacket: (packet, isRtcp) => {
          this.#guarded(() => {
            this.#machine.receiveUdp(track, packet, isRtcp, clock.monotonic())
            return none
          })
        },
        onLoss: () => this.#assemblers[track]?.markLoss(),
      })
      if (this.#stop.signal.aborted) await udp[Symbol.asyncDispose]()
      else {
        this.#udp.set(track, udp)
        this.#guarded(() => this.#machine.udpOpened(track, udp.ports))
      }
    } catch (error) {
      this.#end(error instanceof HmpError ? error : linkErrorOf(error as NodeJS.ErrnoException, this.#address))
    }
  }

  /** The camera said that this was all: the last sound is whole, though shorter than a unit. */
  #flush(): void {
    for (const track of this.#udp.values()) track.flush()
    for (const assembler of this.#assemblers) assembler?.flush()
  }

  /** The end, whatever its cause; the first cause counts. */
  #end(error: unknown): void {
    if (this.#state === 'over') return
    const wasPlaying = this.#state === 'playing'
    this.#state = 'over'
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#stop.abort()
    this.#socket.destroy()
    this.#opening.reject(error ?? new LinkError('link.closed', `${this.#address}: closed`, { address: this.#address }))
    this.#opening.promise.catch(() => {}) // nobody needs to wait for it
    const closing = [...this.#udp.values()].map((track) => track[Symbol.asyncDispose]())
    void Promise.all(closing).then(() => this.#over.resolve())
    if (wasPlaying) this.#options.onEnd?.(error instanceof HmpError ? error : undefined)
  }
}

const none: readonly RtspAction[] = []
