// SPDX-License-Identifier: Apache-2.0
/** H.264 into RTP, RFC 6184: single NAL units (§5.6), FU-A for the long (§5.8), STAP-A for the small on demand (§5.7.1). */
import { put16 } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import { PacketWriter } from '../packet-writer.ts'
import type { Packetizer, PacketizerOptions } from '../unit.ts'
import { NalType } from './nal-type.ts'

export class H264Packetizer implements Packetizer {
  readonly #writer: PacketWriter
  readonly #mode: 0 | 1
  readonly #isAggregating: boolean

  constructor(options: PacketizerOptions) {
    this.#writer = new PacketWriter(options)
    this.#mode = options.packetizationMode ?? 1
    this.#isAggregating = this.#mode === 1 && (options.isAggregating ?? false)
  }

  get sequence(): number {
    return this.#writer.sequence
  }

  /** Throws WireError `h264.long` in mode 0, which has no fragments, for a unit that does not fit. */
  packetize(unit: { readonly data: readonly Uint8Array[] }, timestamp: number): Uint8Array[] {
    const room = this.#writer.roomBytes
    const payloads: Uint8Array[] = []
    let small: Uint8Array[] = []
    let smallBytes = 1
    const flush = () => {
      if (small.length === 1) payloads.push(small[0]!)
      else if (small.length > 1) payloads.push(aggregate(small, smallBytes))
      small = []
      smallBytes = 1
    }
    for (const nal of unit.data) {
      if (nal.length === 0) continue
      if (!this.#isAggregating || smallBytes + 2 + nal.length > room) flush()
      if (this.#isAggregating && 3 + nal.length <= room) {
        small.push(nal)
        smallBytes += 2 + nal.length
      } else if (nal.length <= room) payloads.push(nal)
      else this.#fragment(nal, payloads)
    }
    flush()
    return this.#writer.write(payloads, timestamp, true)
  }

  #fragment(nal: Uint8Array, payloads: Uint8Array[]): void {
    if (this.#mode === 0)
      throw new WireError('h264.long', `a unit of ${nal.length} bytes does not fit a packet of mode 0`, {
        spec: 'RFC 6184 §6.2',
      })
    const header = nal[0]!
    const room = this.#writer.roomBytes - 2
    for (let at = 1; at < nal.length; at += room) {
      const piece = nal.subarray(at, at + room)
      const payload = new Uint8Array(2 + piece.length)
      payload[0] = (header & 0xe0) | NalType.fuA
      payload[1] = (header & 0x1f) | (at === 1 ? 0x80 : 0) | (at + room >= nal.length ? 0x40 : 0)
      payload.set(piece, 2)
      payloads.push(payload)
    }
  }
}

/** The aggregate's F and NRI are the greatest of its units' (§5.7.1, table 6). */
function aggregate(nals: readonly Uint8Array[], length: number): Uint8Array {
  const payload = new Uint8Array(length)
  let forbidden = 0
  let importance = 0
  let at = 1
  for (const nal of nals) {
    forbidden |= nal[0]! & 0x80
    importance = Math.max(importance, nal[0]! & 0x60)
    put16(payload, at, nal.length)
    payload.set(nal, at + 2)
    at += 2 + nal.length
  }
  payload[0] = forbidden | importance | NalType.stapA
  return payload
}
