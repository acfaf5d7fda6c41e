// SPDX-License-Identifier: Apache-2.0
/** One picture, or one stretch of sound, as it travels through the system: the camera's own RTP, framed once for everybody. */

/** Longest payload of a unit, the limit of HMP's media packets; a longer picture is given up. */
export const MAX_UNIT_BYTES = 4 * 1024 * 1024

/** The packets of one access unit (video) or of up to 40 ms (audio). Its bytes are shared by all readers: nobody changes them. */
export interface MediaUnit {
  readonly kind: 'video' | 'audio'
  /** RTP timestamp, 32 bits, in units of the stream's clock rate. */
  readonly timestamp: number
  /** A decoder can start here. Every unit of sound is one. */
  readonly isKey: boolean
  /** Packets of this unit were lost on the way. */
  readonly isDamaged: boolean
  /** RTP packets in RFC 4571 framing, after the RTCP packets that precede the unit. */
  readonly payload: Uint8Array
  /** `payload.length`: what a queue counts. */
  readonly sizeBytes: number
}
