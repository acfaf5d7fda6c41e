// SPDX-License-Identifier: Apache-2.0
/**
 * The login of one RTSP client connection: an answer for every request, and the rule that keeps accounts unlocked.
 *
 * Until the password has been proven right, it is sent once, and once more only when the camera says that nothing but
 * its nonce was old (`stale`, RFC 7616 §3.3). After that, one retry a request: some firmware ties a nonce to a URL.
 */
import { type HmpError, PeerError } from '../base/errors.ts'
import { type Authorization, authorizationFor } from '../digest/authorization.ts'
import { type Challenge, chooseChallenge, type Hash, parseChallenges } from '../digest/challenge.ts'
import type { RtspCredentials } from './client-api.ts'
import type { RtspResponse } from './message.ts'

/** What the login remembers of one request. */
export interface LoginTries {
  /** The request carried an `Authorization`. */
  isAuthorized: boolean
  wasRetried: boolean
  wasRetriedAsStale: boolean
}

/** What the login needs from outside. */
export interface RtspLoginOptions {
  readonly credentials?: RtspCredentials
  readonly hash: Hash
  readonly cnonce: () => string
  readonly allowBasic: boolean
}

/** One per connection. */
export class RtspLogin {
  readonly #options: RtspLoginOptions
  #authorization: Authorization | undefined
  #isProven = false

  constructor(options: RtspLoginOptions) {
    this.#options = options
  }

  /** Value of `Authorization` for a request, or undefined as long as nobody has asked for one. */
  header(method: string, url: string): string | undefined {
    return this.#authorization?.header(method, url)
  }

  /** A request with an answer of ours was not refused: the password is right. */
  accepted(method: string, tries: LoginTries): void {
    if (tries.isAuthorized && method !== 'OPTIONS') this.#isProven = true // OPTIONS is answered unchecked
  }

  /** Takes a 401. Undefined: send the request once more. Else: the error to end with. */
  challenged(response: RtspResponse, tries: LoginTries): HmpError | undefined {
    const { credentials } = this.#options
    if (!credentials) return unauthorized('the camera asks for a user and a password')
    const challenges = parseChallenges(response.headers.getAll('WWW-Authenticate'))
    const challenge = chooseChallenge(challenges, { allowBasic: this.#options.allowBasic })
    if (!challenge) return this.#noScheme(challenges)
    const isStale = challenge.scheme === 'digest' && challenge.isStale
    if (!tries.isAuthorized && !tries.wasRetried) tries.wasRetried = true
    else if (tries.isAuthorized && isStale && !tries.wasRetriedAsStale) tries.wasRetriedAsStale = true
    else if (this.#isProven && !tries.wasRetried) tries.wasRetried = true
    else return unauthorized('the camera refuses this user and password')
    const { hash, cnonce } = this.#options
    this.#authorization = authorizationFor(challenge, { ...credentials, hash, cnonce })
    return undefined
  }

  #noScheme(challenges: readonly Challenge[]): HmpError {
    const isBasic = challenges.some((challenge) => challenge.scheme === 'basic')
    const text = isBasic
      ? 'the camera offers Basic alone, which would send the password readable over the network'
      : 'the camera asks for a login of a kind that is not known'
    return new PeerError('rtsp.login-scheme', text, { status: 401, retry: 'never' })
  }
}

const unauthorized = (text: string): HmpError =>
  new PeerError('rtsp.unauthorized', text, { status: 401, retry: 'after-login' })
