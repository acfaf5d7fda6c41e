// SPDX-License-Identifier: Apache-2.0
/**
 * RTP packets, RFC 3550 §5.1, and how RTCP is told apart from them, RFC 5761 §4. Header extensions are skipped, not
 * read; contributing sources are skipped when reading and never written.
 */
import { put16, put32, u16, u32 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'

/** Bytes of the fixed header. */
export const RTP_HEADER_BYTES = 12
/** Longest packet: what the 16-bit length of RFC 4571 and of interleaved frames can say. */
export const MAX_RTP_PACKET_BYTES = 0xffff

const spec = 'RFC 3550 §5.1'

/** Why bytes are no RTP packet, as `payloadStart` reports it. */
const faults = {
  [-1]: ['rtp.short', 'no room for the fixed header'],
  [-2]: ['rtp.version', 'not version 2'],
  [-3]: ['rtp.padding', 'padding of no bytes'],
  [-4]: ['rtp.length', 'header and padding run past the end'],
} as const

/**
 * Where the payload starts, or a negative number for bytes that are no RTP packet. It does not throw, so the media path
 * can count a bad packet and go on.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     |                           timestamp                           |
 *     |                              SSRC                             |
 *     |              CC contributing sources, 4 bytes each            |
 *     |  X: profile (16)              |  length in 32-bit words (16)  |
 */
export const payloadStart = (b: Uint8Array): number => {
  if (b.length < RTP_HEADER_BYTES) return -1
  const first = b[0]!
  if (first >> 6 !== 2) return -2
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f)
  if (first & 0x10) {
    if (start + 4 > b.length) return -4
    start += 4 + 4 * u16(b, start + 2) // §5.3.1
  }
  if (first & 0x20) {
    const padding = b[b.length - 1]! // counts itself, so zero is a fault
    if (padding === 0) return -3
    return start + padding > b.length ? -4 : start
  }
  return start > b.length ? -4 : start
}

/** Where the payload of a packet that `payloadStart` accepted ends. */
export const payloadEnd = (b: Uint8Array): number => (b[0]! & 0x20 ? b.length - b[b.length - 1]! : b.length)

/** One packet: the bytes as they came, checked once, read on demand. Nothing is copied; `bytes` stays the caller's. */
export class RtpPacket {
  readonly bytes: Uint8Array
  /** What the codec sent, without header, extension and padding: a view into `bytes`. */
  readonly payload: Uint8Array

  private constructor(bytes: Uint8Array, payload: Uint8Array) {
    this.bytes = bytes
    this.payload = payload
  }

  /** Throws `WireError` `rtp.short`, `rtp.version`, `rtp.padding`, `rtp.length`. */
  static decode(bytes: Uint8Array): RtpPacket {
    const start = payloadStart(bytes)
    if (start >= 0) return new RtpPacket(bytes, bytes.subarray(start, payloadEnd(bytes)))
    const [code, message] = faults[start as keyof typeof faults]
    const at = code === 'rtp.version' ? 0 : code === 'rtp.padding' ? bytes.length - 1 : bytes.length
    throw new WireError(code, message, { at, spec })
  }

  get marker(): boolean {
    return this.bytes[1]! >= 0x80
  }
  get payloadType(): number {
    return this.bytes[1]! & 0x7f
  }
  get sequence(): number {
    return u16(this.bytes, 2)
  }
  get timestamp(): number {
    return u32(this.bytes, 4)
  }
  get ssrc(): number {
    return u32(this.bytes, 8)
  }
}

/** What a packet is made of. */
export interface RtpFields {
  readonly payloadType: number
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  readonly marker: boolean
  readonly payload: Uint8Array
}

/** Bytes of a packet without padding, extension or contributing sources; numbers are cut to their fields' width. */
export const encodeRtp = (fields: RtpFields): Uint8Array => {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + fields.payload.length)
  bytes[0] = 0x80
  bytes[1] = (fields.marker ? 0x80 : 0) | (fields.payloadType & 0x7f)
  put16(bytes, 2, fields.sequence)
  put32(bytes, 4, fields.timestamp)
  put32(bytes, 8, fields.ssrc)
  bytes.set(fields.payload, RTP_HEADER_BYTES)
  return bytes
}

/** True when the second byte is an RTCP type (192..223), which RTP payload types with marker avoid: RFC 5761 §4. */
export const isRtcp = (bytes: Uint8Array): boolean => bytes.length >= 4 && bytes[1]! >= 192 && bytes[1]! <= 223
