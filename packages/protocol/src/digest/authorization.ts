// SPDX-License-Identifier: Apache-2.0
/** The client's side: `Authorization` for each request, from a challenge and an account. RFC 7616 §3.4, RFC 7617. */
import { base64, utf8 } from '../base/bytes.ts'
import type { Challenge, DigestChallenge, Hash } from './challenge.ts'
import { quote } from './fields.ts'
import { digestResponse } from './response.ts'

/** An account and what is needed to prove it. */
export interface Account {
  readonly username: string
  readonly password: string
  readonly hash: Hash
  /** A fresh random text for each request. */
  readonly cnonce: () => string
}

/** Answers for one account to one challenge. Every request needs its own. */
export interface Authorization {
  /** The header's value. `uri` is exactly what stands in the request line. */
  header(method: string, uri: string): string
}

/** The answer to whatever was chosen. */
export const authorizationFor = (challenge: Challenge, account: Account): Authorization =>
  challenge.scheme === 'digest' ? new DigestAuthorization(challenge, account) : basic(account)

const basic = ({ username, password }: Account): Authorization => {
  const value = `Basic ${base64(utf8(`${username}:${password}`))}`
  return { header: () => value }
}

/** Answers to one digest challenge; counts its requests (`nc`). */
export class DigestAuthorization implements Authorization {
  readonly #challenge: DigestChallenge
  readonly #account: Account
  #count = 0

  constructor(challenge: DigestChallenge, account: Account) {
    this.#challenge = challenge
    this.#account = account
  }

  header(method: string, uri: string): string {
    const { realm, nonce, opaque, algorithm, isSession, algorithmText, hasQop, hasUserhash } = this.#challenge
    const { username, password, hash } = this.#account
    const cnonce = hasQop || isSession ? this.#account.cnonce() : undefined
    const count = hasQop ? (++this.#count).toString(16).padStart(8, '0') : undefined
    const proof = { algorithm, isSession, username, realm, password, nonce, method, uri }
    const response = digestResponse(
      { ...proof, ...(cnonce === undefined ? {} : { cnonce }), ...(count === undefined ? {} : { count }) },
      hash,
    )
    const shownName = hasUserhash ? hash(algorithm, `${username}:${realm}`) : username
    return [
      `Digest username=${quote(shownName)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(uri)}`,
      `response="${response}"`,
      ...(algorithmText === undefined ? [] : [`algorithm=${algorithmText}`]),
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
      ...(count === undefined ? [] : ['qop=auth', `nc=${count}`]),
      ...(cnonce === undefined ? [] : [`cnonce=${quote(cnonce)}`]),
      ...(hasUserhash ? ['userhash=true'] : []),
    ].join(', ')
  }
}
