// SPDX-License-Identifier: Apache-2.0
/** Requests that another site made a browser send: refused for everything that changes something, and for WebSockets. */
import type { IncomingMessage } from 'node:http'
import { Refusal } from '@openhmp/protocol/base'

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/** True when the request comes from our own pages, or from no browser at all (those send neither field). */
export const isOwnOrigin = (request: IncomingMessage, allowed: readonly string[]): boolean => {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin !== undefined) return origin === `https://${host}` || allowed.includes(origin)
  return site === undefined || site === 'same-origin' || site === 'none'
}

/** Throws `Refusal` `origin.foreign`. */
export const checkOrigin = (request: IncomingMessage, allowed: readonly string[]): void => {
  if (safe.has(request.method ?? '') || isOwnOrigin(request, allowed)) return
  throw new Refusal('forbidden', 'origin.foreign', 'this request comes from another site')
}
