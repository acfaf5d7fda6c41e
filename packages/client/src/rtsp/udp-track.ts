// SPDX-License-Identifier: Apache-2.0
/**
 * One track's pair of UDP ports: an even one for RTP, the next for RTCP (RFC 3550 §11). Packets are put in order, loss
 * is reported to the camera every five seconds, and both ports send first, so that a firewall on the way opens.
 */
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { type Clock, LinkError, u16, u32 } from '@openhmp/protocol/base'
import { decodeRtcp, encodeReceiverReport, encodeSdes, ReceiverStats } from '@openhmp/protocol/rtcp'
import { encodeRtp, isRtcp, payloadStart, ReorderBuffer } from '@openhmp/protocol/rtp'
import type { Pair } from '@openhmp/protocol/rtsp'

/** Times that a pair of neighbouring free ports is looked for. */
export const MAX_BIND_TRIES = 20
/** Asked of the kernel, so that a key picture fits while we are busy. */
const RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024
const REPORT_MS = 5000
const CNAME = 1

/** What a track is made for. */
export interface UdpTrackOptions {
  /** Our address on the way to the camera. */
  readonly localAddress: string
  /** The camera's; packets of anyone else are dropped. */
  readonly remoteAddress: string
  readonly clockRateHz: number
  readonly payloadType: number
  readonly ssrc: number
  readonly cname: string
  readonly clock: Clock
  /** In order; `isRtcp` ones as they come. */
  onPacket(packet: Uint8Array, isRtcp: boolean): void
  onLoss(count: number): void
}

/** Owns both sockets until disposed. */
export class UdpTrack implements AsyncDisposable {
  readonly ports: Pair
  readonly #options: UdpTrackOptions
  readonly #rtp: Socket
  readonly #rtcp: Socket
  readonly #order: ReorderBuffer
  readonly #stats: ReceiverStats
  readonly #remote: string
  #serverPort: Pair | undefined
  #reportedMs: number
  #isClosed = false
  /** Packets lost on the way, and packets of strangers. */
  lost = 0
  strangers = 0

  private constructor(rtp: Socket, rtcp: Socket, options: UdpTrackOptions) {
    this.#options = options
    this.#rtp = rtp
    this.#rtcp = rtcp
    this.#remote = plain(options.remoteAddress)
    this.#stats = new ReceiverStats(options.clockRateHz)
    this.#reportedMs = options.clock.monotonic()
    this.#order = new ReorderBuffer({
      onPacket: (packet) => options.onPacket(packet, false),
      onLoss: (count) => {
        this.lost += count
        options.onLoss(count)
      },
    })
    this.ports = [rtp.address().port, rtcp.address().port]
    rtp.on('message', (packet, from) => this.#receive(packet, from.address))
    rtcp.on('message', (packet, from) => this.#receive(packet, from.address))
    for (const socket of [rtp, rtcp]) socket.on('error', () => {}) // a port unreachable: silence tells soon enough
  }

  /** Binds the ports. Rejects with `LinkError` `rtsp.udp-ports`. */
  static async open(options: UdpTrackOptions): Promise<UdpTrack> {
    let cause: unknown
    for (let i = 0; i < MAX_BIND_TRIES; i++) {
      const first = await bind(options.localAddress, 0)
      const { port } = first.address()
      try {
        const second = await bind(options.localAddress, port % 2 === 0 ? port + 1 : port - 1)
        return port % 2 === 0 ? new UdpTrack(first, second, options) : new UdpTrack(second, first, options)
      } catch (error) {
        cause = error
        first.close()
      }
    }
    throw new LinkError('rtsp.udp-ports', 'no two neighbouring UDP ports are free', { cause })
  }

  /** The camera plays: send to its ports first. */
  punch(serverPort: Pair | undefined): void {
    this.#serverPort = serverPort
    const { payloadType, ssrc } = this.#options
    const empty = encodeRtp({ payloadType, sequence: 0, timestamp: 0, ssrc, marker: false, payload: new Uint8Array(0) })
    if (serverPort) this.#rtp.send(empty, serverPort[0], this.#options.remoteAddress)
    this.#report(this.#options.clock.monotonic())
  }

  /** Call every 50 ms or so: gives up gaps, sends reports. */
  tick(nowMs: number): void {
    this.#order.tick(nowMs)
    if (nowMs - this.#reportedMs >= REPORT_MS) this.#report(nowMs)
  }

  /** Gives out what waits for a missing packet: the stream has ended. */
  flush(): void {
    this.#order.flush()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all([this.#rtp, this.#rtcp].map((socket) => new Promise<void>((done) => socket.close(() => done()))))
  }

  #receive(packet: Uint8Array, from: string): void {
    if (this.#isClosed) return
    if (from !== this.#remote && plain(from) !== this.#remote) {
      this.strangers++
      return
    }
    const nowMs = this.#options.clock.monotonic()
    if (isRtcp(packet)) {
      this.#options.onPacket(packet, true)
      this.#noteSenderReport(packet, nowMs)
      return
    }
    if (payloadStart(packet) >= 0) this.#stats.push(u32(packet, 8), u16(packet, 2), u32(packet, 4), nowMs)
    this.#order.push(packet, nowMs)
  }

  #noteSenderReport(packet: Uint8Array, nowMs: number): void {
    try {
      for (const report of decodeRtcp(packet))
        if (report.kind === 'senderReport') this.#stats.pushSenderReport(report, nowMs)
    } catch {
      // Reports are a courtesy: one that cannot be read changes nothing.
    }
  }

  #report(nowMs: number): void {
    this.#reportedMs = nowMs
    if (!this.#serverPort || this.#isClosed) return
    const { ssrc, cname, remoteAddress } = this.#options
    const block = this.#stats.report(nowMs)
    const report = encodeReceiverReport({ ssrc, reports: block ? [block] : [] })
    const name = encodeSdes({ chunks: [{ ssrc, items: [{ type: CNAME, text: cname }] }] })
    this.#rtcp.send([report, name], this.#serverPort[1], remoteAddress)
  }
}

/** IPv4 inside IPv6 (RFC 4291 §2.5.5.2) is the same host. */
const plain = (address: string): string => address.replace(/^::ffff:/i, '')

const bind = (address: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind(port, address, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
