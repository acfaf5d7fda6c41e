// SPDX-License-Identifier: Apache-2.0
/**
 * What the samples are (ISO/IEC 14496-12 §8.5.2): `avc1` and `hvc1` with their configuration (ISO/IEC 14496-15), JPEG as
 * `mp4v` with object type 6C (ISO/IEC 14496-1 §7.2.6.6), G.711 as QuickTime's `alaw` and `ulaw` (QuickTime File Format,
 * Sound Sample Descriptions): ISO has no entry of its own for it, and all players but browsers know these.
 */
import { utf8 } from '../base/bytes.ts'
import { describeParameterSets } from '../payload/create.ts'
import { encodeDecoderConfiguration } from '../payload/decoder-configuration.ts'
import { box, fullBox, halves, words } from './box.ts'
import type { Mp4Track } from './track.ts'
import { AUDIO_TIMESCALE } from './track.ts'

/** The sample entry of a track. Throws WireError when the parameter sets are missing or cannot be read. */
export function sampleEntry(track: Mp4Track): Uint8Array {
  switch (track.codec) {
    case 'h264':
    case 'h265': {
      const [entry, configuration] = track.codec === 'h264' ? ['avc1', 'avcC'] : ['hvc1', 'hvcC']
      const body = encodeDecoderConfiguration(track.codec, track.parameterSets)
      return visualEntry(entry!, pictureSize(track), box(configuration!, body))
    }
    case 'mjpeg':
      return visualEntry('mp4v', pictureSize(track), fullBox('esds', 0, 0, jpegDescriptor))
    case 'pcma':
      return audioEntry('alaw')
    case 'pcmu':
      return audioEntry('ulaw')
  }
}

/** Width and height of a track's pictures; zeros for sound. */
export function pictureSize(track: Mp4Track): { width: number; height: number } {
  if (track.codec === 'mjpeg') return track
  if (track.codec === 'h264' || track.codec === 'h265') return describeParameterSets(track.codec, track.parameterSets)
  return { width: 0, height: 0 }
}

/** VisualSampleEntry, §12.1.3: 72 dots an inch, one frame a sample, 24 bits, no compressor name. */
function visualEntry(type: string, { width, height }: { width: number; height: number }, configuration: Uint8Array) {
  const head = [words(0), halves(0, 1), words(0, 0, 0, 0), halves(width, height), words(0x480000, 0x480000, 0)]
  return box(type, ...head, halves(1), new Uint8Array(32), halves(24, 0xffff), configuration)
}

/** AudioSampleEntry, §12.2.3: one channel; 16 bits is what G.711 decodes to. */
function audioEntry(type: string) {
  return box(type, words(0), halves(0, 1), words(0, 0), halves(1, 16), halves(0, 0), words(AUDIO_TIMESCALE * 65536))
}

/** ES_Descriptor of a visual stream (4) of object type 6C, JPEG; ISO/IEC 14496-1 §7.2.6.5. */
const jpegDescriptor = Uint8Array.of(
  ...[3, 21, 0, 0, 0],
  ...[4, 13, 0x6c, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ...[6, 1, 2],
)

/** The handler's letters and name, §8.4.3. */
export const handler = (isSound: boolean): Uint8Array =>
  fullBox(
    'hdlr',
    0,
    0,
    words(0),
    utf8(isSound ? 'soun' : 'vide'),
    words(0, 0, 0),
    utf8(isSound ? 'Sound\0' : 'Video\0'),
  )
