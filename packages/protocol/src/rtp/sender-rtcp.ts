// SPDX-License-Identifier: Apache-2.0
/**
 * Which RTCP travels with media: what a sender tells about its stream (SR, SDES, BYE). Receiver reports, feedback and
 * application packets belong to one hop and are left out. Compound packets: RFC 3550 §6.1.
 */
import { u16 } from '../base/bytes.ts'

const isFromSender = (type: number): boolean => type === 200 || type === 202 || type === 203

/**
 * The part of a compound packet that travels: the packet itself when all of it does, a copy without the rest, or
 * undefined when nothing is left or the lengths do not fit.
 */
export const senderRtcp = (compound: Uint8Array): Uint8Array | undefined => {
  let kept = 0
  for (let at = 0; at < compound.length; ) {
    if (at + 4 > compound.length || compound[at]! >> 6 !== 2) return undefined
    const length = 4 + 4 * u16(compound, at + 2)
    if (at + length > compound.length) return undefined
    if (isFromSender(compound[at + 1]!)) kept += length
    at += length
  }
  if (kept === 0) return undefined
  if (kept === compound.length) return compound
  const copy = new Uint8Array(kept)
  let to = 0
  for (let at = 0; at < compound.length; ) {
    const length = 4 + 4 * u16(compound, at + 2)
    if (isFromSender(compound[at + 1]!)) {
      copy.set(compound.subarray(at, at + length), to)
      to += length
    }
    at += length
  }
  return copy
}
