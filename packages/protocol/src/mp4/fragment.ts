// SPDX-License-Identifier: Apache-2.0
/**
 * One fragment (ISO/IEC 14496-12 §8.8.4 to §8.8.12): moof, which tells times, sizes and key samples, and mdat with the
 * bytes. Times are 64 bits wide, so a camera may run for years.
 */
import { concat, utf8 } from '../base/bytes.ts'
import { Defect } from '../base/errors.ts'
import { box, fullBox, long, words } from './box.ts'

/** A fragment longer than this is a mistake of the caller: fragments hold about a second. */
export const MAX_FRAGMENT_BYTES = 256 * 1024 * 1024

/** One picture, or one stretch of sound. */
export interface Mp4Sample {
  /** The bytes, in pieces that are written one after the other. */
  readonly parts: readonly Uint8Array[]
  /** In ticks of the track. */
  readonly durationTicks: number
  /** Decoding can start here. */
  readonly isKey: boolean
}

/** A track's samples in one fragment. */
export interface TrackRun {
  readonly trackId: number
  /** Decode time of the first sample, in ticks since the file's beginning. Up to 2^53. */
  readonly startTicks: number
  readonly samples: readonly Mp4Sample[]
}

/** §8.8.3.1: depends on no other; depends on others and is no sync sample. */
const KEY_FLAGS = 0x02000000
const OTHER_FLAGS = 0x01010000
/** trun with data offset, and duration, size and flags for each sample (§8.8.8). */
const RUN_FLAGS = 0x000701
/** tfhd: offsets count from the moof (§8.8.7). */
const BASE_IS_MOOF = 0x020000

/** moof and mdat. `sequence` counts the file's fragments from 1. Tracks without samples are left out. */
export function fragment(sequence: number, runs: readonly TrackRun[]): Uint8Array {
  const filled = runs.filter((run) => run.samples.length > 0)
  const media = filled.map((run) => run.samples.flatMap((sample) => sample.parts))
  const sizes = media.map((parts) => parts.reduce((sum, part) => sum + part.length, 0))
  const mediaBytes = sizes.reduce((sum, size) => sum + size, 0)
  if (mediaBytes > MAX_FRAGMENT_BYTES) throw new Defect(`an MP4 fragment of ${mediaBytes} bytes`)
  // The offsets in it do not change the moof's size, so it is written twice: once to learn its size.
  let at = moof(sequence, filled, []).length + 8
  const offsets = sizes.map((size) => {
    const offset = at
    at += size
    return offset
  })
  // One gather for everything: a recorder passes here with every byte of every camera.
  return concat([moof(sequence, filled, offsets), words(8 + mediaBytes), utf8('mdat'), ...media.flat()])
}

function moof(sequence: number, runs: readonly TrackRun[], offsets: readonly number[]): Uint8Array {
  const tracks = runs.map((run, i) =>
    box(
      'traf',
      fullBox('tfhd', 0, BASE_IS_MOOF, words(run.trackId)),
      fullBox('tfdt', 1, 0, long(run.startTicks)),
      fullBox('trun', 0, RUN_FLAGS, words(run.samples.length, offsets[i] ?? 0), ...run.samples.map(entry)),
    ),
  )
  return box('moof', fullBox('mfhd', 0, 0, words(sequence)), ...tracks)
}

function entry(sample: Mp4Sample): Uint8Array {
  const size = sample.parts.reduce((sum, part) => sum + part.length, 0)
  return words(sample.durationTicks, size, sample.isKey ? KEY_FLAGS : OTHER_FLAGS)
}
