// SPDX-License-Identifier: Apache-2.0
/** Values -> RTCP packets, RFC 3550 §6. Several joined one behind the other make a compound. */
import { put16, put24, put32, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import {
  type Bye,
  type ReceiverReport,
  type ReportBlock,
  RtcpType,
  type SenderReport,
  type SourceDescription,
} from './packet.ts'

/** Most reports, chunks or sources that the 5-bit count can say. */
export const MAX_RTCP_COUNT = 31
const MAX_TEXT_BYTES = 255

const make = (type: number, count: number, length: number): Uint8Array => {
  if (count > MAX_RTCP_COUNT) throw new WireError('rtcp.count', `${count} entries`, { spec: 'RFC 3550 §6.4.1' })
  const bytes = new Uint8Array(length)
  bytes[0] = 0x80 | count
  bytes[1] = type
  put16(bytes, 2, length / 4 - 1)
  return bytes
}

const putReports = (bytes: Uint8Array, start: number, reports: readonly ReportBlock[]): void => {
  for (const [i, report] of reports.entries()) {
    const at = start + 24 * i
    put32(bytes, at, report.ssrc)
    bytes[at + 4] = report.fractionLost
    put24(bytes, at + 5, Math.max(-0x80_0000, Math.min(0x7f_ffff, report.cumulativeLost)))
    put32(bytes, at + 8, report.highestSequence)
    put32(bytes, at + 12, report.jitter)
    put32(bytes, at + 16, report.lastSenderReport)
    put32(bytes, at + 20, report.delaySinceLastSenderReport)
  }
}

const textBytes = (text: string): Uint8Array => {
  const bytes = utf8(text)
  if (bytes.length > MAX_TEXT_BYTES)
    throw new WireError('rtcp.text', `text of ${bytes.length} bytes`, { spec: 'RFC 3550 §6.5' })
  return bytes
}

/** Throws `WireError` `rtcp.count` for more than 31 reports. */
export const encodeSenderReport = (report: Omit<SenderReport, 'kind'>): Uint8Array => {
  const bytes = make(RtcpType.senderReport, report.reports.length, 28 + 24 * report.reports.length)
  put32(bytes, 4, report.ssrc)
  put32(bytes, 8, report.ntpSeconds)
  put32(bytes, 12, report.ntpFraction)
  put32(bytes, 16, report.rtpTimestamp)
  put32(bytes, 20, report.packetCount)
  put32(bytes, 24, report.octetCount)
  putReports(bytes, 28, report.reports)
  return bytes
}

/** Throws `WireError` `rtcp.count` for more than 31 reports. */
export const encodeReceiverReport = (report: Omit<ReceiverReport, 'kind'>): Uint8Array => {
  const bytes = make(RtcpType.receiverReport, report.reports.length, 8 + 24 * report.reports.length)
  put32(bytes, 4, report.ssrc)
  putReports(bytes, 8, report.reports)
  return bytes
}

/** Throws `WireError` `rtcp.count`, `rtcp.text` for a text over 255 bytes. */
export const encodeSdes = (description: Omit<SourceDescription, 'kind'>): Uint8Array => {
  const chunks = description.chunks.map(({ ssrc, items }) => {
    const texts = items.map((item) => textBytes(item.text))
    const length = texts.reduce((sum, text) => sum + 2 + text.length, 4)
    const chunk = new Uint8Array(length + 4 - (length % 4)) // at least one closing zero
    put32(chunk, 0, ssrc)
    let at = 4
    for (const [i, text] of texts.entries()) {
      chunk[at] = items[i]!.type
      chunk[at + 1] = text.length
      chunk.set(text, at + 2)
      at += 2 + text.length
    }
    return chunk
  })
  const bytes = make(RtcpType.description, chunks.length, 4 + chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 4
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Throws `WireError` `rtcp.count`, `rtcp.text` for a reason over 255 bytes. */
export const encodeBye = (bye: Omit<Bye, 'kind'>): Uint8Array => {
  const reason = bye.reason === undefined ? undefined : textBytes(bye.reason)
  const reasonAt = 4 + 4 * bye.sources.length
  const bytes = make(RtcpType.bye, bye.sources.length, reasonAt + (reason ? 4 * Math.ceil((1 + reason.length) / 4) : 0))
  for (const [i, source] of bye.sources.entries()) put32(bytes, 4 + 4 * i, source)
  if (reason) {
    bytes[reasonAt] = reason.length
    bytes.set(reason, reasonAt + 1)
  }
  return bytes
}
