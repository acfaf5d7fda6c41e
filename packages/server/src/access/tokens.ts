// SPDX-License-Identifier: Apache-2.0
/**
 * Tokens of programs: `hmp_` and 256 random bits, their hash in the database. Each acts for its owner, with no more than it
 * was given, until it is removed or expires. All are in memory too.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { type ApiToken, MAX_TOKENS, type Permission } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'
import type { Account, Accounts } from './accounts.ts'
import type { Session } from './sessions.ts'

/** What every token begins with, so that one that leaked is found by who looks for it. */
const PREFIX = 'hmp_'
const DAY_MS = 86_400_000
/** How often a use is written down. */
const TOUCH_MS = 60_000

interface Held {
  readonly id: string
  readonly userId: string
  readonly name: string
  readonly permissions: readonly Permission[]
  readonly createdAt: number
  readonly expiresAt: number
  lastUsedAt: number | null
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** All tokens. */
export class Tokens {
  readonly #store: Store
  readonly #now: () => number
  readonly #accounts: Pick<Accounts, 'find'>
  readonly #held = new Map<string, Held>()
  readonly #sessions = new Map<string, Session>()

  private constructor(store: Store, now: () => number, accounts: Pick<Accounts, 'find'>) {
    this.#store = store
    this.#now = now
    this.#accounts = accounts
  }

  static async open(store: Store, now: () => number, accounts: Pick<Accounts, 'find'>): Promise<Tokens> {
    const tokens = new Tokens(store, now, accounts)
    for (const { tokenHash, permissionsJson, ...row } of await store.db.selectFrom('token').selectAll().execute())
      tokens.#held.set(tokenHash, { ...row, permissions: JSON.parse(permissionsJson) })
    return tokens
  }

  /** Of one account, oldest first. */
  list(userId: string): ApiToken[] {
    return [...this.#held.values()].filter((one) => one.userId === userId).map(shown)
  }

  /** The secret is nowhere else. Throws `Refusal` `token.many`. */
  async add(
    user: { readonly id: string },
    wish: { name: string; permissions: readonly Permission[]; days: number },
  ): Promise<{ token: ApiToken; secret: string }> {
    if (this.list(user.id).length >= MAX_TOKENS)
      throw new Refusal('exhausted', 'token.many', `${MAX_TOKENS} tokens are the most: remove one`)
    const secret = PREFIX + randomBytes(32).toString('base64url')
    const tokenHash = hashOf(secret)
    const createdAt = this.#now()
    const held: Held = {
      ...{ id: randomUUID(), userId: user.id, name: wish.name, permissions: [...new Set(wish.permissions)] },
      ...{ createdAt, expiresAt: createdAt + wish.days * DAY_MS, lastUsedAt: null },
    }
    const { permissions, ...row } = held
    const values = { ...row, tokenHash, permissionsJson: JSON.stringify(permissions) }
    await this.#store.db.insertInto('token').values(values).execute()
    this.#held.set(tokenHash, held)
    return { token: shown(held), secret }
  }

  /** Throws `Refusal` `token.unknown` also for another's. */
  async remove(userId: string, id: string): Promise<ApiToken> {
    const found = [...this.#held].find(([, one]) => one.id === id && one.userId === userId)
    if (!found) throw new Refusal('not-found', 'token.unknown', 'there is no such token of yours')
    const [tokenHash, held] = found
    this.#held.delete(tokenHash)
    this.#sessions.delete(tokenHash)
    await this.#store.db.deleteFrom('token').where('id', '=', id).execute()
    return shown(held)
  }

  /** Who a program acts for, by the `Authorization` that it sends; counts as use. Undefined when it is not good. */
  find(authorization: string | undefined): Session | undefined {
    const secret = /^Bearer (hmp_[\w-]{43})$/.exec(authorization ?? '')?.[1]
    if (secret === undefined) return undefined
    const tokenHash = hashOf(secret)
    const held = this.#held.get(tokenHash)
    const account = held && this.#accounts.find(held.userId)
    if (!held || !account || !this.#isGood(tokenHash)) return undefined
    const session = this.#sessions.get(tokenHash) ?? this.#sessionOf(tokenHash, held, account)
    this.#sessions.set(tokenHash, session)
    this.#touch(held)
    return session
  }

  #isGood(tokenHash: string): boolean {
    const held = this.#held.get(tokenHash)
    const account = held && this.#accounts.find(held.userId)
    return held !== undefined && account !== undefined && !account.isDisabled && this.#now() < held.expiresAt
  }

  #sessionOf(tokenHash: string, held: Held, account: Account): Session {
    const { createdAt, permissions: only } = held
    const user = {
      id: account.id,
      only,
      get name() {
        return account.name
      },
      get rights() {
        return account.rights
      },
    }
    const lease = { isGood: () => this.#isGood(tokenHash), touch: () => this.#touch(held) }
    const times = { createdAt, lastSeenAt: createdAt, writtenAt: createdAt, provenAt: createdAt }
    return { tokenHash, user, source: '', ...times, lease }
  }

  #touch(held: Held): void {
    const nowMs = this.#now()
    if (held.lastUsedAt !== null && nowMs - held.lastUsedAt < TOUCH_MS) return
    held.lastUsedAt = nowMs
    const update = this.#store.db.updateTable('token').set({ lastUsedAt: nowMs })
    void update
      .where('id', '=', held.id)
      .execute()
      .catch(() => {}) // the page shows an older use
  }
}

const shown = ({ id, name, permissions, createdAt, expiresAt, lastUsedAt }: Held): ApiToken => ({
  ...{ id, name, permissions: [...permissions] },
  createdAt: new Date(createdAt).toISOString(),
  expiresAt: new Date(expiresAt).toISOString(),
  lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
})
