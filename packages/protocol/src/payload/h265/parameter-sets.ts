// SPDX-License-Identifier: Apache-2.0
/**
 * The sequence parameter set of H.265 (ITU-T H.265 §7.3.2.2, §7.3.3, Annex E): size, profile, frame rate, and the codec's
 * name (ISO/IEC 14496-15 Annex E.3). Every loop and size has a limit, so that no set of bytes costs time or memory.
 */
import { WireError } from '../../base/errors.ts'
import { BitReader, MAX_PARAMETER_SET_BYTES, withoutEmulationPrevention } from '../bits.ts'
import type { VideoDescription } from '../description.ts'
import { MAX_DIMENSION } from '../description.ts'
import { NalType, nalType } from './nal-type.ts'
import { readFrameRate } from './vui.ts'

const spec = 'H.265 §7.3.2.2'
const PROFILE_NAMES: Record<number, string> = {
  1: 'Main',
  2: 'Main 10',
  3: 'Main Still Picture',
  4: 'Range Extensions',
}

/** What the hvcC box repeats of the set (ISO/IEC 14496-15 §8.3.3.1), beside what everybody wants to know. */
export interface SpsFacts extends VideoDescription {
  /** The twelve bytes of profile, tier and level as they stand in the set. */
  readonly profileTierLevel: Uint8Array
  readonly chromaFormat: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  readonly temporalLayers: number
  readonly isTemporalIdNested: boolean
}

/** Reads one sequence parameter set. Throws WireError `h265.sps`. */
export function describeSps(nal: Uint8Array): SpsFacts {
  if (nal.length < 3 || nalType(nal[0]!) !== NalType.sps)
    throw new WireError('h265.sps', 'not a sequence parameter set', { at: 0, spec })
  if (nal.length > MAX_PARAMETER_SET_BYTES)
    throw new WireError('h265.sps', `a parameter set of ${nal.length} bytes`, { at: MAX_PARAMETER_SET_BYTES, spec })
  const rbsp = withoutEmulationPrevention(nal, 2)
  const r = new BitReader(rbsp, 'h265.sps', spec)
  r.skip(4) // sps_video_parameter_set_id
  const subLayers = r.bits(3)
  const isTemporalIdNested = r.flag()
  if (rbsp.length < 13) throw r.fail('the bits end too early')
  const profileTierLevel = rbsp.subarray(1, 13)
  skipProfileTierLevel(r, subLayers)
  r.upTo(15, 'sps_seq_parameter_set_id')
  const chromaFormat = r.upTo(3, 'chroma_format_idc')
  const isSeparate = chromaFormat === 3 && r.flag()
  let width = r.upTo(MAX_DIMENSION, 'pic_width_in_luma_samples')
  let height = r.upTo(MAX_DIMENSION, 'pic_height_in_luma_samples')
  if (r.flag()) {
    const unitX = !isSeparate && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1
    const unitY = !isSeparate && chromaFormat === 1 ? 2 : 1
    const [left, right, top, bottom] = [r.unsigned(), r.unsigned(), r.unsigned(), r.unsigned()]
    width -= (left + right) * unitX
    height -= (top + bottom) * unitY
  }
  if (width <= 0 || height <= 0) throw r.fail(`a picture of ${width}x${height}`)
  const bitDepthLuma = r.upTo(8, 'bit_depth_luma_minus8') + 8
  const bitDepthChroma = r.upTo(8, 'bit_depth_chroma_minus8') + 8
  const frameRate = readFrameRate(r, subLayers)
  const profileIdc = profileTierLevel[0]! & 31
  return {
    width,
    height,
    codecString: formatCodec(profileTierLevel),
    profile: PROFILE_NAMES[profileIdc] ?? `profile ${profileIdc}`,
    ...(frameRate === undefined ? {} : { frameRate }),
    profileTierLevel,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    temporalLayers: subLayers + 1,
    isTemporalIdNested,
  }
}

/** §7.3.3: 88 bits of profile, 8 of level, then the sub-layers that say they are there. */
function skipProfileTierLevel(r: BitReader, subLayers: number): void {
  r.skip(96)
  if (subLayers === 0) return
  const present = Array.from({ length: subLayers }, () => ({ profile: r.flag(), level: r.flag() }))
  r.skip(2 * (8 - subLayers))
  for (const layer of present) r.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0))
}

/** ISO/IEC 14496-15 Annex E.3: profile, compatibility flags in reverse, tier and level, constraints without zeros at the end. */
function formatCodec(ptl: Uint8Array): string {
  const space = ['', 'A', 'B', 'C'][ptl[0]! >> 6]!
  let reversed = 0
  for (let i = 0; i < 32; i++) if (ptl[1 + (i >> 3)]! & (0x80 >> (i & 7))) reversed += 2 ** i
  const constraints = [...ptl.subarray(5, 11)]
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop()
  const tier = ptl[0]! & 0x20 ? 'H' : 'L'
  return [
    `hvc1.${space}${ptl[0]! & 31}`,
    reversed.toString(16).toUpperCase(),
    `${tier}${ptl[11]!}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.')
}
