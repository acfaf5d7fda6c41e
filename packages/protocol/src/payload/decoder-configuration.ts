// SPDX-License-Identifier: Apache-2.0
/**
 * The decoder's configuration as MP4 and WebCodecs want it (ISO/IEC 14496-15): avcC (§5.3.3.1) and hvcC (§8.3.3.1), made
 * from parameter sets and taken apart into them. Samples then have four bytes of length before each NAL unit.
 */
import { concat, put16, u16 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { selectParameterSets } from './create.ts'
import { describeSps } from './h265/parameter-sets.ts'

/** Arrays of an hvcC and sets of either: real ones have one to four. */
const MAX_SETS = 64

/** The body of an avcC or hvcC box. Throws WireError when the sets are missing or cannot be read. */
export function encodeDecoderConfiguration(codec: 'h264' | 'h265', nals: readonly Uint8Array[]): Uint8Array {
  return codec === 'h264' ? encodeAvcc(nals) : encodeHvcc(nals)
}

/** Parameter sets and the bytes of length before each NAL unit, from the body of an avcC or hvcC box. */
export function decodeDecoderConfiguration(
  codec: 'h264' | 'h265',
  body: Uint8Array,
): { readonly parameterSets: Uint8Array[]; readonly lengthBytes: number } {
  return codec === 'h264' ? decodeAvcc(body) : decodeHvcc(body)
}

function encodeAvcc(nals: readonly Uint8Array[]): Uint8Array {
  const sets = selectParameterSets('h264', nals)
  const sps = sets.filter((nal) => (nal[0]! & 31) === 7)
  const pps = sets.filter((nal) => (nal[0]! & 31) === 8)
  const first = sps[0]
  if (!first || first.length < 4 || pps.length === 0)
    throw new WireError('h264.sets', 'an SPS and a PPS are needed', { spec: 'ISO/IEC 14496-15 §5.3.3.1' })
  const head = Uint8Array.of(1, first[1]!, first[2]!, first[3]!, 0xff, 0xe0 | Math.min(31, sps.length))
  const profile = first[1]!
  // Chroma and depth for the high profiles: 4:2:0 and 8 bits, which is all that cameras send.
  const tail = profile === 100 || profile === 110 || profile === 122 || profile === 144 ? [0xfd, 0xf8, 0xf8, 0] : []
  return concat([
    head,
    ...sps.slice(0, 31).flatMap(withLength),
    Uint8Array.of(Math.min(255, pps.length)),
    ...pps.slice(0, 255).flatMap(withLength),
    Uint8Array.from(tail),
  ])
}

function encodeHvcc(nals: readonly Uint8Array[]): Uint8Array {
  const sets = selectParameterSets('h265', nals)
  const kinds = [32, 33, 34].map((type) => ({ type, sets: sets.filter((nal) => nal[0]! >> 1 === type) }))
  const sps = kinds[1]?.sets[0]
  if (!sps || kinds.some((kind) => kind.sets.length === 0))
    throw new WireError('h265.sets', 'a VPS, an SPS and a PPS are needed', { spec: 'ISO/IEC 14496-15 §8.3.3.1' })
  const facts = describeSps(sps)
  const head = new Uint8Array(23)
  head[0] = 1
  head.set(facts.profileTierLevel, 1)
  put16(head, 13, 0xf000) // no minimum of spatial segmentation
  head[15] = 0xfc // parallelism unknown
  head[16] = 0xfc | facts.chromaFormat
  head[17] = 0xf8 | (facts.bitDepthLuma - 8)
  head[18] = 0xf8 | (facts.bitDepthChroma - 8)
  head[21] = (facts.temporalLayers << 3) | (facts.isTemporalIdNested ? 4 : 0) | 3
  head[22] = kinds.length
  const arrays = kinds.flatMap((kind) => [
    Uint8Array.of(0x80 | kind.type, kind.sets.length >> 8, kind.sets.length & 255),
    ...kind.sets.flatMap(withLength),
  ])
  return concat([head, ...arrays])
}

function withLength(nal: Uint8Array): [Uint8Array, Uint8Array] {
  return [Uint8Array.of(nal.length >> 8, nal.length & 255), nal]
}

function decodeAvcc(body: Uint8Array) {
  if (body.length < 7 || body[0] !== 1) throw cut('h264', 0)
  const parameterSets: Uint8Array[] = []
  let at = readSets('h264', body, 6, body[5]! & 31, parameterSets)
  if (at >= body.length) throw cut('h264', at)
  at = readSets('h264', body, at + 1, body[at]!, parameterSets)
  return { parameterSets, lengthBytes: (body[4]! & 3) + 1 }
}

function decodeHvcc(body: Uint8Array) {
  if (body.length < 23 || body[0] !== 1 || body[22]! > MAX_SETS) throw cut('h265', 0)
  const parameterSets: Uint8Array[] = []
  let at = 23
  for (let i = 0; i < body[22]!; i++) {
    if (at + 3 > body.length) throw cut('h265', at)
    const count = u16(body, at + 1)
    if (count > MAX_SETS) throw cut('h265', at)
    at = readSets('h265', body, at + 3, count, parameterSets)
  }
  return { parameterSets, lengthBytes: (body[21]! & 3) + 1 }
}

function readSets(codec: string, body: Uint8Array, from: number, count: number, sets: Uint8Array[]): number {
  let at = from
  for (let i = 0; i < count; i++) {
    const length = at + 2 <= body.length ? u16(body, at) : -1
    if (length < 0 || at + 2 + length > body.length) throw cut(codec, at)
    if (length > 0) sets.push(body.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return at
}

const cut = (codec: string, at: number) =>
  new WireError(`${codec}.configuration`, 'a parameter set runs past the end', { at, spec: 'ISO/IEC 14496-15' })
