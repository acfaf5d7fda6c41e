// SPDX-License-Identifier: Apache-2.0
/**
 * One track on its way to one client: stamped, with a sender report before the first unit and every five seconds, over
 * the RTSP connection or over UDP. A client that is too slow loses whole pictures up to the next key picture; what waits
 * for it is bounded.
 */
import type { Socket as UdpSocket } from 'node:dgram'
import { concat } from '@openhmp/protocol/base'
import { encodeSdes, encodeSenderReport, unixMsToNtp } from '@openhmp/protocol/rtcp'
import { encodeInterleaved } from '@openhmp/protocol/rtsp'
import type { LiveUnit } from '../media/live.ts'
import type { RtpStamp } from '../media/stamp.ts'

/** Between two sender reports. */
export const REPORT_INTERVAL_MS = 5000
/** Most bytes that may wait for one client: about two seconds of a large camera. */
export const MAX_WAITING_BYTES = 2 * 1024 * 1024

/** Where bytes go. */
export interface Carrier {
  /** Bytes accepted but not yet sent. */
  readonly waitingBytes: number
  /** Sends RTP packets of one unit, and before them RTCP if there is any. */
  sendUnit(unit: LiveUnit, stamp: RtpStamp, report: Uint8Array | undefined): void
}

/** What an outlet counts. */
export interface OutletStats {
  sent: number
  /** Units not sent because the client was too slow. */
  shed: number
}

/** One track to one client. */
export class Outlet {
  readonly stats: OutletStats = { sent: 0, shed: 0 }
  readonly #carrier: Carrier
  readonly #stamp: RtpStamp
  readonly #cname: string
  /** How far the device's clock is ahead. */
  readonly #driftMs: number
  #isWaitingForKey = false
  #lastReportMs = Number.NEGATIVE_INFINITY

  constructor(options: { carrier: Carrier; stamp: RtpStamp; cname: string; driftMs: number }) {
    this.#carrier = options.carrier
    this.#stamp = options.stamp
    this.#cname = options.cname
    this.#driftMs = options.driftMs
  }

  send(unit: LiveUnit): void {
    if (unit.unit.isKey) this.#isWaitingForKey = false
    const { waitingBytes } = this.#carrier
    if (this.#isWaitingForKey || (waitingBytes > 0 && waitingBytes + sizeOf(unit) > MAX_WAITING_BYTES)) {
      this.#isWaitingForKey = unit.track.kind === 'video'
      this.stats.shed++
      return
    }
    this.stats.sent++
    this.#carrier.sendUnit(unit, this.#stamp, this.#reportFor(unit))
  }

  /** SR and CNAME (RFC 3550 §6.1) when one is due. */
  #reportFor(unit: LiveUnit): Uint8Array | undefined {
    if (unit.wallMs - this.#lastReportMs < REPORT_INTERVAL_MS) return undefined
    this.#lastReportMs = unit.wallMs
    const { ssrc, packets, octets } = this.#stamp
    const report = encodeSenderReport({
      ssrc,
      ...unixMsToNtp(unit.wallMs + this.#driftMs),
      rtpTimestamp: unit.timestamp,
      packetCount: packets >>> 0,
      octetCount: octets >>> 0,
      reports: [],
    })
    return concat([report, encodeSdes({ chunks: [{ ssrc, items: [{ type: 1, text: this.#cname }] }] })])
  }
}

const sizeOf = (unit: LiveUnit): number => {
  let size = 0
  for (const packet of unit.packets) size += 4 + packet.length
  return size
}

/** Decides packet by packet whether a fault loses it. */
export type LosePacket = () => boolean

/** Inside the RTSP connection (RFC 2326 §10.12): one write a unit. */
export const interleavedCarrier = (options: {
  readonly write: (bytes: Uint8Array) => void
  readonly waitingBytes: () => number
  readonly channels: readonly [rtp: number, rtcp: number]
  readonly loses: LosePacket | undefined
}): Carrier => {
  const { write, channels, loses } = options
  return {
    get waitingBytes() {
      return options.waitingBytes()
    },
    sendUnit(unit, stamp, report) {
      if (report) write(encodeInterleaved(channels[1], [report]))
      if (!loses) write(stamp.interleaved(unit, channels[0]))
      else {
        const kept = stamp.datagrams(unit).filter(() => !loses())
        if (kept.length > 0) write(encodeInterleaved(channels[0], kept))
      }
    },
  }
}

/** A datagram a packet, from the device's pair of ports. */
export const udpCarrier = (options: {
  readonly sockets: readonly [rtp: UdpSocket, rtcp: UdpSocket]
  readonly address: string
  readonly ports: readonly [rtp: number, rtcp: number]
  readonly loses: LosePacket | undefined
}): Carrier => {
  const { sockets, address, ports, loses } = options
  return {
    get waitingBytes() {
      return sockets[0].getSendQueueSize()
    },
    sendUnit(unit, stamp, report) {
      if (report) sockets[1].send(report, ports[1], address)
      for (const datagram of stamp.datagrams(unit)) if (!loses?.()) sockets[0].send(datagram, ports[0], address)
    },
  }
}
