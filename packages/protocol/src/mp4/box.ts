// SPDX-License-Identifier: Apache-2.0
/** Boxes of MP4 (ISO/IEC 14496-12 §4.2) as they are written: 32 bits of size, four letters, the body. */
import { concat, put32, utf8 } from '../base/bytes.ts'

/** One box around these parts. */
export function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  let size = 8
  for (const part of parts) size += part.length
  const head = new Uint8Array(8)
  put32(head, 0, size)
  head.set(utf8(type), 4)
  return concat([head, ...parts])
}

/** A box with version and flags (§4.2, FullBox). */
export function fullBox(type: string, version: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return box(type, words((version << 24) | flags), ...parts)
}

/** 32-bit numbers, big-endian. */
export function words(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(4 * values.length)
  for (const [i, value] of values.entries()) put32(out, 4 * i, value)
  return out
}

/** 16-bit numbers, big-endian. */
export function halves(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >> 8) & 255, value & 255]))
}

/** One 64-bit number of up to 2^53. */
export function long(value: number): Uint8Array {
  return words(Math.floor(value / 2 ** 32), value % 2 ** 32)
}
