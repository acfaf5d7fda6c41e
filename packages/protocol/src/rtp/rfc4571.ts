// SPDX-License-Identifier: Apache-2.0
/** RTP and RTCP packets one behind the other, each after its 16-bit length: RFC 4571 §2. What HMP's media payloads hold. */
import { put16, u16 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { MAX_RTP_PACKET_BYTES } from './packet.ts'

/** Most packets that one payload may hold: a picture of 4 MiB in packets of 256 bytes. */
export const MAX_FRAMED_PACKETS = 16_384

const spec = 'RFC 4571 §2'

/** Frames packets into one new array. Throws `WireError` `rtp.frame` for a packet over 65535 bytes, or too many. */
export const frame4571 = (packets: readonly Uint8Array[]): Uint8Array => {
  if (packets.length > MAX_FRAMED_PACKETS) throw new WireError('rtp.frame', `${packets.length} packets`, { spec })
  let length = 0
  for (const packet of packets) {
    if (packet.length > MAX_RTP_PACKET_BYTES)
      throw new WireError('rtp.frame', `packet of ${packet.length} bytes`, { spec })
    length += 2 + packet.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const packet of packets) {
    put16(bytes, at, packet.length)
    bytes.set(packet, at + 2)
    at += 2 + packet.length
  }
  return bytes
}

/**
 * The packets, as views in order; packets of no bytes (keep-alives) are left out. Throws `WireError` `rtp.frame` when
 * the last is cut short, or there are too many.
 */
export const split4571 = (bytes: Uint8Array): Uint8Array[] => {
  const packets: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 2 <= bytes.length ? at + 2 + u16(bytes, at) : Number.POSITIVE_INFINITY
    if (end > bytes.length) throw new WireError('rtp.frame', 'the last packet is cut short', { at, spec })
    if (packets.length === MAX_FRAMED_PACKETS)
      throw new WireError('rtp.frame', `more than ${MAX_FRAMED_PACKETS} packets`, { at, spec })
    if (end > at + 2) packets.push(bytes.subarray(at + 2, end))
    at = end
  }
  return packets
}
