// SPDX-License-Identifier: Apache-2.0
/** Sessions of the device's web interface: who logged in once sends a cookie instead of the password, until it idles too long. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '@openhmp/protocol/base'

/** A session that says nothing for so long is over; clients beat each half minute. */
export const WEB_SESSION_MS = 60_000

interface WebSession {
  readonly userName: string
  heardMs: number
}

/** One device's. */
export class WebSessions {
  readonly #clock: Clock
  readonly #limit: number
  readonly #sessions = new Map<string, WebSession>()

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Open at this moment. */
  get count(): number {
    for (const id of this.#sessions.keys()) this.#find(id)
    return this.#sessions.size
  }

  /** The new session's id; undefined when there are as many as the device has room for. */
  open(userName: string): string | undefined {
    if (this.count >= this.#limit) return undefined
    const id = randomBytes(32).toString('hex')
    this.#sessions.set(id, { userName, heardMs: this.#clock.monotonic() })
    return id
  }

  /** Whose it is, and prolongs it; undefined for one that is over or never was. */
  userOf(id: string): string | undefined {
    const session = this.#find(id)
    if (session) session.heardMs = this.#clock.monotonic()
    return session?.userName
  }

  close(id: string): void {
    this.#sessions.delete(id)
  }

  /** The user has another password, or is no more: all but the session that changed it. */
  closeOf(userName: string, but?: string): void {
    for (const [id, session] of this.#sessions)
      if (session.userName === userName && id !== but) this.#sessions.delete(id)
  }

  /** The device restarts. */
  closeAll(): void {
    this.#sessions.clear()
  }

  #find(id: string): WebSession | undefined {
    const session = this.#sessions.get(id)
    if (!session || this.#clock.monotonic() - session.heardMs < WEB_SESSION_MS) return session
    this.#sessions.delete(id)
    return undefined
  }
}

/** The session that a `Cookie` header names: `WebSession=ID`, or `WebSession_SUFFIX=ID` (RFC 6265 §4.2). */
export const webSessionOf = (cookie: string | undefined): string | undefined =>
  /(?:^|;)\s*WebSession(?:_[0-9a-z]{1,32})?=([0-9a-f]{32,128})(?:;|$)/i.exec(cookie ?? '')?.[1]
