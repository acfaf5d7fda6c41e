// SPDX-License-Identifier: Apache-2.0
/**
 * RTSP 1.0 requests and answers, RFC 2326 §4, §6 and §7. Grammar only: what a method or field means is told elsewhere.
 * Leaves out RTSP 2.0 (RFC 7826).
 */
import { concat, latin1, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { formatHeaderLines, HeaderMap, MAX_HEADER_BYTES, parseHeaderLines } from '../http/headers.ts'
import { reasonOf } from './status.ts'

/** Longest request or status line, in bytes: playback URLs carry times and tokens in their query. */
export const MAX_START_LINE_BYTES = 4096
/** Longest start line and header section together, in bytes. */
export const MAX_HEAD_BYTES = MAX_START_LINE_BYTES + MAX_HEADER_BYTES
/** Longest body, in bytes. The largest that is known to exist are descriptions of a few kilobytes. */
export const MAX_BODY_BYTES = 128 * 1024

/** What one side asks (RFC 2326 §6). */
export interface RtspRequest {
  readonly kind: 'request'
  /** As written; methods are case-sensitive. */
  readonly method: string
  /** Absolute URL, or `*`. */
  readonly url: string
  /** `1.0` but for peers of another age. */
  readonly version: string
  readonly headers: HeaderMap
  readonly body: Uint8Array
}

/** What the other answers (RFC 2326 §7). */
export interface RtspResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly version: string
  readonly headers: HeaderMap
  readonly body: Uint8Array
}

/** Either. */
export type RtspMessage = RtspRequest | RtspResponse

const noBody = new Uint8Array(0)
const requestLine = /^([A-Z_]{1,32}) (\S+) RTSP\/(\d\.\d)$/
const statusLine = /^RTSP\/(\d\.\d) +(\d{3})(?: (.*))?$/

/** True when the line could open a message. */
export const isStartLine = (line: string): boolean => requestLine.test(line) || statusLine.test(line)

/**
 * Reads start line and header section (with or without the closing empty line), one character a byte, into a message
 * whose body is still empty. Throws `WireError` `rtsp.start-line` and those of the header lines.
 */
export const parseHead = (text: string): RtspMessage => {
  const end = text.indexOf('\n')
  const line = (end === -1 ? text : text.slice(0, end)).replace(/\r$/, '')
  const request = requestLine.exec(line)
  const status = request ? null : statusLine.exec(line)
  if (line.length > MAX_START_LINE_BYTES || (!request && !status))
    throw new WireError('rtsp.start-line', `${JSON.stringify(line.slice(0, 60))} opens no RTSP message`, {
      at: 0,
      spec: 'RFC 2326 §6.1, §7.1',
    })
  const headers = end === -1 ? new HeaderMap() : parseHeaderLines(text.slice(end + 1))
  if (request) {
    const [, method = '', url = '', version = ''] = request
    return { kind: 'request', method, url, version, headers, body: noBody }
  }
  const [, version = '', code = '', reason = ''] = status ?? []
  return { kind: 'response', status: Number(code), reason, version, headers, body: noBody }
}

/**
 * How many bytes of body follow. Throws `WireError` `rtsp.content-length` when it is no number or over the limit.
 */
export const contentLength = (headers: HeaderMap): number => {
  const text = headers.get('Content-Length')
  if (text === undefined || text === '') return 0
  const length = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(length <= MAX_BODY_BYTES))
    throw new WireError('rtsp.content-length', `Content-Length ${JSON.stringify(text.slice(0, 20))}`, {
      spec: 'RFC 2326 §12.14',
    })
  return length
}

/** The message's sequence number (RFC 2326 §12.17), or undefined when there is none that can be read. */
export const cseqOf = (headers: HeaderMap): number | undefined => {
  const text = headers.get('CSeq')
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

/** What a request is made of; `Content-Length` is added here. */
export interface RtspRequestInit {
  readonly method: string
  readonly url: string
  readonly headers?: Iterable<readonly [string, string]>
  readonly body?: Uint8Array | string
}

/** What an answer is made of; `Content-Length` and, when left out, the reason are added here. */
export interface RtspResponseInit {
  readonly status: number
  readonly reason?: string
  readonly headers?: Iterable<readonly [string, string]>
  readonly body?: Uint8Array | string
}

/** Bytes of a request. Throws `WireError` `rtsp.start-line` when method or URL cannot be written in one line. */
export const encodeRequest = (request: RtspRequestInit): Uint8Array =>
  encode(`${request.method} ${request.url} RTSP/1.0`, request.headers, request.body)

/** Bytes of an answer. Throws `WireError` as `encodeRequest`. */
export const encodeResponse = (response: RtspResponseInit): Uint8Array =>
  encode(`RTSP/1.0 ${response.status} ${response.reason ?? reasonOf(response.status)}`, response.headers, response.body)

const encode = (
  line: string,
  headers: Iterable<readonly [string, string]> | undefined,
  body: Uint8Array | string | undefined,
): Uint8Array => {
  if (!isStartLine(line))
    throw new WireError('rtsp.start-line', `cannot write ${JSON.stringify(line.slice(0, 60))}`, {
      spec: 'RFC 2326 §6.1',
    })
  const bytes = typeof body === 'string' ? utf8(body) : (body ?? noBody)
  const map = new HeaderMap(headers)
  if (bytes.length > 0) map.set('Content-Length', String(bytes.length))
  return concat([utf8(`${line}\r\n${formatHeaderLines(map)}\r\n`), bytes])
}

/** Reads one whole message. Throws `WireError` as `parseHead`, and `rtsp.length` when bytes lack or are left over. */
export const decodeMessage = (bytes: Uint8Array): RtspMessage => {
  const text = latin1(bytes.subarray(0, MAX_HEAD_BYTES))
  const end = /\r?\n\r?\n/.exec(text)
  if (!end)
    throw new WireError('rtsp.length', 'no end of the header section', { at: bytes.length, spec: 'RFC 2326 §4' })
  const message = parseHead(text.slice(0, end.index))
  const start = end.index + end[0].length
  const length = contentLength(message.headers)
  if (bytes.length - start !== length)
    throw new WireError('rtsp.length', `body of ${bytes.length - start} bytes, ${length} announced`, { at: start })
  return { ...message, body: bytes.subarray(start) }
}
