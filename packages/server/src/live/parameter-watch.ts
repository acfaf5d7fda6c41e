// SPDX-License-Identifier: Apache-2.0
/**
 * Parameter sets that travel with the pictures, H.264 (RFC 6184 §5.4) and H.265 (RFC 7798 §4.4): a camera that is set to
 * another size goes on in the same stream, and only its key pictures say so. Looks at the packets before the first slice
 * of a key picture, without putting anything together.
 */
import { sameBytes, u8, u16 } from '@openhmp/protocol/base'
import { isRtcp, type MediaUnit, payloadStart } from '@openhmp/protocol/rtp'
import { describeMedia, formatStreamSdp, type MediaDescription, parseSdp } from '@openhmp/protocol/sdp'

/** Packets of a key picture that are looked at. */
const MAX_PACKETS = 16
/** Sets of one picture that are kept; a stream has two or three. */
const MAX_SETS = 8

type Kind = 'sequence' | 'other' | 'aggregate' | 'slice'

const h264 = { aggregateHeader: 1, kindOf: (nal: Uint8Array): Kind => h264Kinds[u8(nal, 0) & 31] ?? 'slice' }
const h265 = { aggregateHeader: 2, kindOf: (nal: Uint8Array): Kind => h265Kinds[(u8(nal, 0) >> 1) & 63] ?? 'slice' }
/** SPS and PPS, STAP-A; delimiters and SEI are passed over. */
const h264Kinds: Readonly<Record<number, Kind>> = { 7: 'sequence', 8: 'other', 24: 'aggregate' }
/** VPS, SPS and PPS, aggregation packets. */
const h265Kinds: Readonly<Record<number, Kind>> = { 32: 'other', 33: 'sequence', 34: 'other', 48: 'aggregate' }
const PASSED_OVER = { h264: new Set([6, 9]), h265: new Set([35, 39, 40]) }

const kindOf = (nal: Uint8Array, codec: 'h264' | 'h265'): Kind => (codec === 'h264' ? h264 : h265).kindOf(nal)

/** Of one stream, from one description on. */
export class ParameterWatch {
  readonly #media: readonly MediaDescription[]
  readonly #codec: 'h264' | 'h265' | undefined
  #known: readonly Uint8Array[]

  constructor(sdp: string) {
    this.#media = describeMedia(parseSdp(sdp))
    const video = this.#media.find(({ kind }) => kind === 'video')
    this.#codec = video?.codec === 'h264' || video?.codec === 'h265' ? video.codec : undefined
    this.#known = video?.parameterSets.filter((nal) => nal.length > 0) ?? []
  }

  /**
   * Looks at a unit; anything but a key picture costs nothing. Gives the description that is in force from this unit on,
   * when its parameter sets are not those known; `isChange` tells whether others were known before.
   */
  heed(unit: MediaUnit): { sdp: string; isChange: boolean } | undefined {
    if (!unit.isKey || unit.kind !== 'video' || this.#codec === undefined) return undefined
    const found = setsIn(unit.payload, this.#codec)
    const fresh = found.filter((set) => !this.#known.some((known) => sameBytes(known, set)))
    if (fresh.length === 0) return undefined
    const isSequence = (set: Uint8Array) => kindOf(set, this.#codec!) === 'sequence'
    const isChange = this.#known.some(isSequence)
    if (fresh.some(isSequence)) this.#known = found
    // Of one number, the later counts; both are kept, for a camera that goes to and fro between them.
    else if (isChange) this.#known = [...this.#known, ...fresh].slice(-MAX_SETS)
    else return undefined
    return { sdp: this.#describe(this.#known), isChange }
  }

  /** Without the size that the camera told before: it is in the sets. */
  #describe(parameterSets: readonly Uint8Array[]): string {
    return formatStreamSdp(
      this.#media.flatMap(({ codec, kind, payloadType, ...rest }) => {
        if (!codec) return []
        return [{ codec, payloadType, parameterSets: kind === 'video' ? parameterSets : rest.parameterSets }]
      }),
    )
  }
}

/** The bytes are copied: they are kept beyond the call. */
const setsIn = (payload: Uint8Array, codec: 'h264' | 'h265'): Uint8Array[] => {
  const { aggregateHeader } = codec === 'h264' ? h264 : h265
  const sets: Uint8Array[] = []
  const typeOf = (nal: Uint8Array) => (codec === 'h264' ? u8(nal, 0) & 31 : (u8(nal, 0) >> 1) & 63)
  /** False at the first slice. */
  const take = (nal: Uint8Array): boolean => {
    if (nal.length < 2) return true
    const kind = kindOf(nal, codec)
    if (kind === 'slice') return PASSED_OVER[codec].has(typeOf(nal))
    if (kind === 'aggregate') {
      for (let at = aggregateHeader; at + 2 <= nal.length; ) {
        const next = at + 2 + u16(nal, at)
        if (next > nal.length || !take(nal.subarray(at + 2, next))) return false
        at = next
      }
      return true
    }
    if (sets.length >= MAX_SETS) return false
    sets.push(nal.slice())
    return true
  }
  for (let at = 0, packets = 0; at + 2 <= payload.length && packets < MAX_PACKETS; packets++) {
    const next = at + 2 + u16(payload, at)
    if (next > payload.length) break
    const packet = payload.subarray(at + 2, next)
    at = next
    if (isRtcp(packet)) continue
    const start = payloadStart(packet)
    if (start < 0 || !take(packet.subarray(start))) break
  }
  return sets
}
