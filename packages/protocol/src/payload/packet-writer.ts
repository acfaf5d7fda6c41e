// SPDX-License-Identifier: Apache-2.0
/** The half of a packetizer that all formats share: sequence numbers and the RTP header (RFC 3550 §5.1). */
import { Defect } from '../base/errors.ts'
import { encodeRtp } from '../rtp/packet.ts'
import type { PacketizerOptions } from './unit.ts'

const RTP_HEADER_BYTES = 12
/** Less room than this cannot hold a fragment of every format. */
const MIN_PACKET_BYTES = 64

export class PacketWriter {
  /** The longest payload. */
  readonly roomBytes: number
  readonly #payloadType: number
  readonly #ssrc: number
  #sequence: number

  constructor(options: PacketizerOptions) {
    if (options.maxPacketBytes < MIN_PACKET_BYTES)
      throw new Defect(
        `packets of ${options.maxPacketBytes} bytes have no room; at least ${MIN_PACKET_BYTES} are needed`,
      )
    this.roomBytes = options.maxPacketBytes - RTP_HEADER_BYTES
    this.#payloadType = options.payloadType
    this.#ssrc = options.ssrc
    this.#sequence = options.sequence & 0xffff
  }

  get sequence(): number {
    return this.#sequence
  }

  /** One packet around each payload; the marker on the last when `isMarked`. */
  write(payloads: readonly Uint8Array[], timestamp: number, isMarked: boolean): Uint8Array[] {
    const last = payloads.length - 1
    return payloads.map((payload, i) => {
      const sequence = this.#sequence
      this.#sequence = (sequence + 1) & 0xffff
      return encodeRtp({
        payloadType: this.#payloadType,
        sequence,
        timestamp,
        ssrc: this.#ssrc,
        marker: isMarked && i === last,
        payload,
      })
    })
  }
}
