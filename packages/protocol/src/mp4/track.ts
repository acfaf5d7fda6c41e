// SPDX-License-Identifier: Apache-2.0
/** What a file must know of a track before its first sample. */

/** Ticks a second in which a track counts: RTP's own clock, so that no time is rounded. */
export const VIDEO_TIMESCALE = 90_000
export const AUDIO_TIMESCALE = 8_000

/** H.264 and H.265 say their size in the parameter sets; a JPEG stream must be told. */
export type Mp4Track =
  | { readonly id: number; readonly codec: 'h264' | 'h265'; readonly parameterSets: readonly Uint8Array[] }
  | { readonly id: number; readonly codec: 'mjpeg'; readonly width: number; readonly height: number }
  | { readonly id: number; readonly codec: 'pcma' | 'pcmu' }

export const isAudio = (track: Mp4Track): boolean => track.codec === 'pcma' || track.codec === 'pcmu'

export const timescaleOf = (track: Mp4Track): number => (isAudio(track) ? AUDIO_TIMESCALE : VIDEO_TIMESCALE)
