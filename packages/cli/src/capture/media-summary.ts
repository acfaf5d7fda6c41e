// SPDX-License-Identifier: Apache-2.0
/** The media of a capture by source (RFC 3550 SSRC): packets, loss, jitter, and what our depacketizers make of them. */
import { WireError } from '@openhmp/protocol/base'
import { createDepacketizer, type Depacketizer } from '@openhmp/protocol/payload'
import { decodeRtcp, ReceiverStats, type RtcpPacket } from '@openhmp/protocol/rtcp'
import { type CodecName, codecs, isRtcp, RtpPacket } from '@openhmp/protocol/rtp'
import type { MediaDescription } from '@openhmp/protocol/sdp'

/** Sources told apart; more are counted together as unknown. */
export const MAX_SOURCES = 1024

/** What is known of one source at the end. */
export interface SourceSummary {
  readonly ssrc: string
  readonly from: string
  readonly to: string
  readonly payloadType: number
  readonly codec: string
  readonly packets: number
  readonly bytes: number
  readonly lost: number
  readonly jitterMs: number
  readonly seconds: number
  /** Pictures or stretches of sound, those that decoding can start at, and those with missing pieces. */
  readonly units: number
  readonly keyUnits: number
  readonly damagedUnits: number
}

interface Source {
  readonly ssrc: number
  readonly from: string
  readonly to: string
  readonly payloadType: number
  readonly codec: CodecName | undefined
  readonly stats: ReceiverStats
  readonly depacketizer: Depacketizer | undefined
  packets: number
  bytes: number
  firstMs: number
  lastMs: number
  sequence: number
  units: number
  keyUnits: number
  damagedUnits: number
}

export class MediaSummary {
  readonly #sources = new Map<string, Source>()
  readonly #described = new Map<number, MediaDescription>()
  /** Packets of sources beyond the limit. */
  uncounted = 0

  /** What a description says of payload types; the latest wins. */
  describe(media: readonly MediaDescription[]): void {
    for (const one of media) this.#described.set(one.payloadType, one)
  }

  /** Takes a packet; gives the values of an RTCP packet. Throws WireError for what is neither, or breaks its format. */
  push(bytes: Uint8Array, timeMs: number, from: string, to: string): RtcpPacket[] | undefined {
    if (isRtcp(bytes)) return decodeRtcp(bytes)
    const packet = RtpPacket.decode(bytes)
    if (packet.payload.length === 0) return undefined // ffmpeg and others open a way through NAT with these
    const key = `${from} ${to} ${packet.ssrc} ${packet.payloadType}`
    let source = this.#sources.get(key)
    if (!source) {
      if (this.#sources.size >= MAX_SOURCES) {
        this.uncounted++
        return undefined
      }
      source = this.#begin(packet, from, to, timeMs)
      this.#sources.set(key, source)
    }
    this.#count(source, packet, timeMs)
    return undefined
  }

  summarize(): SourceSummary[] {
    return [...this.#sources.values()].map((source) => ({
      ssrc: source.ssrc.toString(16).padStart(8, '0'),
      from: source.from,
      to: source.to,
      payloadType: source.payloadType,
      codec: source.codec ?? this.#described.get(source.payloadType)?.encoding ?? 'unknown',
      packets: source.packets,
      bytes: source.bytes,
      lost: source.stats.lost,
      jitterMs: Math.round(source.stats.jitterMs * 100) / 100,
      seconds: Math.round(source.lastMs - source.firstMs) / 1000,
      units: source.units,
      keyUnits: source.keyUnits,
      damagedUnits: source.damagedUnits,
    }))
  }

  #begin(packet: RtpPacket, from: string, to: string, timeMs: number): Source {
    const { payloadType } = packet
    const described = this.#described.get(payloadType)
    const isStatic = (name: CodecName) => payloadType < 96 && codecs[name].payloadType === payloadType
    const codec = described?.codec ?? (Object.keys(codecs) as CodecName[]).find(isStatic)
    const clockRateHz = described?.clockRateHz || (codec ? codecs[codec].clockRateHz : 90_000)
    const known = described?.dimensions ? { dimensions: described.dimensions } : {}
    return {
      ssrc: packet.ssrc,
      from,
      to,
      payloadType,
      codec,
      stats: new ReceiverStats(clockRateHz),
      depacketizer: codec && createDepacketizer(codec, { parameterSets: described?.parameterSets ?? [], ...known }),
      packets: 0,
      bytes: 0,
      firstMs: timeMs,
      lastMs: timeMs,
      sequence: (packet.sequence - 1) & 0xffff,
      units: 0,
      keyUnits: 0,
      damagedUnits: 0,
    }
  }

  #count(source: Source, packet: RtpPacket, timeMs: number): void {
    source.packets++
    source.bytes += packet.bytes.length
    source.lastMs = timeMs
    source.stats.push(packet.ssrc, packet.sequence, packet.timestamp, timeMs)
    const step = (packet.sequence - source.sequence) & 0xffff
    if (step === 0 || step > 0x8000) return // a repeat, or late
    source.sequence = packet.sequence
    const { depacketizer } = source
    if (!depacketizer) return
    if (step > 1) depacketizer.markLoss()
    try {
      depacketizer.push(packet)
    } finally {
      for (let unit = depacketizer.take(); unit; unit = depacketizer.take()) {
        source.units++
        if (unit.isKey) source.keyUnits++
        if (unit.isDamaged) source.damagedUnits++
      }
    }
  }
}

/** One line of an RTCP packet. */
export function describeRtcp(packet: RtcpPacket): string {
  switch (packet.kind) {
    case 'senderReport':
      return `sender report of ${hex(packet.ssrc)}: ${packet.packetCount} packets, ${packet.octetCount} bytes`
    case 'receiverReport':
      return `receiver report: ${packet.reports.map((r) => `${hex(r.ssrc)} lost ${r.cumulativeLost}`).join(', ') || 'nothing yet'}`
    case 'description':
      return `description: ${packet.chunks.map((chunk) => `${hex(chunk.ssrc)} ${chunk.items[0]?.text ?? ''}`).join(', ')}`
    case 'bye':
      return `bye of ${packet.sources.map(hex).join(', ')}${packet.reason ? `: ${packet.reason}` : ''}`
    case 'other':
      return `type ${packet.type}, ${packet.bytes.length} bytes`
  }
}

const hex = (ssrc: number) => ssrc.toString(16).padStart(8, '0')

/** True for a datagram that can be read as RTP or RTCP, for ports that nobody announced. */
export function looksLikeMedia(bytes: Uint8Array): boolean {
  if (bytes.length < 12 || bytes[0]! >> 6 !== 2) return false
  if (isRtcp(bytes)) return true
  try {
    RtpPacket.decode(bytes)
    return true
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}
