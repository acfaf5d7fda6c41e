// SPDX-License-Identifier: Apache-2.0
/**
 * The server's side: challenges with nonces of limited life, and answers checked against them. RFC 7616 §3.3 and §3.4.
 *
 *   answer                                      result
 *   no header                                   missing
 *   cannot be read, or not what was asked       malformed
 *   unknown user, or the wrong number           wrong
 *   right, but the nonce is unknown or too old  stale: challenge again with stale=true, the client will retry by itself
 *   right, but its count was seen               replay: as stale
 */
import { fromUtf8, unbase64 } from '../base/bytes.ts'
import { HmpError } from '../base/errors.ts'
import { type Hash, type HashName, parseAlgorithm } from './challenge.ts'
import { type AuthField, parseAuthFields, quote } from './fields.ts'
import { digestResponse } from './response.ts'

/** Most nonces that are remembered; of more, the youngest. */
export const MAX_NONCES = 1024

/** How the server asks. */
export interface VerifierOptions {
  readonly realm: string
  /** One challenge for each, in this order. */
  readonly algorithms: readonly HashName[]
  /** Offer `qop="auth"`; without it answers of RFC 2069 are taken, whose replay only the nonce's life limits. */
  readonly qop: boolean
  /** Takes Basic too, and offers it last. Default: no. */
  readonly basic?: boolean
  readonly hash: Hash
  /** A fresh, unforeseeable text. */
  readonly nonce: (nowMs: number) => string
  readonly nonceLifeMs: number
}

/** What came of an answer. */
export type Verdict =
  | { readonly ok: true; readonly user: string }
  | { readonly ok: false; readonly reason: 'missing' | 'malformed' | 'wrong' | 'stale' | 'replay' }

const no = (reason: Exclude<Verdict, { ok: true }>['reason']): Verdict => ({ ok: false, reason })

/** Challenges and checks for one realm. */
export class DigestVerifier {
  readonly #options: VerifierOptions
  readonly #nonces = new Map<string, { issuedMs: number; count: number }>()

  constructor(options: VerifierOptions) {
    this.#options = options
  }

  /** Values for `WWW-Authenticate`, one header each, sharing one new nonce. */
  challenge(nowMs: number, isStale = false): string[] {
    const { realm, algorithms, qop, basic } = this.#options
    const nonce = this.#options.nonce(nowMs)
    this.#nonces.set(nonce, { issuedMs: nowMs, count: 0 })
    for (const [oldest, { issuedMs }] of this.#nonces) {
      if (this.#nonces.size <= MAX_NONCES && nowMs - issuedMs <= this.#options.nonceLifeMs) break
      this.#nonces.delete(oldest)
    }
    const digests = algorithms.map((algorithm) =>
      [
        `Digest realm=${quote(realm)}`,
        `nonce=${quote(nonce)}`,
        ...(qop ? ['qop="auth"'] : []),
        ...(algorithm === 'MD5' && algorithms.length === 1 ? [] : [`algorithm=${algorithm}`]),
        `stale=${isStale ? 'true' : 'false'}`,
      ].join(', '),
    )
    return basic ? [...digests, `Basic realm=${quote(realm)}`] : digests
  }

  /**
   * Checks the `Authorization` of a request. `lookup` gives a user's password. `uri` is what stands in the request line.
   *
   * Tolerates: clients that answer with the path alone where the request line holds the whole URL, or the other way
   * round, though RFC 7616 §3.4 wants the same.
   */
  verify(
    authorization: string | undefined,
    method: string,
    uri: string,
    lookup: (user: string) => string | undefined,
    nowMs: number,
  ): Verdict {
    if (authorization === undefined) return no('missing')
    const field = fieldOf(authorization)
    if (field?.scheme === 'basic' && this.#options.basic) return verifyBasic(field, lookup)
    if (field?.scheme !== 'digest') return no('malformed')
    return this.#verifyDigest(field, method, uri, lookup, nowMs)
  }

  #verifyDigest(
    field: AuthField,
    method: string,
    uri: string,
    lookup: (user: string) => string | undefined,
    nowMs: number,
  ): Verdict {
    const value = (name: string): string => field.parameters.get(name)?.value ?? ''
    const named = parseAlgorithm(field.parameters.get('algorithm')?.value)
    const hasQop = field.parameters.has('qop')
    const count = value('nc')
    if (!named || !this.#options.algorithms.includes(named.algorithm)) return no('malformed')
    if (value('realm') !== this.#options.realm || pathOf(value('uri')) !== pathOf(uri)) return no('malformed')
    if (hasQop !== this.#options.qop || (hasQop && (value('qop') !== 'auth' || !/^[0-9a-f]{8}$/i.test(count))))
      return no('malformed')
    const username = value('username')
    const password = lookup(username)
    const proof = { ...named, username, realm: this.#options.realm, nonce: value('nonce'), method, uri: value('uri') }
    const wanted = digestResponse(
      { ...proof, password: password ?? '', cnonce: value('cnonce'), ...(hasQop ? { count } : {}) },
      this.#options.hash,
    )
    if (!sameText(wanted, value('response').toLowerCase()) || password === undefined) return no('wrong')
    const nonce = this.#nonces.get(value('nonce'))
    if (!nonce || nowMs - nonce.issuedMs > this.#options.nonceLifeMs) return no('stale')
    if (!hasQop) return { ok: true, user: username }
    const counted = Number.parseInt(count, 16)
    if (counted <= nonce.count) return no('replay')
    nonce.count = counted
    return { ok: true, user: username }
  }
}

const fieldOf = (authorization: string): AuthField | undefined => {
  try {
    return parseAuthFields(authorization)[0]
  } catch (error) {
    if (error instanceof HmpError) return undefined
    throw error
  }
}

const verifyBasic = (field: AuthField, lookup: (user: string) => string | undefined): Verdict => {
  const bytes = unbase64(field.token68)
  const text = bytes ? fromUtf8(bytes) : ''
  const colon = text.indexOf(':')
  if (colon === -1) return no('malformed')
  const user = text.slice(0, colon)
  const password = lookup(user)
  return password !== undefined && sameText(password, text.slice(colon + 1)) ? { ok: true, user } : no('wrong')
}

const pathOf = (uri: string): string => uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')

/** Compares in a time that does not tell where the difference is. */
const sameText = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ (b.charCodeAt(i) || 0)
  return difference === 0
}
