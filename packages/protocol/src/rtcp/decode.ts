// SPDX-License-Identifier: Apache-2.0
/** RTCP compound packets -> values, RFC 3550 §6. */
import { fromUtf8, u8, u16, u24, u32 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { type ReportBlock, type RtcpPacket, RtcpType, type SdesItem } from './packet.ts'

const REPORT_BYTES = 24
const spec = 'RFC 3550 §6.4'

/**
 * Reads one compound, or a single packet (RFC 5506). Throws `WireError` `rtcp.short`, `rtcp.version`, `rtcp.length`,
 * `rtcp.padding`.
 */
export const decodeRtcp = (bytes: Uint8Array): RtcpPacket[] => {
  const packets: RtcpPacket[] = []
  let at = 0
  do {
    if (at + 4 > bytes.length) throw new WireError('rtcp.short', 'no room for a header', { at, spec })
    if (u8(bytes, at) >> 6 !== 2) throw new WireError('rtcp.version', `version ${u8(bytes, at) >> 6}`, { at, spec })
    const end = at + 4 + 4 * u16(bytes, at + 2)
    if (end > bytes.length) throw new WireError('rtcp.length', 'a packet runs past the end', { at, spec })
    packets.push(decodeOne(bytes, at, end))
    at = end
  } while (at < bytes.length)
  return packets
}

const decodeOne = (b: Uint8Array, at: number, wholeEnd: number): RtcpPacket => {
  const end = wholeEnd - paddingOf(b, at, wholeEnd)
  const count = u8(b, at) & 0x1f
  const type = u8(b, at + 1)
  switch (type) {
    case RtcpType.senderReport:
      need(b, at, end, 28 + REPORT_BYTES * count)
      return {
        kind: 'senderReport',
        ssrc: u32(b, at + 4),
        ntpSeconds: u32(b, at + 8),
        ntpFraction: u32(b, at + 12),
        rtpTimestamp: u32(b, at + 16),
        packetCount: u32(b, at + 20),
        octetCount: u32(b, at + 24),
        reports: reportsAt(b, at + 28, count),
      }
    case RtcpType.receiverReport:
      need(b, at, end, 8 + REPORT_BYTES * count)
      return { kind: 'receiverReport', ssrc: u32(b, at + 4), reports: reportsAt(b, at + 8, count) }
    case RtcpType.description:
      return { kind: 'description', chunks: chunksAt(b, at + 4, end, count) }
    case RtcpType.bye:
      return byeAt(b, at, end, count)
    default:
      return { kind: 'other', type, bytes: b.subarray(at, wholeEnd) }
  }
}

/** §6.4.1: the last byte of a padded packet counts the padding, itself included, in multiples of four. */
const paddingOf = (b: Uint8Array, at: number, end: number): number => {
  if (!(u8(b, at) & 0x20)) return 0
  const padding = u8(b, end - 1)
  if (padding === 0 || padding % 4 !== 0 || padding > end - at - 4)
    throw new WireError('rtcp.padding', `padding of ${padding} bytes`, { at: end - 1, spec })
  return padding
}

const need = (b: Uint8Array, at: number, end: number, length: number): void => {
  if (at + length > end)
    throw new WireError('rtcp.length', `type ${u8(b, at + 1)} in ${end - at} bytes, ${length} needed`, { at, spec })
}

const reportsAt = (b: Uint8Array, start: number, count: number): ReportBlock[] => {
  const reports: ReportBlock[] = []
  for (let i = 0; i < count; i++) {
    const at = start + REPORT_BYTES * i
    reports.push({
      ssrc: u32(b, at),
      fractionLost: u8(b, at + 4),
      cumulativeLost: (u24(b, at + 5) << 8) >> 8, // signed
      highestSequence: u32(b, at + 8),
      jitter: u32(b, at + 12),
      lastSenderReport: u32(b, at + 16),
      delaySinceLastSenderReport: u32(b, at + 20),
    })
  }
  return reports
}

/** §6.5: each chunk is an SSRC and items, closed by a zero and filled to 32 bits. */
const chunksAt = (b: Uint8Array, start: number, end: number, count: number) => {
  const chunks: { ssrc: number; items: SdesItem[] }[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + 4 > end)
      throw new WireError('rtcp.length', 'a source description is cut short', { at, spec: 'RFC 3550 §6.5' })
    const ssrc = u32(b, at)
    const items: SdesItem[] = []
    at += 4
    // Tolerates: cameras whose description ends without the closing zero, though §6.5 wants one.
    while (at < end && u8(b, at) !== 0) {
      const itemEnd = at + 2 <= end ? at + 2 + u8(b, at + 1) : end + 1
      if (itemEnd > end) throw new WireError('rtcp.length', 'an item runs past the end', { at, spec: 'RFC 3550 §6.5' })
      items.push({ type: u8(b, at), text: fromUtf8(b.subarray(at + 2, itemEnd)) })
      at = itemEnd
    }
    at += 4 - ((at - start) % 4)
    chunks.push({ ssrc, items })
  }
  return chunks
}

const byeAt = (b: Uint8Array, at: number, end: number, count: number): RtcpPacket => {
  need(b, at, end, 4 + 4 * count)
  const sources: number[] = []
  for (let i = 0; i < count; i++) sources.push(u32(b, at + 4 + 4 * i))
  const reasonAt = at + 4 + 4 * count
  if (reasonAt >= end) return { kind: 'bye', sources }
  const reasonEnd = reasonAt + 1 + u8(b, reasonAt)
  if (reasonEnd > end)
    throw new WireError('rtcp.length', 'the reason runs past the end', { at: reasonAt, spec: 'RFC 3550 §6.6' })
  return { kind: 'bye', sources, reason: fromUtf8(b.subarray(reasonAt + 1, reasonEnd)) }
}
