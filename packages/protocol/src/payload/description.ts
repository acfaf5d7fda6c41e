// SPDX-License-Identifier: Apache-2.0
/** What a video stream's parameter sets tell of it, whatever the codec. */

/** The longest side that level 6.2 of H.264 and H.265 allows, rounded down to whole blocks of 64. */
export const MAX_DIMENSION = 16_832

/** Size in pixels after cropping, the codec's name for players (RFC 6381), frames a second if the stream tells. */
export interface VideoDescription {
  readonly width: number
  readonly height: number
  /** `avc1.4D401F`, `hvc1.1.6.L93.B0` */
  readonly codecString: string
  readonly frameRate?: number
  /** The profile in words: `Main`, `High`, `Main 10`. */
  readonly profile: string
}
