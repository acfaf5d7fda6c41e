// SPDX-License-Identifier: Apache-2.0
/**
 * What every payload format has in common: the access unit (one picture, or one stretch of sound) and the two machines
 * that turn it into RTP packets and back. The formats themselves are one folder each, beside this file.
 *
 * Loss is told by the caller, who sees the sequence numbers: nothing here keeps a clock or a jitter buffer.
 */
import type { CodecName } from '../rtp/codec.ts'
import type { RtpPacket } from '../rtp/packet.ts'

/** NAL units (or fragments) of one unit; more is an attack or a fault. */
export const MAX_UNIT_PIECES = 8192

/** One picture with everything sent for its time, or one stretch of sound. */
export interface AccessUnit {
  readonly codec: CodecName
  /** RTP timestamp, 32 bits, in units of the stream's clock rate. */
  readonly timestamp: number
  /** True when a decoder can start here. Every JPEG and every piece of sound is one. */
  readonly isKey: boolean
  /** Something of this unit was lost: what is in `data` is whole, but it is not all. `data` may then be empty. */
  readonly isDamaged: boolean
  /** H.264, H.265: NAL units without start code, as they came. MJPEG: one whole JFIF file. G.711: one array of bytes. */
  readonly data: readonly Uint8Array[]
  /**
   * Present when, from this unit on, other parameter sets are in force than before (also when they were first seen in
   * band): all of them, VPS, SPS and PPS in this order. A player sets itself up anew.
   */
  readonly parameterSets?: readonly Uint8Array[]
}

/** Packets of one stream, in order, to access units: `push`, then `take` until it gives undefined. */
export interface Depacketizer {
  /**
   * Takes the next packet. Its bytes must stay as they are until the unit is taken: what need not be joined is a view.
   * Throws a WireError for a packet that breaks the format; the unit at hand is then damaged and the machine goes on.
   */
  push(packet: RtpPacket): void
  /** Tells that packets are missing between the last one pushed and the next. */
  markLoss(): void
  /** The oldest finished unit, or undefined: more packets are needed. */
  take(): AccessUnit | undefined
  /** Ends the unit at hand (the stream stopped, or the caller knows that the unit is whole). */
  flush(): void
  /** The parameter sets in force: from the description, or seen in band since. Empty for other codecs. */
  readonly parameterSets: readonly Uint8Array[]
}

/** What a depacketizer may know beforehand, from the session description. */
export interface DepacketizerOptions {
  /** From `sprop-parameter-sets`, or `sprop-vps`, `-sps`, `-pps`: NAL units without start code. */
  readonly parameterSets?: readonly Uint8Array[]
  /** From `a=x-dimensions`: for JPEGs of more than 2040 pixels, which RFC 2435 cannot tell. */
  readonly dimensions?: { readonly width: number; readonly height: number }
}

/** Access units to the packets of one stream. Counts the sequence numbers. */
export interface Packetizer {
  /** Whole RTP packets, none longer than the limit; the marker on the last (video). */
  packetize(unit: { readonly data: readonly Uint8Array[] }, timestamp: number): Uint8Array[]
  /** The sequence number that the next packet will have, for RTP-Info. */
  readonly sequence: number
}

export interface PacketizerOptions {
  readonly payloadType: number
  readonly ssrc: number
  /** The first packet's sequence number. */
  readonly sequence: number
  /** The longest RTP packet, header included. 1400 passes every network. */
  readonly maxPacketBytes: number
  /** H.264 alone: mode 0 sends single NAL units only (RFC 6184 §6.2), mode 1 (default) may fragment and aggregate. */
  readonly packetizationMode?: 0 | 1
  /** H.264 and H.265: put small NAL units that follow each other into one packet (STAP-A, AP). Default false. */
  readonly isAggregating?: boolean
}
