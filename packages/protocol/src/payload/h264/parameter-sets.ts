// SPDX-License-Identifier: Apache-2.0
/**
 * The sequence parameter set of H.264 (ITU-T H.264 §7.3.2.1.1 and Annex E): size, profile, frame rate, and the codec's
 * name as RFC 6381 §3.3 writes it. Every loop and size has a limit, so that no set of bytes costs time or memory.
 */
import { WireError } from '../../base/errors.ts'
import { BitReader, MAX_PARAMETER_SET_BYTES, withoutEmulationPrevention } from '../bits.ts'
import type { VideoDescription } from '../description.ts'
import { MAX_DIMENSION } from '../description.ts'
import { NalType, nalType } from './nal-type.ts'

const spec = 'H.264 §7.3.2.1.1'
/** Profiles whose sets say more of the colours (§7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
const PROFILE_NAMES: Record<number, string> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4 Predictive',
}

/** Reads one sequence parameter set. Throws WireError `h264.sps`. */
export function describeSps(nal: Uint8Array): VideoDescription {
  if (nal.length < 4 || nalType(nal[0]!) !== NalType.sps)
    throw new WireError('h264.sps', 'not a sequence parameter set', { at: 0, spec })
  if (nal.length > MAX_PARAMETER_SET_BYTES)
    throw new WireError('h264.sps', `a parameter set of ${nal.length} bytes`, { at: MAX_PARAMETER_SET_BYTES, spec })
  const r = new BitReader(withoutEmulationPrevention(nal, 1), 'h264.sps', spec)
  const profileIdc = r.bits(8)
  const constraints = r.bits(8)
  const levelIdc = r.bits(8)
  r.upTo(31, 'seq_parameter_set_id')
  const chroma = HIGH_PROFILES.has(profileIdc) ? readHighFields(r) : { format: 1, isSeparate: false }
  r.upTo(12, 'log2_max_frame_num_minus4')
  readPictureOrder(r)
  r.upTo(16, 'max_num_ref_frames')
  r.skip(1) // gaps_in_frame_num_value_allowed_flag
  const widthInBlocks = r.upTo(MAX_DIMENSION / 16, 'pic_width_in_mbs_minus1') + 1
  const heightInUnits = r.upTo(MAX_DIMENSION / 16, 'pic_height_in_map_units_minus1') + 1
  const fields = r.flag() ? 1 : 2 // frame_mbs_only_flag: 1 says no fields
  if (fields === 2) r.skip(1) // mb_adaptive_frame_field_flag
  r.skip(1) // direct_8x8_inference_flag
  let width = widthInBlocks * 16
  let height = heightInUnits * 16 * fields
  if (r.flag()) {
    const isColour = chroma.format !== 0 && !chroma.isSeparate
    const unitX = isColour && chroma.format !== 3 ? 2 : 1
    const unitY = (isColour && chroma.format === 1 ? 2 : 1) * fields
    const [left, right, top, bottom] = [r.unsigned(), r.unsigned(), r.unsigned(), r.unsigned()]
    width -= (left + right) * unitX
    height -= (top + bottom) * unitY
  }
  if (width <= 0 || height <= 0 || height > MAX_DIMENSION) throw r.fail(`a picture of ${width}x${height}`)
  const frameRate = readFrameRate(r)
  const hex = [profileIdc, constraints, levelIdc].map((n) => n.toString(16).padStart(2, '0').toUpperCase()).join('')
  return {
    width,
    height,
    codecString: `avc1.${hex}`,
    profile: PROFILE_NAMES[profileIdc] ?? `profile ${profileIdc}`,
    ...(frameRate === undefined ? {} : { frameRate }),
  }
}

function readHighFields(r: BitReader): { format: number; isSeparate: boolean } {
  const format = r.upTo(3, 'chroma_format_idc')
  const isSeparate = format === 3 && r.flag()
  r.upTo(6, 'bit_depth_luma_minus8')
  r.upTo(6, 'bit_depth_chroma_minus8')
  r.skip(1) // qpprime_y_zero_transform_bypass_flag
  const lists = r.flag() ? (format === 3 ? 12 : 8) : 0
  for (let i = 0; i < lists; i++) {
    const isPresent = r.flag()
    if (isPresent) skipScalingList(r, i < 6 ? 16 : 64)
  }
  return { format, isSeparate }
}

/** §7.3.2.1.1.1 */
function skipScalingList(r: BitReader, size: number): void {
  let last = 8
  let next = 8
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + r.signed() + 256) & 255
    if (next !== 0) last = next
  }
}

function readPictureOrder(r: BitReader): void {
  const type = r.upTo(2, 'pic_order_cnt_type')
  if (type === 0) r.upTo(12, 'log2_max_pic_order_cnt_lsb_minus4')
  if (type !== 1) return
  r.skip(1)
  r.signed()
  r.signed()
  const count = r.upTo(255, 'num_ref_frames_in_pic_order_cnt_cycle')
  for (let i = 0; i < count; i++) r.signed()
}

/** Annex E.1.1 up to the timing. The rest of the set is advice: when it is cut, there is no frame rate, no error. */
function readFrameRate(r: BitReader): number | undefined {
  try {
    if (!r.flag()) return undefined
    if (r.flag() && r.bits(8) === 255) r.skip(32) // aspect ratio, with its own two sizes
    if (r.flag()) r.skip(1) // overscan
    if (r.flag()) {
      r.skip(4) // video_format, full range
      if (r.flag()) r.skip(24) // colour description
    }
    if (r.flag()) {
      r.unsigned() // chroma sample location, twice
      r.unsigned()
    }
    if (!r.flag()) return undefined
    const tick = r.bits(32)
    const scale = r.bits(32)
    // A tick is one field, so a frame has two (§E.2.1).
    return tick === 0 || scale === 0 ? undefined : scale / (2 * tick)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
