// SPDX-License-Identifier: Apache-2.0
/** H.265 into RTP, RFC 7798: single NAL units, fragmentation units for the long (§4.4.3), aggregation packets on demand (§4.4.2). */
import { put16 } from '../../base/bytes.ts'
import { PacketWriter } from '../packet-writer.ts'
import type { Packetizer, PacketizerOptions } from '../unit.ts'
import { NalType } from './nal-type.ts'

export class H265Packetizer implements Packetizer {
  readonly #writer: PacketWriter
  readonly #isAggregating: boolean

  constructor(options: PacketizerOptions) {
    this.#writer = new PacketWriter(options)
    this.#isAggregating = options.isAggregating ?? false
  }

  get sequence(): number {
    return this.#writer.sequence
  }

  packetize(unit: { readonly data: readonly Uint8Array[] }, timestamp: number): Uint8Array[] {
    const room = this.#writer.roomBytes
    const payloads: Uint8Array[] = []
    let small: Uint8Array[] = []
    let smallBytes = 2
    const flush = () => {
      if (small.length === 1) payloads.push(small[0]!)
      else if (small.length > 1) payloads.push(aggregate(small, smallBytes))
      small = []
      smallBytes = 2
    }
    for (const nal of unit.data) {
      if (nal.length < 2) continue // not even a header
      if (!this.#isAggregating || smallBytes + 2 + nal.length > room) flush()
      if (this.#isAggregating && 4 + nal.length <= room) {
        small.push(nal)
        smallBytes += 2 + nal.length
      } else if (nal.length <= room) payloads.push(nal)
      else fragment(nal, room - 3, payloads)
    }
    flush()
    return this.#writer.write(payloads, timestamp, true)
  }
}

function fragment(nal: Uint8Array, room: number, payloads: Uint8Array[]): void {
  const type = (nal[0]! >> 1) & 0x3f
  for (let at = 2; at < nal.length; at += room) {
    const piece = nal.subarray(at, at + room)
    const payload = new Uint8Array(3 + piece.length)
    payload[0] = (nal[0]! & 0x81) | (NalType.fu << 1)
    payload[1] = nal[1]!
    payload[2] = type | (at === 2 ? 0x80 : 0) | (at + room >= nal.length ? 0x40 : 0)
    payload.set(piece, 3)
    payloads.push(payload)
  }
}

/** F is the greatest, layer and temporal id the lowest of the units' (§4.4.2). */
function aggregate(nals: readonly Uint8Array[], length: number): Uint8Array {
  const payload = new Uint8Array(length)
  let forbidden = 0
  let layer = 63
  let temporal = 7
  let at = 2
  for (const nal of nals) {
    forbidden |= nal[0]! & 0x80
    layer = Math.min(layer, ((nal[0]! & 1) << 5) | (nal[1]! >> 3))
    temporal = Math.min(temporal, nal[1]! & 7)
    put16(payload, at, nal.length)
    payload.set(nal, at + 2)
    at += 2 + nal.length
  }
  payload[0] = forbidden | (NalType.ap << 1) | (layer >> 5)
  payload[1] = ((layer & 31) << 3) | temporal
  return payload
}
