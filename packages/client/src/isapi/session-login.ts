// SPDX-License-Identifier: Apache-2.0
/**
 * Login by session, for devices that take no digest: one challenge answered, then a cookie on each request, kept alive by a
 * beat and given back at the end, as devices have room for few. A wrong password is sent by one request and not by everyone
 * that waits, and twice in an hour at most.
 */
import { createHash } from 'node:crypto'
import { type Clock, HmpError, LinkError, PeerError, utf8 } from '@openhmp/protocol/base'
import {
  answerToChallenge,
  readResponseStatus,
  readSessionChallenge,
  readSessionOutcome,
  sessionLoginElement,
} from '@openhmp/protocol/isapi'
import { formatXml, parseXml, type XmlElement } from '@openhmp/protocol/xml'
import { errorOfAnswer } from './answer.ts'
import type { WholeAnswer } from './exchange.ts'
import type { IsapiLoginOptions, LoginHead } from './login.ts'

const PATH = '/ISAPI/Security/sessionLogin'
/** Devices end a session after a minute or more of silence. */
const BEAT_MS = 30_000
/** Giving a session back may take so long; after that it runs out by itself. */
const LOGOUT_MS = 2000

/** Header fields that stand for the login. */
export type LoginHeaders = Readonly<Record<string, string>>

/** Sends a request of the login's own. */
export type Ask = (
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body: Uint8Array | undefined,
  headers: LoginHeaders,
) => Promise<WholeAnswer>

export interface SessionLoginOptions extends Omit<IsapiLoginOptions, 'allowBasic' | 'monotonic'> {
  readonly clock: Clock
  readonly ask: Ask
}

interface Session {
  readonly cookie: string
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** One per device and account. */
export class SessionLogin implements AsyncDisposable {
  readonly #options: SessionLoginOptions
  readonly #ending = new AbortController()
  #session: Session | undefined
  /** The login under way; others wait for it. */
  #entry: Promise<Session | undefined> | undefined
  #refusals = 0
  #lastRefusal: HmpError | undefined
  #lockedUntilMs = Number.NEGATIVE_INFINITY
  #isLost = false

  constructor(options: SessionLoginOptions) {
    this.#options = options
  }

  /** As `IsapiLogin.refusals`. */
  get refusals(): number {
    return this.#refusals
  }

  /**
   * Sends a request with the session's cookie, and once more with a new one when it had ended. Throws `PeerError`
   * `isapi.unauthorized` (the password is wrong), `isapi.locked`, `isapi.login-scheme` (the device has no such login),
   * `isapi.forbidden` (a session that is good may not), `login.blocked`; `isapi.deviceBusy` where there are too many sessions.
   */
  async send<T extends LoginHead>(send: (headers: LoginHeaders) => Promise<T>, seen = this.#refusals): Promise<T> {
    if (this.#refusals !== seen && this.#lastRefusal) throw this.#lastRefusal
    const session = this.#session ?? (await this.#enter())
    const first = await this.#try(send, session)
    if (first.status !== 401 || !session) return first
    if (await this.#isGood(session)) throw this.#forbidden()
    if (this.#session === session) this.#session = undefined
    const next = this.#session ?? (await this.#enter())
    const second = await this.#try(send, next)
    if (second.status === 401) throw this.#forbidden()
    return second
  }

  async #try<T>(send: (headers: LoginHeaders) => Promise<T>, session: Session | undefined): Promise<T> {
    try {
      const answer = await send(session ? { Cookie: session.cookie } : {})
      this.#isLost = false
      return answer
    } catch (error) {
      this.#isLost = error instanceof LinkError
      throw error
    }
  }

  /**
   * Whether a 401 was not for the session.
   *
   * Tolerates: devices (doorbells) that answer 401 to what they do not have.
   */
  async #isGood(session: Session): Promise<boolean> {
    return (await this.#beat(session)).status < 300
  }

  #beat({ cookie }: Session): Promise<WholeAnswer> {
    return this.#options.ask('PUT', '/ISAPI/Security/sessionHeartbeat', new Uint8Array(), { Cookie: cookie })
  }

  /** Undefined where the device sends requests elsewhere. */
  #enter(): Promise<Session | undefined> {
    this.#entry ??= this.#logIn().finally(() => {
      this.#entry = undefined
    })
    return this.#entry
  }

  async #logIn(): Promise<Session | undefined> {
    const { guard, device, credentials, name, clock, ask } = this.#options
    guard.check(device, credentials)
    if (clock.monotonic() < this.#lockedUntilMs) throw this.#lock(this.#lockedUntilMs - clock.monotonic())
    const where = `${PATH}/capabilities?username=${encodeURIComponent(credentials.username)}`
    const asked = await ask('GET', where, undefined, {})
    if (asked.status >= 300 && asked.status < 400) return undefined
    const challenge = withRoot(asked, readSessionChallenge)
    if (!challenge) {
      const error = errorOfAnswer(asked, `${name}: GET ${PATH}/capabilities`)
      if (error && (error.retry === 'later' || error.code === 'isapi.not-activated')) throw error
      const text = `${name}: the device offers no login that is known, neither digest nor session`
      throw new PeerError('isapi.login-scheme', text, { status: 401, retry: 'never' })
    }
    const answer = answerToChallenge(challenge, credentials, sha256)
    const document = formatXml(sessionLoginElement(challenge, credentials.username, answer))
    const said = await ask('POST', `${PATH}?timeStamp=${Math.floor(clock.now() / 1000)}`, utf8(document), {})
    const session = this.#judge(said)
    this.#session = session
    this.#keep(session).catch(() => {}) // ended with this login
    return session
  }

  /** Throws for a no. */
  #judge(said: WholeAnswer): Session {
    const { guard, device, credentials, name } = this.#options
    const outcome = withRoot(said, readSessionOutcome)
    const error = errorOfAnswer(said, `${name}: POST ${PATH}`)
    const isRefused = error?.retry === 'after-login' && error.code !== 'isapi.not-activated'
    if (said.status === 401 || outcome?.isOk === false || isRefused) {
      guard.refused(device, credentials)
      this.#refusals++
      this.#lastRefusal = new PeerError('isapi.unauthorized', `${name}: the device refuses this user and password`, {
        ...{ status: 401, retry: 'after-login' },
      })
      if (outcome?.isLocked) {
        const lockMs = (outcome.unlockSeconds ?? 0) * 1000
        this.#lockedUntilMs = this.#options.clock.monotonic() + lockMs
        this.#lastRefusal = this.#lock(lockMs)
      }
      throw this.#lastRefusal
    }
    if (error) throw error
    const cookie = cookieOf(said, outcome?.sessionId)
    if (cookie === undefined)
      throw new PeerError('isapi.not-isapi', `${name}: the device says yes to a login and gives no session`, {
        ...{ retry: 'never' },
      })
    guard.accepted(device, credentials)
    this.#refusals = 0
    this.#lastRefusal = undefined
    return { cookie }
  }

  #lock(leftMs: number): PeerError {
    const howLong = leftMs > 0 ? ` for ${Math.ceil(leftMs / 60_000)} min more` : ''
    const text = `${this.#options.name}: the device has locked this user after wrong passwords${howLong}; nothing is sent`
    return new PeerError('isapi.locked', text, { status: 401, retry: 'after-login' })
  }

  #forbidden(): PeerError {
    const text = `${this.#options.name}: the device refuses this to a session that it has just accepted`
    return new PeerError('isapi.forbidden', text, { status: 401, retry: 'never' })
  }

  /** Beats while the session is ours. */
  async #keep(session: Session): Promise<void> {
    while (this.#session === session) {
      await this.#options.clock.sleep(BEAT_MS, { signal: this.#ending.signal })
      if (this.#session !== session) return
      const status = await this.#beat(session).then(
        (answer) => answer.status,
        () => undefined, // the next request finds out
      )
      if (status === 401 && this.#session === session) this.#session = undefined
    }
  }

  /** Gives the session back, unless the device is out of reach. */
  async [Symbol.asyncDispose](): Promise<void> {
    const session = this.#session
    this.#session = undefined
    if (!session || this.#isLost || this.#ending.signal.aborted) return this.#ending.abort()
    const { ask, clock } = this.#options
    const logout = ask('PUT', '/ISAPI/Security/sessionLogout', new Uint8Array(), { Cookie: session.cookie })
    await Promise.race([logout, clock.sleep(LOGOUT_MS, { signal: this.#ending.signal })]).catch(() => {}) // it runs out
    this.#ending.abort()
  }
}

const withRoot = <T>({ bytes }: WholeAnswer, read: (root: XmlElement) => T): T | undefined => {
  if (bytes.length === 0 || readResponseStatus(bytes)) return undefined
  try {
    return read(parseXml(bytes))
  } catch (error) {
    if (error instanceof HmpError) return undefined // a page for people
    throw error
  }
}

/**
 * What a device sets itself.
 *
 * Tolerates: firmware that tells the session's id in the document, and sets no cookie.
 */
const cookieOf = ({ headers }: WholeAnswer, sessionId: string | undefined): string | undefined => {
  for (const one of headers['set-cookie'] ?? []) {
    const [cookie] = /^WebSession\w{0,64}=[\w.-]{1,256}(?=;|$)/.exec(one) ?? []
    if (cookie !== undefined) return cookie
  }
  return sessionId !== undefined && /^[\w.-]{1,256}$/.test(sessionId) ? `WebSession=${sessionId}` : undefined
}
