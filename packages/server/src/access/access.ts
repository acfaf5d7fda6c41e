// SPDX-License-Identifier: Apache-2.0
/** First run and sign-in: from a code or a password to a session. */
import { randomUUID } from 'node:crypto'
import type { PasskeyAssertion, SecondStep } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Audit } from '../audit/audit.ts'
import type { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import type { Account, Accounts } from './accounts.ts'
import { ADMINISTRATOR } from './built-in-roles.ts'
import type { SignedIn } from './can.ts'
import { Challenges } from './challenges.ts'
import { nameKeyOf } from './name-key.ts'
import type { Passkeys } from './passkeys.ts'
import type { Passwords } from './password.ts'
import type { Proofs } from './proofs.ts'
import type { Sessions } from './sessions.ts'
import type { SetupCode } from './setup-code.ts'
import type { TryLimit } from './try-limit.ts'

/** Who else may know a password, and whose password is good here. */
export interface Elsewhere {
  /** Undefined: not there either. `isDecoy`: only takes as long. Throws `Refusal` `directory.*`, `signOn.*`. */
  check(given: { name: string; password: Secret; isDecoy: boolean }): Promise<Account | undefined>
  mayUsePassword(account: Account): boolean
}

interface PasskeySignIn {
  readonly id: string
  readonly response: PasskeyAssertion
  readonly source: string
  /** Of the first step. */
  readonly ticket?: string | undefined
}

/** What access is made of. */
export interface AccessParts {
  readonly store: Store
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly limit: TryLimit
  readonly proofs: Proofs
  readonly passkeys: Passkeys
  readonly code: SetupCode
  readonly audit: Audit
  readonly elsewhere?: Elsewhere
  now(): number
  monotonic(): number
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
  /** Accounts whose password was right and whose code is awaited. */
  readonly #tickets: Challenges<string>

  private constructor(parts: AccessParts, needsSetup: boolean) {
    this.#parts = parts
    this.#tickets = new Challenges(() => parts.monotonic())
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
    const { accounts, proofs } = this.#parts
    await proofs.checkPassword(user, given.old, given.source)
    if (given.old.reveal() === given.password.reveal())
      throw new Refusal('invalid', 'password.same', 'that is the password you have already: take another')
    const passwordHash = await this.hash(given.password, user.name)
    await accounts.change(user.id, { passwordHash, mustChangePassword: false })
  }

  /** Name and password. Throws `Refusal` `login.*`, and of a directory `directory.*`, `signOn.*`. */
  async signIn(given: { name: string; password: Secret; source: string }): Promise<Entry | SecondStep> {
    const { store, accounts, passwords, limit, proofs, elsewhere } = this.#parts
    const { source } = given
    const key = nameKeyOf(given.name)
    limit.check(key, source)
    const row = await store.db.selectFrom('user').selectAll().where('nameKey', '=', key).executeTakeFirst()
    const isHere = await passwords.verify(given.password, row?.passwordHash)
    // Asked for every name that is not right here, so that nobody can tell which names are accounts.
    const user =
      isHere && row ? accounts.get(row.id) : await this.#elsewhere(given, row !== undefined && row.passwordHash !== '')
    if (!user) {
      limit.failed(key, source)
      await this.#refused(given.name, null, source)
      throw new Refusal('unauthenticated', 'login.wrong', 'the name or the password is wrong')
    }
    limit.succeeded(key, source)
    if (isHere && elsewhere && !elsewhere.mayUsePassword(user)) {
      await this.#refused(user.name, user.id, source)
      throw new Refusal(
        'forbidden',
        'login.elsewhere',
        'passwords of this server are for administrators: take the other way in',
      )
    }
    const ways = user.isDisabled ? [] : await proofs.ways(user.id)
    return ways.length > 0
      ? { ticket: this.#tickets.put(user.id), ways }
      : this.enter(user, source, [isHere ? 'password' : 'directory'])
  }

  /** `isDecoy`: a name of this server's own is no business of the directory. */
  async #elsewhere(given: { name: string; password: Secret; source: string }, isDecoy: boolean) {
    const { name, password, source } = given
    try {
      return await this.#parts.elsewhere?.check({ name, password, isDecoy })
    } catch (error) {
      await this.#refused(name, null, source)
      throw error
    }
  }

  /** A code after the password. Throws `Refusal` `code.*`, `login.wait`, `login.disabled`. */
  async finishSignIn(given: { ticket: string; code: string; source: string }): Promise<Entry> {
    const { accounts, proofs } = this.#parts
    const id = this.#tickets.get(given.ticket)
    const user = id === undefined ? undefined : accounts.find(id)
    if (!user) throw new Refusal('unauthenticated', 'code.late', 'that took more than five minutes: sign in again')
    let way: string
    try {
      way = await proofs.checkCode(user, given.code, given.source)
    } catch (error) {
      await this.#refused(user.name, user.id, given.source)
      throw error
    }
    // Two at once with one ticket: the first has it.
    if (this.#tickets.take(given.ticket) === undefined)
      throw new Refusal('unauthenticated', 'code.late', 'this sign-in has been finished already')
    return this.enter(user, given.source, ['password', way])
  }

  /** Throws `Refusal` `passkey.*`, `login.disabled`, `login.vouched`. */
  async signInByPasskey(given: PasskeySignIn): Promise<Entry> {
    const { accounts, passkeys } = this.#parts
    const { source, ticket } = given
    const user = accounts.get(await passkeys.check(given))
    if (user.hasPassword) return this.enter(user, source, ['passkey'])
    // Who has been let go where they are vouched for must not come in by what was kept here.
    if (ticket !== undefined && this.#tickets.take(ticket) === user.id)
      return this.enter(user, source, ['directory', 'passkey'])
    await this.#refused(user.name, user.id, source)
    throw new Refusal('forbidden', 'login.vouched', 'another vouches for this account: sign in there first')
  }

  /** Who has shown who they are comes in; `by` goes on record. Throws `Refusal` `login.disabled`. */
  async enter(user: Account, source: string, by: readonly string[]): Promise<Entry> {
    const { sessions, audit } = this.#parts
    if (user.isDisabled) {
      // Only who knows the password learns that there is such an account.
      await this.#refused(user.name, user.id, source)
      throw new Refusal('forbidden', 'login.disabled', 'this account is switched off: ask an administrator')
    }
    const token = await sessions.start(user, source)
    const row = { who: user.name, source, action: 'session.start', object: user.id, outcome: 'done' } as const
    await audit.record({ ...row, detail: { by } })
    return { user, token }
  }

  async #refused(who: string, object: string | null, source: string): Promise<void> {
    await this.#parts.audit.record({ who, source, action: 'session.start', object, outcome: 'refused' })
  }
}
