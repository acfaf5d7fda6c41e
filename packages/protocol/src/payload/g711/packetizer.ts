// SPDX-License-Identifier: Apache-2.0
/** G.711 into RTP, RFC 3551 §4.5.14: bytes as they are; 8000 a second, so a packet's length is also its duration. */
import { PacketWriter } from '../packet-writer.ts'
import type { Packetizer, PacketizerOptions } from '../unit.ts'

export class G711Packetizer implements Packetizer {
  readonly #writer: PacketWriter

  constructor(options: PacketizerOptions) {
    this.#writer = new PacketWriter(options)
  }

  get sequence(): number {
    return this.#writer.sequence
  }

  /** No marker: RFC 3551 §4.1 keeps it for the first packet after silence, and cameras do not pause. */
  packetize(unit: { readonly data: readonly Uint8Array[] }, timestamp: number): Uint8Array[] {
    const room = this.#writer.roomBytes
    const packets: Uint8Array[] = []
    for (const bytes of unit.data)
      for (let at = 0; at < bytes.length; at += room) {
        const piece = bytes.subarray(at, at + room)
        packets.push(...this.#writer.write([piece], timestamp, false))
        timestamp = (timestamp + piece.length) >>> 0
      }
    return packets
  }
}
