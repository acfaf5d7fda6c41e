// SPDX-License-Identifier: Apache-2.0
/** Just as much DER (ITU-T X.690) as a certificate and a request for one need, writing only. */
import { utf8 } from '@openhmp/protocol/base'

/** A value of that tag: its length and contents. Longer than 65,535 bytes is not written. */
function value(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = Buffer.concat(parts)
  const size = contents.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...length), contents])
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => value(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]): Uint8Array => value(0x31, ...parts)
/** `[number]`, constructed. */
export const tagged = (number: number, ...parts: readonly Uint8Array[]): Uint8Array => value(0xa0 | number, ...parts)
export const utf8String = (text: string): Uint8Array => value(0x0c, utf8(text))
/** No bit unused. */
export const bitString = (bytes: Uint8Array): Uint8Array => value(0x03, Uint8Array.of(0), bytes)

/** A whole number, big-endian, not negative. */
export function integer(bytes: Uint8Array): Uint8Array {
  const from = bytes.findIndex((byte) => byte !== 0)
  const digits = from < 0 ? Uint8Array.of(0) : bytes.subarray(from)
  return value(0x02, digits[0]! & 0x80 ? Uint8Array.of(0) : new Uint8Array(), digits)
}

/** `1.2.840.10045.4.3.2`. */
export function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f]
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return value(0x06, Uint8Array.of(first * 40 + second, ...bytes))
}

/** To the second: UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function time(ms: number): Uint8Array {
  const text = `${new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '')}Z`
  return text < '2050' ? value(0x17, utf8(text.slice(2))) : value(0x18, utf8(text))
}
