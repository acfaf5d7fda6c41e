// SPDX-License-Identifier: Apache-2.0
/**
 * H.265 out of RTP, RFC 7798: single NAL units (§4.4.1), aggregation packets (§4.4.2), fragmentation units (§4.4.3).
 * Decoding order numbers (sprop-max-don-diff above 0) and PACI packets (§4.4.4) are not read: no camera was seen with them.
 */
import { u16 } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import type { RtpPacket } from '../../rtp/packet.ts'
import type { AccessUnit, Depacketizer, DepacketizerOptions } from '../unit.ts'
import type { NalRules } from '../unit-builder.ts'
import { UnitBuilder } from '../unit-builder.ts'
import { isIrap, isSlice, NalType, nalType } from './nal-type.ts'

const rules: NalRules = {
  codec: 'h265',
  isSlice: (nal) => isSlice(nalType(nal[0]!)),
  isKey: (nal) => isIrap(nalType(nal[0]!)),
  parameterKind(nal) {
    const type = nalType(nal[0]!)
    return type >= NalType.vps && type <= NalType.pps ? type - NalType.vps : -1
  },
  startsUnit(payload) {
    if (payload.length === 0) return false
    const type = nalType(payload[0]!)
    const first = type === NalType.ap && payload.length > 4 ? nalType(payload[4]!) : type
    return first === NalType.accessUnitDelimiter || first === NalType.vps
  },
}

export class H265Depacketizer implements Depacketizer {
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
    if (payload.length < 2)
      throw new WireError('h265.short', 'no room for a header', { at: payload.length, spec: 'RFC 7798 §4.2' })
    const type = nalType(payload[0]!)
    if (type < NalType.ap) this.#unit.add(payload)
    else if (type === NalType.ap) this.#readAggregate(payload)
    else if (type === NalType.fu) this.#readFragment(payload)
    else throw new WireError('h265.type', `packet type ${type} is not read`, { at: 0, spec: 'RFC 7798 §4.4' })
  }

  /** AP, §4.4.2: two bytes of header, then for each unit 16 bits of size and the unit. */
  #readAggregate(payload: Uint8Array): void {
    let at = 2
    do {
      const size = at + 2 <= payload.length ? u16(payload, at) : 0
      if (size < 2 || at + 2 + size > payload.length)
        throw new WireError('h265.ap', 'an aggregated unit runs past the end', { at, spec: 'RFC 7798 §4.4.2' })
      const nal = payload.subarray(at + 2, at + 2 + size)
      if (nalType(nal[0]!) >= NalType.ap)
        throw new WireError('h265.ap', 'a packet inside a packet', { at: at + 2, spec: 'RFC 7798 §4.4.2' })
      this.#unit.add(nal)
      at += 2 + size
    } while (at < payload.length)
  }

  /** FU, §4.4.3: two bytes of header with type 49, `|S|E| FuType |`, a piece. The unit's own type replaces the 49. */
  #readFragment(payload: Uint8Array): void {
    const spec = 'RFC 7798 §4.4.3'
    if (payload.length < 4) throw new WireError('h265.fu', 'a fragment of nothing', { at: payload.length, spec })
    const isStart = (payload[2]! & 0x80) !== 0
    const isEnd = (payload[2]! & 0x40) !== 0
    const type = payload[2]! & 0x3f
    if (isStart && isEnd) throw new WireError('h265.fu', 'one fragment that is both first and last', { at: 2, spec })
    if (type >= NalType.ap) throw new WireError('h265.fu', `a fragment of packet type ${type}`, { at: 2, spec })
    const piece = payload.subarray(3)
    if (isStart) {
      const header = Uint8Array.of((payload[0]! & 0x81) | (type << 1), payload[1]!)
      this.#unit.startFragments(header, piece)
      return
    }
    if (this.#unit.isGathering && nalType(this.#unit.gatheredHeader) !== type)
      throw new WireError('h265.fu', 'a fragment of another type than the first', { at: 2, spec })
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
