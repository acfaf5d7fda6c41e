// SPDX-License-Identifier: Apache-2.0
/**
 * The login of one device over HTTP, for all its requests: a digest answer that was accepted is used again, counted, for
 * the requests that follow; a new one is made by one request at a time, so that a wrong password is sent once and not by
 * everyone that waits. Cameras lock an account after five to seven wrong answers. A password that was never right is
 * sent twice in an hour; one that has just been changed costs one answer for each request that is under way with it
 * (three, and a stream) and one new login, or three in all when requests come one after the other.
 */
import { createHash, randomBytes } from 'node:crypto'
import { fromUtf8, type HmpError, PeerError } from '@openhmp/protocol/base'
import {
  type Authorization,
  authorizationFor,
  type Challenge,
  chooseChallenge,
  type HashName,
  hashNames,
  parseChallenges,
} from '@openhmp/protocol/digest'
import { readUserCheck } from '@openhmp/protocol/isapi'
import { parseXml } from '@openhmp/protocol/xml'
import { type LoginCredentials, type LoginGuard, MAX_LOGIN_REFUSALS } from '../login-guard.ts'
import type { WholeAnswer } from './exchange.ts'

const nodeNames: Readonly<Record<HashName, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }
const hash = (name: HashName, text: string): string => createHash(nodeNames[name]).update(text).digest('hex')
const cnonce = (): string => randomBytes(12).toString('hex')

/** Answers to one challenge, and what is known of them. */
interface Pass {
  readonly authorization: Authorization
  /** The digest's hash; undefined for Basic. */
  readonly algorithm: HashName | undefined
  /** Requests that were accepted with it. */
  uses: number
  readonly madeMs: number
}

/** A first use of a nonce for another URL that is refused within this time was not refused for its age. */
const FRESH_MS = 5000
/**
 * A refusal so soon after a success may concern the resource (doorbells answer 401 for what they do not have), not the
 * password; it is not held against the account, unless another comes before any success.
 */
const PROVEN_MS = 60_000

/** What an answer to a request looked like; `send` gives it for a value of `Authorization`. */
export type LoginHead = Pick<WholeAnswer, 'status' | 'headers'> & Partial<Pick<WholeAnswer, 'bytes'>>
type Send<T extends LoginHead> = (authorization: string | undefined) => Promise<T>

export interface IsapiLoginOptions {
  readonly credentials: LoginCredentials
  readonly guard: LoginGuard
  /** As the guard knows it. */
  readonly device: string
  /** For people. */
  readonly name: string
  readonly allowBasic: boolean
  monotonic(): number
}

/** One per device and account. */
export class IsapiLogin {
  readonly #options: IsapiLoginOptions
  #pass: Pass | undefined
  /** The device ties a nonce to one URL: each request needs its own. */
  #isTied = false
  /** The strongest hash that a login succeeded with; from then on, no weaker one is answered. */
  #weakest: HashName | undefined
  /** The login under way; others wait for it. */
  #entry: Promise<unknown> = Promise.resolve()
  /** Logins that were refused; whoever waited for one does not try the same again. */
  #refusals = 0
  #lastRefusal: HmpError | undefined
  #provenMs = Number.NEGATIVE_INFINITY
  /** A refusal was not held against the account; the next one is, with it. */
  #isSpared = false

  constructor(options: IsapiLoginOptions) {
    this.#options = options
  }

  /** To be given to `send` by a request that waited: a password that was refused meanwhile is not sent again for it. */
  get refusals(): number {
    return this.#refusals
  }

  /** A digest was accepted once. */
  get wasProven(): boolean {
    return this.#weakest !== undefined
  }

  /**
   * Sends a request, with a login where the device wants one. Gives the first answer that is no 401. Throws `PeerError`
   * `isapi.unauthorized` (definite: the password is wrong), `isapi.locked`, `isapi.login-scheme`, `login.blocked` before anything is sent.
   */
  async send<T extends LoginHead>(method: string, path: string, send: Send<T>, seen = this.#refusals): Promise<T> {
    const { guard, device, credentials } = this.#options
    if (this.#refusals !== seen && this.#lastRefusal) throw this.#lastRefusal
    guard.check(device, credentials)
    const pass = this.#isTied ? undefined : this.#pass
    const first = await send(pass?.authorization.header(method, path))
    if (first.status !== 401) return this.#accepted(first, pass)
    const mayBeWrong = pass !== undefined && !isStale(first)
    if (mayBeWrong && this.#pass === pass) this.#pass = undefined
    const isFresh = pass !== undefined && this.#options.monotonic() - pass.madeMs < FRESH_MS
    if (mayBeWrong && isFresh && pass.algorithm && pass.uses === 1) this.#isTied = true
    return this.#enter(method, path, send, first, seen, mayBeWrong)
  }

  /** Waits for the login under way, then makes a new one with this request. */
  async #enter<T extends LoginHead>(
    method: string,
    path: string,
    send: Send<T>,
    refused: T,
    seen: number,
    mayBeWrong: boolean,
  ): Promise<T> {
    const before = this.#entry
    const turn = Promise.withResolvers<void>()
    // Where every request needs a nonce of its own, and no password was refused, nobody waits for another.
    const isSerial = mayBeWrong || !this.#isTied || this.#refusals > 0
    if (isSerial) this.#entry = turn.promise
    try {
      if (isSerial) await before
      if (this.#refusals !== seen && this.#lastRefusal) {
        // Another request was refused with the same answer: it was not the resource.
        if (mayBeWrong && this.#isSpared) this.#hold(MAX_LOGIN_REFUSALS)
        throw this.#lastRefusal
      }
      return await this.#answer(method, path, send, refused, mayBeWrong)
    } finally {
      turn.resolve()
    }
  }

  async #answer<T extends LoginHead>(
    method: string,
    path: string,
    send: Send<T>,
    refused: T,
    mayBeWrong: boolean,
  ): Promise<T> {
    const { guard, device, credentials, name } = this.#options
    let answer = refused
    // Twice: the answer of ours may be stale the moment it arrives; the same challenge is never answered again.
    for (let tries = 0; tries < 2; tries++) {
      guard.check(device, credentials)
      this.#mindLock(answer)
      const pass = this.#passFor(answer)
      const next = await send(pass.authorization.header(method, path))
      if (next.status !== 401) {
        this.#pass = pass
        return this.#accepted(next, pass)
      }
      answer = next
      if (!isStale(next)) break
    }
    this.#pass = undefined
    this.#refusals++
    const isProven = this.#options.monotonic() - this.#provenMs < PROVEN_MS
    this.#provenMs = Number.NEGATIVE_INFINITY
    // An answer of before was counted by the device too.
    if (!isProven) this.#hold(mayBeWrong || this.#isSpared ? MAX_LOGIN_REFUSALS : 1)
    this.#isSpared = isProven
    this.#mindLock(answer)
    const error = new PeerError('isapi.unauthorized', `${name}: the device refuses this user and password`, {
      status: 401,
      retry: 'after-login',
    })
    this.#lastRefusal = error
    throw error
  }

  /** Some answers tell that the account is locked: whatever is sent then is wrong, and may make the lock longer. */
  #mindLock({ bytes }: LoginHead): void {
    const seconds = bytes && lockedSeconds(bytes)
    if (seconds === undefined) return
    const howLong = seconds > 0 ? ` for ${Math.ceil(seconds / 60)} min more` : ''
    const text = `${this.#options.name}: the device has locked this user after wrong passwords${howLong}; nothing is sent`
    throw new PeerError('isapi.locked', text, { status: 401, retry: 'after-login' })
  }

  #hold(refusals: number): void {
    const { guard, device, credentials } = this.#options
    for (let i = 0; i < refusals; i++) guard.refused(device, credentials)
  }

  #accepted<T extends LoginHead>(answer: T, pass: Pass | undefined): T {
    if (!pass) return answer
    pass.uses++
    this.#weakest = pass.algorithm ?? this.#weakest // never weaker than before: such a challenge was not answered
    const { guard, device, credentials } = this.#options
    guard.accepted(device, credentials)
    this.#refusals = 0
    this.#isSpared = false
    this.#lastRefusal = undefined
    this.#provenMs = this.#options.monotonic()
    return answer
  }

  #isWeaker(challenge: Challenge): boolean {
    if (this.#weakest === undefined) return false
    return challenge.scheme === 'basic' || hashNames.indexOf(challenge.algorithm) < hashNames.indexOf(this.#weakest)
  }

  /** An answer to the challenges of a 401. */
  #passFor(answer: LoginHead): Pass {
    const { allowBasic, credentials, name } = this.#options
    const challenges = parseChallenges(answer.headers['www-authenticate'] ?? [])
    const challenge = chooseChallenge(challenges, { allowBasic })
    if (challenge && this.#isWeaker(challenge)) {
      const text = `${name}: the device asked for a ${this.#weakest} login and now for a weaker one; nothing is sent, as someone between may want to learn the password`
      throw new PeerError('digest.downgrade', text, { status: 401, retry: 'never' })
    }
    if (challenge) {
      const authorization = authorizationFor(challenge, { ...credentials, hash, cnonce })
      const algorithm = challenge.scheme === 'digest' ? challenge.algorithm : undefined
      return { authorization, algorithm, uses: 0, madeMs: this.#options.monotonic() }
    }
    const text = challenges.some(({ scheme }) => scheme === 'basic')
      ? 'the device offers Basic alone, which would send the password readable over the network; use https:// or switch digest on'
      : 'the device asks for a login of a kind that is not known'
    throw new PeerError('isapi.login-scheme', `${name}: ${text}`, { status: 401, retry: 'never' })
  }
}

/** Longest refusal that is read. */
const MAX_REFUSAL_BYTES = 16 * 1024

/** How long the account stays locked, 0 where that is not told; undefined when it is not locked. */
const lockedSeconds = (bytes: Uint8Array): number | undefined => {
  if (bytes.length > MAX_REFUSAL_BYTES || !fromUtf8(bytes).includes('lockStatus')) return undefined
  try {
    const { isLocked, unlockSeconds = 0 } = readUserCheck(parseXml(bytes))
    return isLocked ? unlockSeconds : undefined
  } catch {
    return undefined // a page for people that holds the word
  }
}

const isStale = (answer: LoginHead): boolean => {
  const challenges = parseChallenges(answer.headers['www-authenticate'] ?? [])
  return challenges.some((one) => one.scheme === 'digest' && one.isStale)
}
