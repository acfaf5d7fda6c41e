// SPDX-License-Identifier: Apache-2.0
/** Writes what two sides said over TCP as a pcap file, so that Wireshark can read talks that never touched a network card. */

/** One piece of bytes, in the order in which it was seen. */
export interface Said {
  readonly byClient: boolean
  readonly bytes: Uint8Array
}

/** Longest TCP payload that is written in one segment. */
const SEGMENT_BYTES = 1400
const LINKTYPE_RAW_IPV4 = 228
const SYN = 0x02
const ACK = 0x10
const PSH_ACK = 0x18

/** A capture file (classic pcap, raw IPv4) of one connection to `port`. */
export const pcapOf = (talk: readonly Said[], port: number): Buffer => {
  const parts: Buffer[] = [fileHeader()]
  const sequence = { client: 1000, server: 9000 }
  let micros = 0
  const segment = (byClient: boolean, flags: number, payload: Uint8Array) => {
    const from = byClient ? 'client' : 'server'
    const to = byClient ? 'server' : 'client'
    const packet = ipPacket({ byClient, port, flags, payload, sequence: sequence[from], acknowledged: sequence[to] })
    const head = Buffer.alloc(16)
    micros += 100
    head.writeUInt32LE(1_795_410_000 + Math.floor(micros / 1e6), 0)
    head.writeUInt32LE(micros % 1e6, 4)
    head.writeUInt32LE(packet.length, 8)
    head.writeUInt32LE(packet.length, 12)
    parts.push(head, packet)
    sequence[from] += payload.length + (flags & SYN ? 1 : 0)
  }
  const nothing = new Uint8Array(0)
  segment(true, SYN, nothing)
  segment(false, SYN | ACK, nothing)
  segment(true, ACK, nothing)
  for (const { byClient, bytes } of talk)
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES)
      segment(byClient, PSH_ACK, bytes.subarray(at, at + SEGMENT_BYTES))
  return Buffer.concat(parts)
}

const fileHeader = (): Buffer => {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(65_535, 16)
  head.writeUInt32LE(LINKTYPE_RAW_IPV4, 20)
  return head
}

interface Segment {
  readonly byClient: boolean
  readonly port: number
  readonly flags: number
  readonly sequence: number
  readonly acknowledged: number
  readonly payload: Uint8Array
}

/** IPv4 and TCP headers of 20 bytes each; checksums are left 0, which Wireshark does not mind by default. */
const ipPacket = ({ byClient, port, flags, sequence, acknowledged, payload }: Segment): Buffer => {
  const head = Buffer.alloc(40)
  head[0] = 0x45
  head.writeUInt16BE(40 + payload.length, 2)
  head[8] = 64
  head[9] = 6
  head.set(byClient ? [192, 0, 2, 1, 192, 0, 2, 2] : [192, 0, 2, 2, 192, 0, 2, 1], 12)
  head.writeUInt16BE(byClient ? 50_000 : port, 20)
  head.writeUInt16BE(byClient ? port : 50_000, 22)
  head.writeUInt32BE(sequence, 24)
  head.writeUInt32BE(flags === SYN ? 0 : acknowledged, 28)
  head[32] = 0x50
  head[33] = flags
  head.writeUInt16BE(65_535, 34)
  return Buffer.concat([head, payload])
}
