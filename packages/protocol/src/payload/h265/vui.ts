// SPDX-License-Identifier: Apache-2.0
/**
 * The tail of H.265's sequence parameter set: the way to the frame rate in its usability information (§7.3.2.2.1, §7.3.4,
 * §7.3.7, Annex E.2.1). All of it is advice: a tail that is cut or strange gives no frame rate, and no error.
 */
import { WireError } from '../../base/errors.ts'
import type { BitReader } from '../bits.ts'

/** Frames a second, from a reader that stands after `bit_depth_chroma_minus8`. */
export function readFrameRate(r: BitReader, subLayers: number): number | undefined {
  try {
    skipToUsability(r, subLayers)
    return r.flag() ? readTiming(r) : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function skipToUsability(r: BitReader, subLayers: number): void {
  const pocBits = r.upTo(12, 'log2_max_pic_order_cnt_lsb_minus4') + 4
  for (let i = r.flag() ? 0 : subLayers; i <= subLayers; i++) {
    r.unsigned()
    r.unsigned()
    r.unsigned()
  }
  for (let i = 0; i < 6; i++) r.unsigned() // block and transform sizes and depths
  if (r.flag() && r.flag()) skipScalingLists(r)
  r.skip(2) // amp, sample adaptive offset
  if (r.flag()) {
    r.skip(8) // PCM bit depths
    r.unsigned()
    r.unsigned()
    r.skip(1)
  }
  skipReferenceSets(r)
  if (r.flag()) {
    const count = r.upTo(32, 'num_long_term_ref_pics_sps')
    r.skip(count * (pocBits + 1))
  }
  r.skip(2) // temporal motion vectors, strong intra smoothing
}

/** §7.3.4 */
function skipScalingLists(r: BitReader): void {
  for (let size = 0; size < 4; size++)
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!r.flag()) {
        r.unsigned()
        continue
      }
      if (size > 1) r.signed()
      for (let i = 0; i < Math.min(64, 1 << (4 + (size << 1))); i++) r.signed()
    }
}

/** §7.3.7: each set says its pictures, or how it differs from the one before. */
function skipReferenceSets(r: BitReader): void {
  const count = r.upTo(64, 'num_short_term_ref_pic_sets')
  let before = 0
  for (let index = 0; index < count; index++) {
    if (index > 0 && r.flag()) {
      r.skip(1)
      r.unsigned()
      let kept = 0
      for (let j = 0; j <= before; j++) {
        const isUsed = r.flag()
        if (isUsed || r.flag()) kept++
      }
      before = kept
    } else {
      const negative = r.upTo(16, 'num_negative_pics')
      const positive = r.upTo(16, 'num_positive_pics')
      before = negative + positive
      for (let j = 0; j < before; j++) {
        r.unsigned()
        r.skip(1)
      }
    }
  }
}

/** Annex E.2.1 up to the timing. Here a tick is a whole frame, unlike in H.264. */
function readTiming(r: BitReader): number | undefined {
  if (r.flag() && r.bits(8) === 255) r.skip(32)
  if (r.flag()) r.skip(1)
  if (r.flag()) {
    r.skip(4)
    if (r.flag()) r.skip(24)
  }
  if (r.flag()) {
    r.unsigned()
    r.unsigned()
  }
  r.skip(3) // neutral chroma, field sequence, frame field information
  if (r.flag()) for (let i = 0; i < 4; i++) r.unsigned() // default display window
  if (!r.flag()) return undefined
  const tick = r.bits(32)
  const scale = r.bits(32)
  return tick === 0 || scale === 0 ? undefined : scale / tick
}
