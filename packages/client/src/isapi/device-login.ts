// SPDX-License-Identifier: Apache-2.0
/** How one device wants its login: by digest, which every one is asked first, or by session where no digest is offered. */
import { PeerError } from '@openhmp/protocol/base'
import { IsapiLogin, type IsapiLoginOptions, type LoginHead } from './login.ts'
import { type LoginHeaders, SessionLogin, type SessionLoginOptions } from './session-login.ts'

/** Refusals that a request has seen before it waited. */
export type SeenRefusals = readonly [digest: number, session: number]

export interface DeviceLoginOptions extends IsapiLoginOptions, Omit<SessionLoginOptions, keyof IsapiLoginOptions> {
  /** Default: by session where the device offers neither digest nor an allowed Basic. */
  readonly kind: 'auto' | 'digest' | 'session'
}

/** One per device and account. */
export class DeviceLogin implements AsyncDisposable {
  readonly #digest: IsapiLogin
  readonly #session: SessionLogin
  readonly #kind: DeviceLoginOptions['kind']
  #isBySession: boolean

  constructor(options: DeviceLoginOptions) {
    this.#digest = new IsapiLogin(options)
    this.#session = new SessionLogin(options)
    this.#kind = options.kind
    this.#isBySession = options.kind === 'session'
  }

  /** To be given to `send` by a request that waited: a password that was refused meanwhile is not sent again for it. */
  get refusals(): SeenRefusals {
    return [this.#digest.refusals, this.#session.refusals]
  }

  /** As `IsapiLogin.send` and `SessionLogin.send` do. */
  async send<T extends LoginHead>(
    method: string,
    path: string,
    send: (headers: LoginHeaders) => Promise<T>,
    [digest, session]: SeenRefusals = this.refusals,
  ): Promise<T> {
    if (this.#isBySession) return this.#session.send(send, session)
    try {
      const byDigest = (authorization: string | undefined) =>
        send(authorization === undefined ? {} : { Authorization: authorization })
      return await this.#digest.send(method, path, byDigest, digest)
    } catch (error) {
      // Where digest was taken before, somebody between may want another login.
      const mayChange = this.#kind === 'auto' && !this.#digest.wasProven
      if (!mayChange || !(error instanceof PeerError) || error.code !== 'isapi.login-scheme') throw error
      return this.#bySession(send, session, error)
    }
  }

  /** The device's own words of `refused` stand when it has no login by session. */
  async #bySession<T extends LoginHead>(
    send: (headers: LoginHeaders) => Promise<T>,
    seen: number,
    refused: PeerError,
  ): Promise<T> {
    try {
      const answer = await this.#session.send(send, seen)
      this.#isBySession = true
      return answer
    } catch (error) {
      throw error instanceof PeerError && error.code === 'isapi.login-scheme' ? refused : error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }
}
