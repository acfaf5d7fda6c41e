// SPDX-License-Identifier: Apache-2.0
/** Media inside the RTSP connection, RFC 2326 §10.12: `$`, channel, 16-bit length, packet. Writing only; see splitter.ts. */
import { put16 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'

/** The byte that opens an interleaved frame. */
export const DOLLAR = 0x24
/** Bytes before the packet. */
export const INTERLEAVED_HEADER_BYTES = 4
const MAX_PACKET_BYTES = 0xffff

/**
 * Frames packets for one channel into one array, so that a whole picture is one write. Throws `WireError`
 * `rtsp.interleaved` for a packet over 65535 bytes.
 */
export const encodeInterleaved = (channel: number, packets: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const packet of packets) {
    if (packet.length > MAX_PACKET_BYTES)
      throw new WireError('rtsp.interleaved', `packet of ${packet.length} bytes`, { spec: 'RFC 2326 §10.12' })
    length += INTERLEAVED_HEADER_BYTES + packet.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const packet of packets) {
    bytes[at] = DOLLAR
    bytes[at + 1] = channel
    put16(bytes, at + 2, packet.length)
    bytes.set(packet, at + INTERLEAVED_HEADER_BYTES)
    at += INTERLEAVED_HEADER_BYTES + packet.length
  }
  return bytes
}
