// SPDX-License-Identifier: Apache-2.0
/** What a server asks for in `WWW-Authenticate`: Digest (RFC 7616, RFC 2069) and Basic (RFC 7617). */
import { type AuthField, parseAuthFields } from './fields.ts'

/** Hash functions of RFC 7616 §6.1, weakest first. */
export const hashNames = ['MD5', 'SHA-256', 'SHA-512-256'] as const
export type HashName = (typeof hashNames)[number]
/** The hash of a text's UTF-8 bytes, in lower-case hex. `protocol` has no crypto: the caller brings it. */
export type Hash = (name: HashName, text: string) => string

/** A challenge that can be answered. */
export type Challenge = DigestChallenge | BasicChallenge

/** RFC 7616 §3.3. */
export interface DigestChallenge {
  readonly scheme: 'digest'
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: HashName
  /** The `-sess` variant. */
  readonly isSession: boolean
  /** As written, with its quotes: it is sent back so. Undefined when the server named none: MD5. */
  readonly algorithmText: string | undefined
  /** The server offers `qop="auth"`; without it the older answer of RFC 2069 is sent. */
  readonly hasQop: boolean
  /** The last answer was right but its nonce too old. */
  readonly isStale: boolean
  /** The user name is sent as a hash. */
  readonly hasUserhash: boolean
}

/** RFC 7617. */
export interface BasicChallenge {
  readonly scheme: 'basic'
  readonly realm: string
}

/**
 * Reads all challenges of one answer that can be met; others (unknown scheme or algorithm, `auth-int` alone, no nonce)
 * are left out. Throws `WireError` `digest.size`, `digest.count`.
 *
 * Tolerates: Hikvision cameras that write `algorithm="SHA-256"` and `stale="FALSE"`, though RFC 7616 §3.3 wants tokens
 * without quotes in lower case; and intercoms that add parameters of their own (`random`).
 */
export const parseChallenges = (header: string | readonly string[]): Challenge[] => {
  const headers = typeof header === 'string' ? [header] : header
  return headers
    .flatMap((text) => parseAuthFields(text))
    .flatMap((field): Challenge[] => {
      if (field.scheme === 'basic') return [{ scheme: 'basic', realm: field.parameters.get('realm')?.value ?? '' }]
      const digest = field.scheme === 'digest' ? digestOf(field) : undefined
      return digest ? [digest] : []
    })
}

const digestOf = ({ parameters }: AuthField): DigestChallenge | undefined => {
  const value = (name: string): string | undefined => parameters.get(name)?.value
  const nonce = value('nonce')
  const algorithm = parseAlgorithm(value('algorithm'))
  const qop = value('qop')
    ?.toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '')
  if (nonce === undefined || !algorithm || (qop && qop.length > 0 && !qop.includes('auth'))) return undefined
  const written = parameters.get('algorithm')
  return {
    scheme: 'digest',
    realm: value('realm') ?? '',
    nonce,
    opaque: value('opaque'),
    ...algorithm,
    algorithmText: written && (written.isQuoted ? `"${written.value}"` : written.value),
    hasQop: qop?.includes('auth') ?? false,
    isStale: value('stale')?.trim().toLowerCase() === 'true',
    hasUserhash: value('userhash')?.trim().toLowerCase() === 'true',
  }
}

/**
 * The algorithm that a challenge or answer names; undefined for one that is not known.
 *
 * Tolerates: devices that write `SHA256` or `sha-256`, though RFC 7616 §6.1 registers `SHA-256`.
 */
export const parseAlgorithm = (text: string | undefined): { algorithm: HashName; isSession: boolean } | undefined => {
  if (text === undefined || text.trim() === '') return { algorithm: 'MD5', isSession: false }
  const isSession = /-sess$/i.test(text.trim())
  const bare = text
    .trim()
    .toUpperCase()
    .replace(/-SESS$/, '')
    .replaceAll('-', '')
  const algorithm = hashNames.find((name) => name.replaceAll('-', '') === bare)
  return algorithm && { algorithm, isSession }
}

/**
 * The strongest challenge: digest by hash, then Basic where it is allowed (over TLS). `weakest` refuses hashes below it.
 */
export const chooseChallenge = (
  challenges: readonly Challenge[],
  options: { readonly allowBasic: boolean; readonly weakest?: HashName },
): Challenge | undefined => {
  const least = hashNames.indexOf(options.weakest ?? 'MD5')
  const strength = (challenge: Challenge): number =>
    challenge.scheme === 'digest' ? hashNames.indexOf(challenge.algorithm) : -1
  const allowed = challenges.filter((one) => (one.scheme === 'basic' ? options.allowBasic : strength(one) >= least))
  return allowed.reduce<Challenge | undefined>(
    (best, one) => (best && strength(best) >= strength(one) ? best : one),
    undefined,
  )
}
