// SPDX-License-Identifier: Apache-2.0
/**
 * What a packet's payload gives away by its first bytes: whether it carries a picture (and not parameter sets alone), and
 * whether a decoder can start there. Nothing is unpacked and nothing allocated; damaged bytes give "nothing".
 */
import { u16 } from '../base/bytes.ts'
import type { CodecName } from './codec.ts'

/** Bits of a peek: the packet holds a part of a picture; that picture is a key picture and begins here. */
export const Peek = { nothing: 0, picture: 1, key: 2 } as const

/** Looks at `b[start..end)`, a payload of this codec. Answers bits of `Peek`. */
export type PeekPayload = (b: Uint8Array, start: number, end: number) => number

/** RFC 6184 §5.2: NAL types 1..23 alone, 24 STAP-A, 28 FU-A; 1..5 are slices, 5 that of an IDR picture. */
const ofH264Type = (type: number): number => (type === 5 ? 3 : type >= 1 && type <= 5 ? 1 : 0)

const peekH264: PeekPayload = (b, start, end) => {
  if (start >= end) return Peek.nothing
  const type = b[start]! & 0x1f
  if (type === 28 || type === 29) {
    if (start + 2 > end) return Peek.nothing
    const header = b[start + 1]!
    return ofH264Type(header & 0x1f) & (header & 0x80 ? 3 : 1)
  }
  if (type !== 24) return ofH264Type(type)
  let bits = 0
  for (let at = start + 1; at + 3 <= end; at += 2 + u16(b, at)) bits |= ofH264Type(b[at + 2]! & 0x1f)
  return bits
}

/** RFC 7798 §4.4: NAL types 0..47 alone, 48 AP, 49 FU; 0..31 are slices, 16..23 those of pictures one can start at. */
const ofH265Type = (type: number): number => (type >= 16 && type <= 23 ? 3 : type < 32 ? 1 : 0)

const peekH265: PeekPayload = (b, start, end) => {
  if (start + 2 > end) return Peek.nothing
  const type = (b[start]! >> 1) & 0x3f
  if (type === 49) {
    if (start + 3 > end) return Peek.nothing
    const header = b[start + 2]!
    return ofH265Type(header & 0x3f) & (header & 0x80 ? 3 : 1)
  }
  if (type !== 48) return ofH265Type(type)
  let bits = 0
  for (let at = start + 2; at + 3 <= end; at += 2 + u16(b, at)) bits |= ofH265Type((b[at + 2]! >> 1) & 0x3f)
  return bits
}

/** Every picture of MJPEG, and every stretch of sound, stands alone. */
const peekAlways: PeekPayload = () => Peek.picture | Peek.key

/** The peek of each codec. */
export const peekOf = (codec: CodecName): PeekPayload =>
  codec === 'h264' ? peekH264 : codec === 'h265' ? peekH265 : peekAlways
