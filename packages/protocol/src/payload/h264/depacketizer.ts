// SPDX-License-Identifier: Apache-2.0
/**
 * H.264 out of RTP, RFC 6184, packetization modes 0 and 1: single NAL units, STAP-A, FU-A. The interleaved mode's
 * packets (STAP-B, MTAP, FU-B) are refused by name.
 */
import { u16 } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import type { RtpPacket } from '../../rtp/packet.ts'
import type { AccessUnit, Depacketizer, DepacketizerOptions } from '../unit.ts'
import type { NalRules } from '../unit-builder.ts'
import { UnitBuilder } from '../unit-builder.ts'
import { isSlice, NalType, nalType } from './nal-type.ts'

const rules: NalRules = {
  codec: 'h264',
  isSlice: (nal) => isSlice(nalType(nal[0]!)),
  isKey: (nal) => nalType(nal[0]!) === NalType.idr,
  parameterKind(nal) {
    const type = nalType(nal[0]!)
    return type === NalType.sps ? 1 : type === NalType.pps ? 2 : -1
  },
  startsUnit(payload) {
    if (payload.length === 0) return false
    const type = nalType(payload[0]!)
    const first = type === NalType.stapA && payload.length > 3 ? nalType(payload[3]!) : type
    return first === NalType.accessUnitDelimiter || first === NalType.sps
  },
}

export class H264Depacketizer implements Depacketizer {
  readonly #unit: UnitBuilder

  constructor(options: DepacketizerOptions = {}) {
    this.#unit = new UnitBuilder(rules, options.parameterSets)
  }

  push(packet: RtpPacket): void {
    const unit = this.#unit
    unit.begin(packet)
    try {
      this.#read(packet.payload)
    } catch (error) {
      unit.damage()
      unit.end(packet.marker)
      throw error
    }
    unit.end(packet.marker)
  }

  #read(payload: Uint8Array): void {
    if (payload.length === 0) throw new WireError('h264.short', 'an empty payload', { at: 0, spec: 'RFC 6184 §5.3' })
    const type = nalType(payload[0]!)
    if (type >= 1 && type <= 23) this.#unit.add(payload)
    else if (type === NalType.stapA) this.#readAggregate(payload)
    else if (type === NalType.fuA) this.#readFragment(payload)
    else if (type >= NalType.stapB && type <= NalType.fuB)
      throw new WireError('h264.interleaved', `packet type ${type} of the interleaved mode`, {
        at: 0,
        spec: 'RFC 6184 §6.4',
      })
    else throw new WireError('h264.type', `reserved packet type ${type}`, { at: 0, spec: 'RFC 6184 §5.4' })
  }

  /**
   * STAP-A, RFC 6184 §5.7.1: `|F|NRI| 24 |` then for each unit 16 bits of size and the unit.
   */
  #readAggregate(payload: Uint8Array): void {
    let at = 1
    do {
      const size = at + 2 <= payload.length ? u16(payload, at) : 0
      if (size === 0 || at + 2 + size > payload.length)
        throw new WireError('h264.stap', 'an aggregated unit runs past the end', { at, spec: 'RFC 6184 §5.7.1' })
      const nal = payload.subarray(at + 2, at + 2 + size)
      if (nalType(nal[0]!) === 0 || nalType(nal[0]!) > 23)
        throw new WireError('h264.stap', 'a packet inside a packet', { at: at + 2, spec: 'RFC 6184 §5.7.1' })
      this.#unit.add(nal)
      at += 2 + size
    } while (at < payload.length)
  }

  /**
   * FU-A, RFC 6184 §5.8: `|F|NRI| 28 |S|E|R| Type |` and a piece. The unit's header is made of F, NRI and Type.
   */
  #readFragment(payload: Uint8Array): void {
    const spec = 'RFC 6184 §5.8'
    if (payload.length < 3) throw new WireError('h264.fu', 'a fragment of nothing', { at: payload.length, spec })
    const isStart = (payload[1]! & 0x80) !== 0
    const isEnd = (payload[1]! & 0x40) !== 0
    if (isStart && isEnd) throw new WireError('h264.fu', 'one fragment that is both first and last', { at: 1, spec })
    const header = (payload[0]! & 0xe0) | (payload[1]! & 0x1f)
    if (nalType(header) === 0 || nalType(header) > 23)
      throw new WireError('h264.fu', `a fragment of packet type ${nalType(header)}`, { at: 1, spec })
    const piece = payload.subarray(2)
    if (isStart) {
      this.#unit.startFragments(Uint8Array.of(header), piece)
      return
    }
    if (this.#unit.isGathering && nalType(this.#unit.gatheredHeader) !== nalType(header))
      throw new WireError('h264.fu', 'a fragment of another type than the first', { at: 1, spec })
    this.#unit.addFragment(piece, isEnd)
  }

  markLoss(): void {
    this.#unit.markLoss()
  }

  take(): AccessUnit | undefined {
    return this.#unit.take()
  }

  flush(): void {
    this.#unit.flush()
  }

  get parameterSets(): readonly Uint8Array[] {
    return this.#unit.parameterSets
  }
}
