// SPDX-License-Identifier: Apache-2.0
/** G.711 out of RTP, RFC 3551 §4.5.14: every packet is a unit. Loss shows as a jump of the timestamp, not as damage. */
import { WireError } from '../../base/errors.ts'
import type { RtpPacket } from '../../rtp/packet.ts'
import type { AccessUnit, Depacketizer } from '../unit.ts'

export class G711Depacketizer implements Depacketizer {
  readonly parameterSets: readonly Uint8Array[] = []
  readonly #codec: 'pcma' | 'pcmu'
  readonly #finished: AccessUnit[] = []

  constructor(codec: 'pcma' | 'pcmu') {
    this.#codec = codec
  }

  push(packet: RtpPacket): void {
    if (packet.payload.length === 0)
      throw new WireError('g711.short', 'a packet without samples', { at: 0, spec: 'RFC 3551 §4.5.14' })
    this.#finished.push({
      codec: this.#codec,
      timestamp: packet.timestamp,
      isKey: true,
      isDamaged: false,
      data: [packet.payload],
    })
  }

  markLoss(): void {}

  take(): AccessUnit | undefined {
    return this.#finished.shift()
  }

  flush(): void {}
}
