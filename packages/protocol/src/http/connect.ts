// SPDX-License-Identifier: Apache-2.0
/** A tunnel through an HTTP proxy: the CONNECT request and its answer (RFC 9110 §9.3.6, RFC 9112 §3.2.3). */
import { WireError } from '../base/errors.ts'

/** Longest head of an answer. */
export const MAX_CONNECT_HEAD_BYTES = 16 * 1024

/** Asks for a way to `authority`, `host:port`. `authorization`: value of Proxy-Authorization. */
export const formatConnect = (authority: string, authorization?: string): string => {
  const login = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${login}\r\n`
}

/** What a proxy answered. */
export interface ConnectAnswer {
  readonly status: number
  /** In the proxy's words. */
  readonly reason: string
  /** Where what follows the head begins: it belongs to the tunnel. */
  readonly length: number
}

/** The answer, or undefined while its head is not whole. Throws `WireError` `http.connect` for what is no HTTP. */
export const readConnectAnswer = (bytes: Uint8Array): ConnectAnswer | undefined => {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, MAX_CONNECT_HEAD_BYTES))
  const end = text.indexOf('\r\n\r\n')
  const start = 'HTTP/1.'
  if (text.slice(0, start.length) !== start.slice(0, text.length))
    throw new WireError('http.connect', 'what answers there is no HTTP proxy', { at: 0 })
  if (end < 0) {
    if (bytes.length >= MAX_CONNECT_HEAD_BYTES)
      throw new WireError('http.connect', 'the answer of the proxy has no end')
    return undefined
  }
  const match = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?\r\n/.exec(text)
  if (!match) throw new WireError('http.connect', 'the answer of the proxy has no status', { at: 0 })
  return { status: Number(match[1]), reason: (match[2] ?? '').slice(0, 100), length: end + 4 }
}
