// SPDX-License-Identifier: Apache-2.0
/** First run and sign-in: from a code or a password to a session. */
import { randomUUID } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'
import type { Audit } from '../audit/audit.ts'
import type { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import { type Account, type Accounts, nameKeyOf } from './accounts.ts'
import { ADMINISTRATOR } from './built-in-roles.ts'
import type { SignedIn } from './can.ts'
import type { Passwords } from './password.ts'
import type { Sessions } from './sessions.ts'
import type { SetupCode } from './setup-code.ts'
import type { TryLimit } from './try-limit.ts'

/** What access is made of. */
export interface AccessParts {
  readonly store: Store
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly limit: TryLimit
  readonly code: SetupCode
  readonly audit: Audit
  now(): number
}

/** A user who has just come in, and the token for the cookie. */
export interface Entry {
  readonly user: SignedIn
  readonly token: string
}

/** Too easy, however long. */
const isWeak = (password: string, name: string): boolean => {
  const text = password.toLowerCase()
  return new Set(text).size < 4 || text.includes('openhmp') || (name.length > 3 && text.includes(name.toLowerCase()))
}

/** The way in. */
export class Access {
  readonly #parts: AccessParts
  #needsSetup: boolean

  private constructor(parts: AccessParts, needsSetup: boolean) {
    this.#parts = parts
    this.#needsSetup = needsSetup
  }

  /** Prints a code when nobody has an account yet, unless a password is given to finish the first run with. */
  static async open(parts: AccessParts, adminPassword: Secret | undefined): Promise<Access> {
    const access = new Access(parts, parts.accounts.count === 0)
    if (!access.needsSetup) return access
    if (adminPassword) await access.#makeAdministrator('admin', adminPassword, 'start')
    else parts.code.renew()
    return access
  }

  /** True until the first administrator exists. */
  get needsSetup(): boolean {
    return this.#needsSetup
  }

  /** Finishes the first run. Throws `Refusal` `setup.*`, `password.weak`. */
  async finishSetup(given: { code: string; name: string; password: Secret; source: string }): Promise<Entry> {
    const { sessions, code } = this.#parts
    if (!this.#needsSetup) throw new Refusal('conflict', 'setup.done', 'the first run is finished: sign in')
    code.check(given.code)
    const user = await this.#makeAdministrator(given.name, given.password, given.source)
    return { user, token: await sessions.start(user, given.source) }
  }

  async #makeAdministrator(name: string, password: Secret, source: string): Promise<SignedIn> {
    const { accounts, audit, code } = this.#parts
    const passwordHash = await this.hash(password, name)
    if (!this.#needsSetup) throw new Refusal('conflict', 'setup.done', 'the first run is finished: sign in')
    this.#needsSetup = false
    const grants = [{ role: ADMINISTRATOR, scope: { kind: 'all' as const }, hours: [] }]
    let user: Account
    try {
      user = await accounts.add({ id: randomUUID(), name, passwordHash, grants })
    } catch (error) {
      this.#needsSetup = true
      throw error
    }
    code.close()
    await audit.record({ who: name, source, action: 'system.setup', object: user.id, outcome: 'done' })
    return user
  }

  /** What is kept of a new password. Throws `Refusal` `password.weak`, `login.busy`. */
  hash(password: Secret, name: string): Promise<string> {
    const { length } = password.reveal()
    if (length < 12 || length > 128)
      throw new Refusal('invalid', 'password.weak', 'the password needs 12 to 128 characters')
    if (isWeak(password.reveal(), name))
      throw new Refusal('invalid', 'password.weak', 'this password is too easy to guess: take several unrelated words')
    return this.#parts.passwords.hash(password)
  }

  /** Somebody's own new password. Throws `Refusal` `password.wrong`, `password.weak`, `login.wait`, `login.busy`. */
  async changePassword(user: SignedIn, given: { old: Secret; password: Secret; source: string }): Promise<void> {
    const { store, accounts, passwords, limit } = this.#parts
    const key = nameKeyOf(user.name)
    limit.check(key, given.source)
    const row = await store.db.selectFrom('user').select('passwordHash').where('id', '=', user.id).executeTakeFirst()
    if (!(await passwords.verify(given.old, row?.passwordHash))) {
      limit.failed(key, given.source)
      throw new Refusal('invalid', 'password.wrong', 'that is not your password')
    }
    await accounts.change(user.id, { passwordHash: await this.hash(given.password, user.name) })
  }

  /** Signs in. Throws `Refusal` `login.wrong`, `login.wait`, `login.busy`, `login.disabled`. */
  async signIn(given: { name: string; password: Secret; source: string }): Promise<Entry> {
    const { store, accounts, passwords, sessions, limit, audit } = this.#parts
    const { source } = given
    const key = nameKeyOf(given.name)
    limit.check(key, source)
    const row = await store.db.selectFrom('user').selectAll().where('nameKey', '=', key).executeTakeFirst()
    if (!(await passwords.verify(given.password, row?.passwordHash)) || !row) {
      limit.failed(key, source)
      await audit.record({ who: given.name, source, action: 'session.start', object: null, outcome: 'refused' })
      throw new Refusal('unauthenticated', 'login.wrong', 'the name or the password is wrong')
    }
    limit.succeeded(key, source)
    const user = accounts.get(row.id)
    if (user.isDisabled) {
      // Only who knows the password learns that there is such an account.
      await audit.record({ who: user.name, source, action: 'session.start', object: user.id, outcome: 'refused' })
      throw new Refusal('forbidden', 'login.disabled', 'this account is switched off: ask an administrator')
    }
    const token = await sessions.start(user, source)
    await audit.record({ who: user.name, source, action: 'session.start', object: user.id, outcome: 'done' })
    return { user, token }
  }
}
