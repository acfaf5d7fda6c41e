// SPDX-License-Identifier: Apache-2.0
/**
 * The head of a fragmented MP4 file (ISO/IEC 14496-12 §8.8): ftyp and a moov without samples. It comes before the
 * fragments, or is kept apart from them for Media Source Extensions.
 */
import { concat, utf8 } from '../base/bytes.ts'
import { box, fullBox, halves, words } from './box.ts'
import { handler, pictureSize, sampleEntry } from './sample-entry.ts'
import type { Mp4Track } from './track.ts'
import { isAudio, timescaleOf } from './track.ts'

/** Identity, §6.2.2. */
const MATRIX = words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
/** The language `und`, three letters of five bits, §8.4.2.3. */
const UNDETERMINED = 0x55c4

/** ftyp and moov. Throws WireError when a track's parameter sets are missing or cannot be read. */
export function initSegment(tracks: readonly Mp4Track[]): Uint8Array {
  const nextId = Math.max(0, ...tracks.map((track) => track.id)) + 1
  const movie = fullBox(
    'mvhd',
    0,
    0,
    words(0, 0, 1000, 0, 0x10000),
    halves(0x100, 0),
    words(0, 0),
    MATRIX,
    words(0, 0, 0, 0, 0, 0, nextId),
  )
  const extend = tracks.map((track) => fullBox('trex', 0, 0, words(track.id, 1, 0, 0, 0)))
  const moov = box('moov', movie, ...tracks.map(trackBox), box('mvex', ...extend))
  return concat([box('ftyp', utf8('iso6'), words(0x200), utf8('iso6iso5mp41')), moov])
}

/** trak, §8.3: enabled and in the movie; times are unknown, the fragments tell them. */
function trackBox(track: Mp4Track): Uint8Array {
  const isSound = isAudio(track)
  const { width, height } = pictureSize(track)
  const header = fullBox(
    'tkhd',
    0,
    3,
    words(0, 0, track.id, 0, 0, 0, 0),
    halves(0, 0, isSound ? 0x100 : 0, 0),
    MATRIX,
    words(width * 65536, height * 65536),
  )
  const media = fullBox('mdhd', 0, 0, words(0, 0, timescaleOf(track), 0), halves(UNDETERMINED, 0))
  const kind = isSound ? fullBox('smhd', 0, 0, words(0)) : fullBox('vmhd', 0, 1, words(0, 0))
  const inSameFile = box('dinf', fullBox('dref', 0, 0, words(1), fullBox('url ', 0, 1)))
  const noSamples = box(
    'stbl',
    fullBox('stsd', 0, 0, words(1), sampleEntry(track)),
    fullBox('stts', 0, 0, words(0)),
    fullBox('stsc', 0, 0, words(0)),
    fullBox('stsz', 0, 0, words(0, 0)),
    fullBox('stco', 0, 0, words(0)),
  )
  return box('trak', header, box('mdia', media, handler(isSound), box('minf', kind, inSameFile, noSamples)))
}
