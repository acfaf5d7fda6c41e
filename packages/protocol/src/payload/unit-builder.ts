// SPDX-License-Identifier: Apache-2.0
/**
 * The half of a depacketizer that H.264 and H.265 share: NAL units and fragments in, access units out. It knows where a
 * unit begins and ends (RFC 6184 §5.1 and RFC 7798 §4.1: the marker, or another timestamp), what was lost, and which
 * parameter sets are in force. The formats above it know the packets.
 */
import { concat, sameBytes } from '../base/bytes.ts'
import type { CodecName } from '../rtp/codec.ts'
import type { RtpPacket } from '../rtp/packet.ts'
import { MAX_UNIT_BYTES } from '../rtp/unit.ts'
import type { AccessUnit } from './unit.ts'
import { MAX_UNIT_PIECES } from './unit.ts'

/** What a codec tells of a NAL unit. */
export interface NalRules {
  readonly codec: CodecName
  isSlice(nal: Uint8Array): boolean
  isKey(nal: Uint8Array): boolean
  /** The place of a parameter set in the list (0 first), or -1 for every other unit. */
  parameterKind(nal: Uint8Array): number
  /** True when a payload that begins so can only be the beginning of an access unit. */
  startsUnit(payload: Uint8Array): boolean
}

export class UnitBuilder {
  readonly #rules: NalRules
  readonly #finished: AccessUnit[] = []
  #parameterSets: readonly Uint8Array[]
  #isOpen = false
  #timestamp = 0
  #nals: Uint8Array[] = []
  #bytes = 0
  #fragments: Uint8Array[] | undefined
  #isDamaged = false
  #hasSlice = false
  #isKey = false
  #hasParameterSet = false
  #isLossPending = false

  constructor(rules: NalRules, parameterSets: readonly Uint8Array[] = []) {
    this.#rules = rules
    this.#parameterSets = parameterSets.map(trimParameterSet).filter((nal) => nal.length > 0)
  }

  get parameterSets(): readonly Uint8Array[] {
    return this.#parameterSets
  }

  /** The current packet belongs to this unit, or begins the next. Call before its NAL units. */
  begin(packet: RtpPacket): void {
    if (this.#isOpen && packet.timestamp !== this.#timestamp) {
      // Parameter sets sent under a time of their own belong to the picture after them.
      if (this.#hasSlice || this.#isDamaged || this.#fragments) this.#finish()
      else this.#timestamp = packet.timestamp
    }
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#timestamp = packet.timestamp
      this.#isDamaged = this.#isLossPending && !this.#rules.startsUnit(packet.payload)
    } else if (this.#isLossPending) this.damage()
    this.#isLossPending = false
  }

  /** A whole NAL unit. A fragmented one that was not finished is lost. */
  add(nal: Uint8Array): void {
    if (this.#fragments) this.damage()
    if (!this.#count(nal.length)) return
    this.#keep(nal)
  }

  /** The first piece of a fragmented unit, behind its rebuilt header. */
  startFragments(header: Uint8Array, piece: Uint8Array): void {
    if (this.#fragments) this.damage()
    if (this.#count(header.length + piece.length)) this.#fragments = [header, piece]
  }

  /** True while a fragmented unit is being gathered: the only time when `addFragment` has an effect. */
  get isGathering(): boolean {
    return this.#fragments !== undefined
  }

  /** The first byte of the fragmented unit that is being gathered. */
  get gatheredHeader(): number {
    return this.#fragments?.[0]?.[0] ?? 0
  }

  addFragment(piece: Uint8Array, isLast: boolean): void {
    // A piece without its beginning: the beginning was lost, which the caller may not have seen.
    if (!this.#fragments) {
      this.#isDamaged = true
      return
    }
    if (!this.#count(piece.length)) return
    this.#fragments.push(piece)
    if (!isLast) return
    const whole = concat(this.#fragments)
    this.#fragments = undefined
    this.#keep(whole)
  }

  /** After a packet's units: the marker ends the access unit. */
  end(marker: boolean): void {
    // Tolerates: a marker after parameter sets alone, though RFC 6184 §5.1 sets it on the last packet of a picture.
    if (marker && (this.#hasSlice || this.#isDamaged || this.#fragments)) this.#finish()
  }

  /** Something of the unit at hand is missing. */
  damage(): void {
    this.#isDamaged = true
    this.#fragments = undefined
  }

  markLoss(): void {
    this.#isLossPending = true
  }

  flush(): void {
    if (this.#isOpen) this.#finish()
  }

  take(): AccessUnit | undefined {
    return this.#finished.shift()
  }

  #count(bytes: number): boolean {
    this.#bytes += bytes
    const pieces = this.#nals.length + (this.#fragments?.length ?? 0)
    if (this.#bytes <= MAX_UNIT_BYTES && pieces < MAX_UNIT_PIECES) return true
    this.damage()
    return false
  }

  #keep(nal: Uint8Array): void {
    this.#nals.push(nal)
    if (this.#rules.isSlice(nal)) {
      this.#hasSlice = true
      if (this.#rules.isKey(nal)) this.#isKey = true
    } else if (this.#rules.parameterKind(nal) >= 0) this.#hasParameterSet = true
  }

  #finish(): void {
    const isDamaged = this.#isDamaged || this.#isLossPending || this.#fragments !== undefined
    const changed = this.#hasParameterSet ? this.#adoptParameterSets() : undefined
    const unit = {
      codec: this.#rules.codec,
      timestamp: this.#timestamp,
      isKey: this.#isKey,
      isDamaged,
      data: this.#nals,
    }
    if (this.#nals.length > 0 || isDamaged) this.#finished.push(changed ? { ...unit, parameterSets: changed } : unit)
    this.#isOpen = false
    this.#nals = []
    this.#bytes = 0
    this.#fragments = undefined
    this.#isDamaged = false
    this.#hasSlice = false
    this.#isKey = false
    this.#hasParameterSet = false
  }

  /** A kind of set that this unit brings replaces all of that kind; the others stay. Gives the list when it is new. */
  #adoptParameterSets(): readonly Uint8Array[] | undefined {
    const next: Uint8Array[] = []
    for (let kind = 0; kind < 3; kind++) {
      const isKind = (nal: Uint8Array) => this.#rules.parameterKind(nal) === kind
      const fresh = this.#nals.filter(isKind)
      for (const nal of fresh.length > 0 ? fresh : this.#parameterSets.filter(isKind)) {
        const trimmed = trimParameterSet(nal)
        if (!next.some((known) => sameBytes(known, trimmed))) next.push(trimmed)
      }
    }
    const isSame =
      next.length === this.#parameterSets.length && next.every((nal, i) => sameBytes(nal, this.#parameterSets[i]!))
    if (isSame) return undefined
    this.#parameterSets = next.map((nal) => nal.slice())
    return this.#parameterSets
  }
}

/**
 * Tolerates: Hikvision cameras whose `sprop-parameter-sets` has filler after a run of zeros, though a NAL unit never
 * holds three zeros nor ends in one (H.264 §7.4.1).
 */
function trimParameterSet(nal: Uint8Array): Uint8Array {
  let end = nal.length
  for (let at = 2; at < nal.length; at++)
    if (nal[at] === 0 && nal[at - 1] === 0 && nal[at - 2] === 0) {
      end = at - 2
      break
    }
  while (end > 0 && nal[end - 1] === 0) end--
  return nal.subarray(0, end)
}
