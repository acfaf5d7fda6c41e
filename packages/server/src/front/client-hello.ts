// SPDX-License-Identifier: Apache-2.0
/**
 * The one thing that is read of a TLS ClientHello before TLS itself sees it: the protocols that it offers (ALPN, RFC 7301;
 * RFC 8446 §4.1.2 and §5.1). The message may span records and segments.
 */
import { concat, fromUtf8, u8, u16, u24 } from '@openhmp/protocol/base'

/** Longest ClientHello that is looked at, records included (hmp.md §2.1). */
export const MAX_HELLO_BYTES = 16 * 1024

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const ALPN = 16

/** What the first bytes of a connection are. */
export type FirstBytes =
  | { readonly kind: 'more' }
  | { readonly kind: 'hello'; readonly protocols: readonly string[] }
  /** Not TLS: somebody speaks HTTP, or nonsense. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'malformed' }

const more: FirstBytes = { kind: 'more' }
const malformed: FirstBytes = { kind: 'malformed' }

/** Looks at all bytes received so far. Never throws. */
export const readClientHello = (bytes: Uint8Array): FirstBytes => {
  if (bytes.length === 0) return more
  if (u8(bytes, 0) !== HANDSHAKE) return { kind: 'plain' }
  const parts: Uint8Array[] = []
  let have = 0
  let need = 4
  for (let at = 0; have < need; ) {
    if (at + 5 > bytes.length) return more
    if (u8(bytes, at) !== HANDSHAKE || u8(bytes, at + 1) !== 3) return malformed
    const length = u16(bytes, at + 3)
    if (length === 0 || length > 16_384) return malformed
    const part = bytes.subarray(at + 5, Math.min(bytes.length, at + 5 + length))
    parts.push(part)
    have += part.length
    at += 5 + length
    if (have >= 4) {
      const start = concat(parts)
      if (u8(start, 0) !== CLIENT_HELLO) return malformed
      need = 4 + u24(start, 1)
      if (need > MAX_HELLO_BYTES) return malformed
    }
    if (have < need && at > bytes.length) return more
  }
  const protocols = readProtocols(concat(parts).subarray(4, need))
  return protocols ? { kind: 'hello', protocols } : malformed
}

/** Version, random, then three vectors, then extensions. Undefined when a length runs past the end. */
const readProtocols = (hello: Uint8Array): string[] | undefined => {
  let at = 34
  if (at + 1 > hello.length) return undefined
  at += 1 + u8(hello, at)
  if (at + 2 > hello.length) return undefined
  at += 2 + u16(hello, at)
  if (at + 1 > hello.length) return undefined
  at += 1 + u8(hello, at)
  if (at + 2 > hello.length) return at === hello.length ? [] : undefined
  const end = at + 2 + u16(hello, at)
  if (end > hello.length) return undefined
  for (at += 2; at + 4 <= end; ) {
    const type = u16(hello, at)
    const next = at + 4 + u16(hello, at + 2)
    if (next > end) return undefined
    if (type === ALPN) return readNames(hello.subarray(at + 4, next))
    at = next
  }
  return []
}

const readNames = (list: Uint8Array): string[] | undefined => {
  if (list.length < 2 || u16(list, 0) !== list.length - 2) return undefined
  const names: string[] = []
  for (let at = 2; at < list.length; ) {
    const next = at + 1 + u8(list, at)
    if (next > list.length) return undefined
    names.push(fromUtf8(list.subarray(at + 1, next)))
    at = next
  }
  return names
}
