// SPDX-License-Identifier: Apache-2.0
/**
 * Sessions of people: 256 random bits in a cookie, their hash in the database. Twelve hours at most, half an hour
 * without use; an open live link counts as use. That of a screen in a control room may do little, has no end, and is good
 * from its own network alone. All are in memory too, so that no request waits for the disk.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Permission } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'
import type { Accounts } from './accounts.ts'
import type { SignedIn } from './can.ts'
import { networkOf } from './try-limit.ts'

export const ABSOLUTE_MS = 12 * 60 * 60_000
export const IDLE_MS = 30 * 60_000
/** Sessions of one user; of more, the oldest ends. */
export const MAX_SESSIONS_PER_USER = 50
/** How long a proof of identity is good for what is dangerous. */
export const PROOF_MS = 5 * 60_000
/** What a screen in a control room may do, of what its owner may. */
const wallMay: readonly Permission[] = ['live.view', 'live.listen', 'event.view', 'device.view']
/** How often a use is written down. */
const TOUCH_MS = 60_000

/** A session that is good now. */
export interface Session {
  readonly tokenHash: string
  readonly user: SignedIn
  readonly createdAt: number
  /** The address it was begun from. */
  readonly source: string
  lastSeenAt: number
  writtenAt: number
  /** When its person last showed who they are. Not kept over a restart: then they show it again. */
  provenAt: number
  /** The screen's name, of a screen in a control room. */
  readonly wall?: string
  /** Of a program's token: as good as that is. */
  readonly lease?: { isGood(): boolean; touch(): void }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Who sits there: a screen does less than its owner. */
const seatOf = (user: SignedIn, wall: string | null): Pick<Session, 'user' | 'wall'> => {
  if (wall === null) return { user }
  const screen: SignedIn = {
    id: user.id,
    only: wallMay,
    get name() {
      return user.name
    },
    get rights() {
      return user.rights
    },
  }
  return { user: screen, wall }
}

/** All sessions. `onEnd` is told when one ends, so that its open links can be cut. */
export class Sessions {
  readonly #store: Store
  readonly #now: () => number
  readonly #byHash = new Map<string, Session>()
  readonly #watchers = new Set<(session: Session) => void>()

  private constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  static async open(store: Store, now: () => number, accounts: Pick<Accounts, 'find'>): Promise<Sessions> {
    const sessions = new Sessions(store, now)
    const rows = await store.db
      .selectFrom('session')
      .select(['tokenHash', 'userId', 'createdAt', 'lastSeenAt', 'source', 'wall'])
      .orderBy('createdAt')
      .execute()
    for (const { tokenHash, userId, createdAt, lastSeenAt, source, wall } of rows) {
      const user = accounts.find(userId)
      if (!user) continue
      const times = { createdAt, lastSeenAt, writtenAt: lastSeenAt, provenAt: createdAt }
      sessions.#byHash.set(tokenHash, { tokenHash, source, ...times, ...seatOf(user, wall) })
    }
    await sessions.sweep()
    return sessions
  }

  get count(): number {
    return this.#byHash.size
  }

  /** Tells each end; returns how to stop. */
  onEnd(watcher: (session: Session) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** The token for the cookie; it is nowhere else. With `wall`, of a screen in a control room with that name. */
  async start(user: SignedIn, source: string, wall: string | null = null): Promise<string> {
    const own = [...this.#byHash.values()].filter((session) => session.user.id === user.id)
    if (own.length >= MAX_SESSIONS_PER_USER) await this.end(own[0]!)
    const token = randomBytes(32).toString('base64url')
    const tokenHash = hashOf(token)
    const createdAt = this.#now()
    const row = { tokenHash, userId: user.id, createdAt, lastSeenAt: createdAt, source, wall }
    await this.#store.db.insertInto('session').values(row).execute()
    const times = { createdAt, lastSeenAt: createdAt, writtenAt: createdAt, provenAt: createdAt }
    this.#byHash.set(tokenHash, { tokenHash, source, ...times, ...seatOf(user, wall) })
    return token
  }

  /** True while what is dangerous may be done. A program has its token for that. */
  isFresh(session: Session): boolean {
    return session.lease !== undefined || this.#now() - session.provenAt < PROOF_MS
  }

  /** Its person showed elsewhere who they are, at this time. */
  provenAsOf(session: Session, atMs: number): void {
    session.provenAt = Math.min(atMs, this.#now())
  }

  /** Its person has just shown who they are. */
  proven(session: Session): void {
    session.provenAt = this.#now()
  }

  /** The session of a cookie, if it is good where it comes from; counts as use. */
  find(token: string | undefined, source?: string): Session | undefined {
    if (token === undefined || token.length > 100) return undefined
    const session = this.#byHash.get(hashOf(token))
    if (!session) return undefined
    // A screen does not move: its cookie elsewhere is a stolen one. Where it stands it goes on.
    if (session.wall !== undefined && (source === undefined || networkOf(source) !== networkOf(session.source)))
      return undefined
    if (!this.isGood(session)) {
      void this.end(session).catch(() => {}) // it is out of memory already; the sweep tries the row again
      return undefined
    }
    this.touch(session)
    return session
  }

  /** True while it may be used. */
  isGood(session: Session): boolean {
    if (session.lease) return session.lease.isGood()
    const nowMs = this.#now()
    const isKnown = this.#byHash.has(session.tokenHash)
    if (session.wall !== undefined) return isKnown
    return isKnown && nowMs - session.createdAt < ABSOLUTE_MS && nowMs - session.lastSeenAt < IDLE_MS
  }

  /** It is in use. */
  touch(session: Session): void {
    if (session.lease) {
      session.lease.touch()
      return
    }
    const nowMs = this.#now()
    session.lastSeenAt = nowMs
    if (nowMs - session.writtenAt < TOUCH_MS) return
    session.writtenAt = nowMs
    const update = this.#store.db.updateTable('session').set({ lastSeenAt: nowMs })
    void update
      .where('tokenHash', '=', session.tokenHash)
      .execute()
      .catch(() => {}) // costs an early sign-out at most
  }

  /** Those of one user that are good, oldest first. */
  of(userId: string): Session[] {
    return [...this.#byHash.values()].filter((session) => session.user.id === userId && this.isGood(session))
  }

  /** All of one user. */
  async endOf(userId: string): Promise<void> {
    for (const session of [...this.#byHash.values()]) if (session.user.id === userId) await this.end(session)
  }

  async end(session: Session): Promise<void> {
    if (!this.#byHash.delete(session.tokenHash)) return
    for (const watcher of this.#watchers) watcher(session)
    await this.#store.db.deleteFrom('session').where('tokenHash', '=', session.tokenHash).execute()
  }

  /** Ends what is over. To be called now and then. */
  async sweep(): Promise<void> {
    for (const session of [...this.#byHash.values()]) if (!this.isGood(session)) await this.end(session)
  }
}

/** A `Refusal` for requests that need a session. */
export const signInFirst = (): Refusal => new Refusal('unauthenticated', 'session.missing', 'sign in first')
