// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP/1.1 messages (RFC 9112) as bytes, in the narrow form of hmp.md §8.2: origin form, `Content-Length` or nothing, the
 * message ends with its content. Chunked coding, connection handling and 1xx answers are left out on purpose.
 */
import { concat, latin1 } from '../base/bytes.ts'
import { Defect, WireError } from '../base/errors.ts'
import { formatHeaderLines, HeaderMap, parseStrictHeaderLines } from './headers.ts'
import type { HttpRequest, HttpRequestInit, HttpResponse, HttpResponseInit } from './message.ts'
import { reasonOf } from './status.ts'

/** Longest start line, in bytes. */
export const MAX_START_LINE_BYTES = 8 * 1024
/** Longest start line, header and empty line together: what `findHeadEnd` looks through. */
export const MAX_HEAD_BYTES = 24 * 1024 + 4

const spec = 'hmp.md §8.2'
const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\s]+) HTTP\/1\.1$/
const statusLine = /^HTTP\/1\.1 ([2-5]\d\d) ([\t -~\u0080-\u00ff]*)$/
const forbiddenFields = ['transfer-encoding', 'expect', 'upgrade', 'connection', 'host', 'authorization', 'cookie']
/** Says that content follows the head in packets of its own: hmp.md §8.4. */
const STREAMED = 'HMP-Streamed'

/** Offset just behind the empty line that ends the head, or -1 when it has not come. */
export const findHeadEnd = (bytes: Uint8Array): number => {
  const limit = Math.min(bytes.length, MAX_HEAD_BYTES) - 3
  for (let at = 0; at < limit; at++)
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4
  return -1
}

interface Head {
  readonly startLine: string
  readonly headers: HeaderMap
  readonly body: Uint8Array
}

const decodeHead = (bytes: Uint8Array, goesOn: boolean): Head => {
  const end = findHeadEnd(bytes)
  if (end === -1) throw new WireError('http.head', 'no empty line ends the header', { at: bytes.length, spec })
  const text = latin1(bytes.subarray(0, end - 2))
  const line = text.indexOf('\r\n')
  if (line > MAX_START_LINE_BYTES)
    throw new WireError('http.start-line', `start line of ${line} bytes`, { at: 0, spec })
  const headers = parseStrictHeaderLines(text.slice(line + 2))
  for (const name of forbiddenFields)
    if (headers.has(name)) throw new WireError('http.forbidden-field', `field ${name} has no place in HMP`, { spec })
  const body = bytes.subarray(end)
  if (headers.get(STREAMED) === '1') checkStreamed(body, goesOn, end)
  else checkLength(headers, body, end)
  return { startLine: text.slice(0, line), headers, body }
}

/** A length that is said beside it is for display alone. */
const checkStreamed = (body: Uint8Array, goesOn: boolean, at: number): void => {
  if (!goesOn || body.length > 0)
    throw new WireError('http.streamed', 'the first packet of a streamed message is its head alone, with MORE', {
      at,
      spec: 'hmp.md §8.4',
    })
}

const checkLength = (headers: HeaderMap, body: Uint8Array, at: number): void => {
  const lengths = headers.getAll('Content-Length')
  if (lengths.length > 1) throw new WireError('http.length', 'more than one Content-Length', { at, spec })
  const said = lengths[0] ?? '0'
  if (!/^\d{1,15}$/.test(said)) throw new WireError('http.length', 'Content-Length is no number', { at, spec })
  if (Number(said) !== body.length)
    throw new WireError('http.length', `${body.length} bytes of content where Content-Length says ${said}`, {
      at,
      spec,
    })
}

/**
 * Reads a whole request, or with `goesOn` the first packet of a streamed one, which said MORE. `body` is a view. Throws
 * `WireError` `http.head|start-line|target|length|streamed|forbidden-field|header-*`.
 */
export const decodeRequest = (bytes: Uint8Array, goesOn = false): HttpRequest => {
  const { startLine, headers, body } = decodeHead(bytes, goesOn)
  const match = requestLine.exec(startLine)
  if (!match) throw new WireError('http.start-line', 'no request line of HTTP/1.1', { at: 0, spec })
  const target = match[2]!
  if (!isOriginForm(target)) throw new WireError('http.target', 'the target is not in origin form', { at: 0, spec })
  return { method: match[1]!, target, headers, body }
}

/** Reads an answer as `decodeRequest` reads a request, and throws as it does. */
export const decodeResponse = (bytes: Uint8Array, goesOn = false): HttpResponse => {
  const { startLine, headers, body } = decodeHead(bytes, goesOn)
  const match = statusLine.exec(startLine)
  if (!match) throw new WireError('http.start-line', 'no status line of HTTP/1.1', { at: 0, spec })
  return { status: Number(match[1]), reason: match[2]!, headers, body }
}

const isOriginForm = (target: string): boolean => /^\/[!-~]*$/.test(target) && !target.includes('#')

/** Bytes of a request; of a streamed one, the head alone. Throws `WireError` for what may not be written. */
export const encodeRequest = (init: HttpRequestInit): Uint8Array => {
  const startLine = `${init.method} ${init.target} HTTP/1.1`
  if (!requestLine.test(startLine) || startLine.length > MAX_START_LINE_BYTES)
    throw new WireError('http.start-line', 'method or target cannot be written', { spec })
  if (!isOriginForm(init.target)) throw new WireError('http.target', 'the target is not in origin form', { spec })
  return encode(startLine, init, init.method !== 'GET' && init.method !== 'HEAD' && init.method !== 'DELETE')
}

/** Bytes of an answer; of a streamed one, the head alone. Throws `WireError` for what may not be written. */
export const encodeResponse = (init: HttpResponseInit): Uint8Array => {
  const startLine = `HTTP/1.1 ${init.status} ${init.reason ?? reasonOf(init.status)}`
  if (!statusLine.test(startLine) || startLine.length > MAX_START_LINE_BYTES)
    throw new WireError('http.start-line', `status ${init.status} cannot be written`, { spec })
  return encode(startLine, init, init.status !== 204 && init.status !== 304)
}

const encode = (startLine: string, init: HttpRequestInit | HttpResponseInit, isLengthUsual: boolean): Uint8Array => {
  const headers = new HeaderMap(init.headers)
  for (const name of forbiddenFields)
    if (headers.has(name)) throw new WireError('http.forbidden-field', `field ${name} has no place in HMP`, { spec })
  const { body, streamedBody } = init
  if (body && streamedBody) throw new Defect('a message has either body or streamedBody')
  if (streamedBody) headers.set(STREAMED, '1')
  else {
    headers.delete(STREAMED)
    if (isLengthUsual || body?.length) headers.set('Content-Length', String(body?.length ?? 0))
    else headers.delete('Content-Length')
  }
  const text = `${startLine}\r\n${formatHeaderLines(headers)}\r\n`
  const head = Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
  return body?.length ? concat([head, body]) : head
}
