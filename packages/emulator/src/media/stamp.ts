// SPDX-License-Identifier: Apache-2.0
/**
 * What differs between the sessions that send the same packets: SSRC, sequence number, and the timestamp of this
 * camera's loop. A unit is written into one new array, whole, so that a carrier makes one write of it.
 */
import { put16, put32 } from '@openhmp/protocol/base'
import type { LiveUnit } from './live.ts'

/** One RTP stream going out. Counts what a sender report must tell (RFC 3550 §6.4.1). */
export class RtpStamp {
  readonly ssrc: number
  /** The next packet's. */
  sequence: number
  packets = 0
  /** Payload bytes, headers apart. */
  octets = 0
  /** Of the unit sent last: what a sender report pairs with `lastWallMs`. */
  lastTimestamp = 0
  lastWallMs = 0

  constructor(ssrc: number, sequence: number) {
    this.ssrc = ssrc >>> 0
    this.sequence = sequence & 0xffff
  }

  /** Each packet on its own (UDP). */
  datagrams(unit: LiveUnit): Uint8Array[] {
    return unit.packets.map((packet) => {
      const bytes = packet.slice()
      this.#put(bytes, 0, unit.timestamp, packet.length)
      return this.#count(unit, bytes)
    })
  }

  /** All packets as interleaved frames (RFC 2326 §10.12): `$`, channel, length, packet. */
  interleaved(unit: LiveUnit, channel: number): Uint8Array {
    return this.#write(unit, 4, (bytes, at, length) => {
      bytes[at] = 0x24
      bytes[at + 1] = channel
      put16(bytes, at + 2, length)
    })
  }

  /** All packets in RFC 4571 framing: length, packet. The payload of a `MediaUnit`. */
  framed(unit: LiveUnit): Uint8Array {
    return this.#write(unit, 2, put16)
  }

  #write(unit: LiveUnit, prefix: number, frame: (bytes: Uint8Array, at: number, length: number) => void): Uint8Array {
    let size = 0
    for (const packet of unit.packets) size += prefix + packet.length
    const bytes = new Uint8Array(size)
    let at = 0
    for (const packet of unit.packets) {
      frame(bytes, at, packet.length)
      at += prefix
      bytes.set(packet, at)
      this.#put(bytes, at, unit.timestamp, packet.length)
      at += packet.length
    }
    return this.#count(unit, bytes)
  }

  /** The header's own fields; the templates hold 12 bytes of it, without contributing sources. */
  #put(bytes: Uint8Array, at: number, timestamp: number, length: number): void {
    put16(bytes, at + 2, this.sequence)
    put32(bytes, at + 4, timestamp)
    put32(bytes, at + 8, this.ssrc)
    this.sequence = (this.sequence + 1) & 0xffff
    this.packets++
    this.octets += length - 12
  }

  #count<T>(unit: LiveUnit, value: T): T {
    this.lastTimestamp = unit.timestamp
    this.lastWallMs = unit.wallMs
    return value
  }
}
