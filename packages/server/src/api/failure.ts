// SPDX-License-Identifier: Apache-2.0
/** From any error to the answer that a caller gets: one table, plain words, nothing of our insides. */
import { randomBytes } from 'node:crypto'
import type { ApiError } from '@openhmp/contract'
import { LinkError, PeerError, Refusal, WireError } from '@openhmp/protocol/base'

const statuses: Readonly<Record<Refusal['kind'], number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  exhausted: 429,
  unavailable: 503,
}

/** What is sent, and whether the error has to be looked at by us. */
export interface Failure {
  readonly status: number
  readonly body: ApiError
  readonly isOurs: boolean
}

interface FrameworkError {
  readonly statusCode?: number
  readonly code?: string
  readonly message?: string
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[]
  readonly validationContext?: string
}

const places: Readonly<Record<string, string>> = { querystring: 'query' }

/** What the web framework refuses by itself. */
const frameworkTexts: Readonly<Record<string, readonly [code: string, text: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['body.type', 'send the body as application/json'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['body.empty', 'the body is missing'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['body.json', 'the body is not JSON'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body.long', 'the body is too long'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['body.length', 'the length of the body is not what was announced'],
}

/** Never throws. Aborts (a client that left) count as 499 and are nobody's fault. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Refusal) {
    const retry = error.kind === 'exhausted' || error.kind === 'unavailable' ? 'later' : 'never'
    const body: ApiError = { code: error.code, text: error.message, retry }
    return { status: statuses[error.kind], body, isOurs: false }
  }
  // A camera's 401 must not look like our own: the page would sign its user out.
  if (error instanceof PeerError)
    return { status: 502, body: { code: error.code, text: error.message, retry: error.retry }, isOurs: false }
  if (error instanceof LinkError)
    return { status: 502, body: { code: error.code, text: error.message, retry: 'later' }, isOurs: false }
  if (error instanceof WireError)
    return {
      status: 502,
      body: { code: error.code, text: `the device talks nonsense: ${error.message}`, retry: 'later' },
      isOurs: false,
    }
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    const isLate = error.name === 'TimeoutError'
    const text = isLate ? 'no answer in time' : 'the request was given up'
    return {
      status: isLate ? 504 : 499,
      body: { code: isLate ? 'link.timeout' : 'aborted', text, retry: 'later' },
      isOurs: false,
    }
  }
  const { validation, validationContext = 'body', statusCode, code = '', message = '' } = error as FrameworkError
  if (validation) {
    const [first] = validation
    const path = (first?.instancePath ?? '').replaceAll('/', '.')
    const at = `${places[validationContext] ?? validationContext}${path}`
    return {
      status: 400,
      body: { code: 'input.invalid', text: `${at}: ${first?.message ?? message}`, retry: 'never', at },
      isOurs: false,
    }
  }
  const known = frameworkTexts[code]
  if (known)
    return { status: statusCode ?? 400, body: { code: known[0], text: known[1], retry: 'never' }, isOurs: false }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, body: { code: 'request.refused', text: message, retry: 'never' }, isOurs: false }
  const mark = randomBytes(4).toString('hex')
  const text = `something went wrong on the server; its log says more under ${mark}`
  return { status: 500, body: { code: 'defect', text, retry: 'later' }, isOurs: true }
}
