// SPDX-License-Identifier: Apache-2.0
/** Big-endian reading and writing over `Uint8Array`, text and hex. Callers check lengths first; nothing here allocates per read. */

/** The byte at `at`; the caller has checked that it is there. */
export const u8 = (b: Uint8Array, at: number): number => b[at]!
/** 16 bits, big-endian. */
export const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!
/** 24 bits, big-endian. */
export const u24 = (b: Uint8Array, at: number): number => (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!
/** 32 bits, big-endian, never negative. */
export const u32 = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0

/** Writes 16 bits, big-endian. */
export const put16 = (b: Uint8Array, at: number, value: number): void => {
  b[at] = value >>> 8
  b[at + 1] = value
}
/** Writes 24 bits, big-endian. */
export const put24 = (b: Uint8Array, at: number, value: number): void => {
  b[at] = value >>> 16
  b[at + 1] = value >>> 8
  b[at + 2] = value
}
/** Writes 32 bits, big-endian. */
export const put32 = (b: Uint8Array, at: number, value: number): void => {
  b[at] = value >>> 24
  b[at + 1] = value >>> 16
  b[at + 2] = value >>> 8
  b[at + 3] = value
}

/** One new array holding all parts in order. */
export const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** True when both hold the same bytes. Not for secrets: it stops at the first difference. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const encoder = new TextEncoder()
const lenient = new TextDecoder('utf-8')

/** UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text)
/** Text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export const fromUtf8 = (bytes: Uint8Array): string => lenient.decode(bytes)
/** Text of bytes, one character a byte (ISO 8859-1): loses nothing, for header lines. */
export const latin1 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}

/** Lower-case hex digits. */
export const hex = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text
}
/** Bytes of hex digits; white space is skipped, for vectors that people read. Returns undefined for anything else. */
export const unhex = (text: string): Uint8Array | undefined => {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) return undefined
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/** Base64 (RFC 4648 §4). */
export const base64 = (bytes: Uint8Array): string => btoa(latin1(bytes))
/** Bytes of base64 or base64url, padding optional; undefined when it is neither. */
export const unbase64 = (text: string): Uint8Array | undefined => {
  try {
    const binary = atob(text.trim().replace(/-/g, '+').replace(/_/g, '/'))
    return Uint8Array.from(binary, (c) => c.charCodeAt(0))
  } catch {
    return undefined
  }
}
