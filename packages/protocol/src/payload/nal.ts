// SPDX-License-Identifier: Apache-2.0
/**
 * NAL units one after the other: with start codes (H.264 and H.265 Annex B) or with a length before each (ISO/IEC
 * 14496-15, as in MP4). Units given out are views into what was handed in.
 */
import { concat, put32 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'

/** Where the next 00 00 01 begins, or -1. */
function findStartCode(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    at = bytes.indexOf(1, at + 2) // the 01 is rarer than the zeros
    if (at < 0) return -1
    if (bytes[at - 1] === 0 && bytes[at - 2] === 0) return at - 2
    at -= 1
  }
}

/**
 * The NAL units between start codes of three or four bytes. Bytes before the first start code are not a unit; zeros
 * before a start code belong to it, not to the unit (trailing_zero_8bits). Empty units are left out.
 */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = []
  let start = findStartCode(bytes, 0)
  while (start >= 0) {
    const next = findStartCode(bytes, start + 3)
    let end = next < 0 ? bytes.length : next
    while (end > start + 3 && bytes[end - 1] === 0) end--
    if (end > start + 3) nals.push(bytes.subarray(start + 3, end))
    start = next
  }
  return nals
}

/** The units with a four-byte start code before each. */
export function joinAnnexB(nals: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const nal of nals) length += 4 + nal.length
  const out = new Uint8Array(length)
  let at = 0
  for (const nal of nals) {
    out[at + 3] = 1
    out.set(nal, at + 4)
    at += 4 + nal.length
  }
  return out
}

/** The units of an MP4 sample. `lengthBytes` is what the avcC or hvcC says (1, 2 or 4). */
export function splitLengthPrefixed(bytes: Uint8Array, lengthBytes = 4): Uint8Array[] {
  const nals: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + lengthBytes > bytes.length) throw cut(at)
    let length = 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[at + i]!
    at += lengthBytes
    if (length > bytes.length - at) throw cut(at)
    if (length > 0) nals.push(bytes.subarray(at, at + length))
    at += length
  }
  return nals
}

/** The units with four bytes of length before each. */
export function joinLengthPrefixed(nals: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const nal of nals) {
    const head = new Uint8Array(4)
    put32(head, 0, nal.length)
    parts.push(head, nal)
  }
  return concat(parts)
}

const cut = (at: number) =>
  new WireError('nal.length', 'a unit runs past the end', { at, spec: 'ISO/IEC 14496-15 §5.3' })
