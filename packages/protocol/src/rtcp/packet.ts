// SPDX-License-Identifier: Apache-2.0
/**
 * RTCP, RFC 3550 §6: the five packet types as values. Feedback (RFC 4585), extended reports (RFC 3611) and application
 * packets are kept as bytes. Encryption prefixes and profile extensions of reports are left out.
 */

/** Packet types, RFC 3550 §12.1. */
export const RtcpType = {
  senderReport: 200,
  receiverReport: 201,
  description: 202,
  bye: 203,
  application: 204,
} as const

/** What a receiver tells of one source, RFC 3550 §6.4.1. */
export interface ReportBlock {
  readonly ssrc: number
  /** Lost since the last report, in 256ths. */
  readonly fractionLost: number
  /** Lost since the beginning; negative when packets came twice. 24 bits. */
  readonly cumulativeLost: number
  /** Highest sequence number, its wraps in the upper 16 bits. */
  readonly highestSequence: number
  /** Interarrival jitter, in units of the stream's clock rate. */
  readonly jitter: number
  /** Middle 32 bits of the last sender report's NTP time; 0 when there was none. */
  readonly lastSenderReport: number
  /** Since that report, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number
}

/** What a sender tells of its stream, RFC 3550 §6.4.1: this wall time is that RTP time. */
export interface SenderReport {
  readonly kind: 'senderReport'
  readonly ssrc: number
  /** Seconds since 1900, 32 bits; see `ntpToUnixMs`. */
  readonly ntpSeconds: number
  /** 1/2^32 s. */
  readonly ntpFraction: number
  readonly rtpTimestamp: number
  readonly packetCount: number
  readonly octetCount: number
  readonly reports: readonly ReportBlock[]
}

/** RFC 3550 §6.4.2. */
export interface ReceiverReport {
  readonly kind: 'receiverReport'
  readonly ssrc: number
  readonly reports: readonly ReportBlock[]
}

/** One item of a source description; type 1 is CNAME (RFC 3550 §6.5.1). */
export interface SdesItem {
  readonly type: number
  readonly text: string
}

/** RFC 3550 §6.5. */
export interface SourceDescription {
  readonly kind: 'description'
  readonly chunks: readonly { readonly ssrc: number; readonly items: readonly SdesItem[] }[]
}

/** RFC 3550 §6.6: these sources have ended. */
export interface Bye {
  readonly kind: 'bye'
  readonly sources: readonly number[]
  readonly reason?: string
}

/** Any other packet of a compound, whole. */
export interface OtherRtcp {
  readonly kind: 'other'
  readonly type: number
  readonly bytes: Uint8Array
}

export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Bye | OtherRtcp
