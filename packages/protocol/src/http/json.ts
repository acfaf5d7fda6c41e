// SPDX-License-Identifier: Apache-2.0
/** JSON as the content of messages, and the error content of hmp.md §8.6. */
import { fromUtf8, utf8 } from '../base/bytes.ts'
import { PeerError, type Retry, WireError } from '../base/errors.ts'
import type { HttpRequestInit, HttpResponse, HttpResponseInit } from './message.ts'

const type = { 'Content-Type': 'application/json' }

/** A request with JSON content. */
export const jsonRequest = (method: string, target: string, value: unknown): HttpRequestInit => ({
  method,
  target,
  headers: type,
  body: utf8(JSON.stringify(value)),
})

/** An answer with JSON content. */
export const jsonResponse = (status: number, value: unknown): HttpResponseInit => ({
  status,
  headers: type,
  body: utf8(JSON.stringify(value)),
})

/** The answer of `/HMP/...` to what it refuses: hmp.md §8.6. */
export const errorResponse = (status: number, code: string, text: string, retry: Retry = 'never'): HttpResponseInit =>
  jsonResponse(status, { code, text, retry })

/** The JSON object that a message holds. Throws `WireError` `http.json` when it holds anything else. */
export const readJsonObject = (message: { readonly body: Uint8Array }): Readonly<Record<string, unknown>> => {
  let value: unknown
  try {
    value = JSON.parse(fromUtf8(message.body))
  } catch (cause) {
    throw new WireError('http.json', 'the content is no JSON', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError('http.json', 'the content is no JSON object')
  return value as Record<string, unknown>
}

/** The error that a refusal of `/HMP/...` stands for. Content that is not of §8.6 gives the code `hmp.refused`. */
export const errorOf = (response: HttpResponse): PeerError => {
  let code = 'hmp.refused'
  let text = `${response.status} ${response.reason}`
  let retry: Retry = response.status >= 500 ? 'later' : 'never'
  try {
    const said = readJsonObject(response)
    if (typeof said['code'] === 'string') code = said['code'].slice(0, 128)
    if (typeof said['text'] === 'string') text = said['text'].slice(0, 512)
    if (said['retry'] === 'never' || said['retry'] === 'later' || said['retry'] === 'after-login') retry = said['retry']
  } catch {
    // an answer without the content of §8.6 is still a refusal
  }
  return new PeerError(code, text, { status: response.status, retry })
}
