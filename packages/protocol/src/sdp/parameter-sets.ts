// SPDX-License-Identifier: Apache-2.0
/** Parameter sets in `a=fmtp`: `sprop-parameter-sets` (RFC 6184 §8.1), `sprop-vps`, `-sps`, `-pps` (RFC 7798 §7.1). */
import { base64, unbase64 } from '../base/bytes.ts'
import type { CodecName } from '../rtp/codec.ts'

/** Most parameter sets taken from one description. */
export const MAX_PARAMETER_SETS = 32

const parametersOf = (codec: CodecName | undefined): readonly string[] =>
  codec === 'h264' ? ['sprop-parameter-sets'] : codec === 'h265' ? ['sprop-vps', 'sprop-sps', 'sprop-pps'] : []

/**
 * NAL units without start code, in the order in which a decoder wants them; empty when the description holds none.
 *
 * Tolerates: Hikvision cameras whose `sprop-parameter-sets` is empty, though RFC 6184 §8.1 wants one value at least: the
 * sets come in band.
 * Tolerates: servers whose base64 cannot be read or lacks its padding, though RFC 4648 §4 wants it: that set is left out.
 */
export const parameterSetsOf = (codec: CodecName | undefined, fmtp: ReadonlyMap<string, string>): Uint8Array[] => {
  const sets: Uint8Array[] = []
  for (const name of parametersOf(codec)) {
    for (const text of (fmtp.get(name) ?? '').split(',')) {
      const nal = withoutFiller(unbase64(text) ?? new Uint8Array(0))
      if (nal.length > 1 && sets.length < MAX_PARAMETER_SETS) sets.push(nal)
    }
  }
  return sets
}

/**
 * A NAL unit never holds 00 00 00, 00 00 01 or 00 00 02, and never ends in 00 (H.264 §7.4.1).
 *
 * Tolerates: Hikvision cameras whose base64 holds filler after the set, behind a run of 00; it is cut off.
 * Tolerates: servers that leave the start code (00 00 00 01) before the set, though RFC 6184 §8.1 wants bare NAL units.
 */
const withoutFiller = (bytes: Uint8Array): Uint8Array => {
  let start = 0
  while (start < bytes.length && bytes[start] === 0) start++
  if (start >= 2 && bytes[start] === 1) start++
  else start = 0
  let end = start
  while (end < bytes.length && !(bytes[end] === 0 && bytes[end + 1] === 0 && (bytes[end + 2] ?? 0) < 3)) end++
  while (end > start && bytes[end - 1] === 0) end--
  return bytes.subarray(start, end)
}

/** The parameters of `a=fmtp` that name these sets, ready to be joined by `;`. */
export const formatParameterSets = (codec: CodecName, sets: readonly Uint8Array[]): string[] => {
  if (codec === 'h264') {
    const sps = sets.find((nal) => (nal[0]! & 0x1f) === 7)
    const profile = sps && sps.length >= 4 ? [`profile-level-id=${hexOf(sps.subarray(1, 4))}`] : []
    const sprop = sets.length === 0 ? [] : [`sprop-parameter-sets=${sets.map(base64).join(',')}`]
    return [...profile, 'packetization-mode=1', ...sprop]
  }
  if (codec !== 'h265') return []
  return ['sprop-vps', 'sprop-sps', 'sprop-pps'].flatMap((name, i) => {
    const ofType = sets.filter((nal) => ((nal[0]! >> 1) & 0x3f) === 32 + i)
    return ofType.length === 0 ? [] : [`${name}=${ofType.map(base64).join(',')}`]
  })
}

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
