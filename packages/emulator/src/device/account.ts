// SPDX-License-Identifier: Apache-2.0
/** Accounts of a device and their lock: so many bad logins, and the account is closed for half an hour, as on real ones. */
import type { Clock } from '@openhmp/protocol/base'
import { DeviceRefusal } from './refusal.ts'

/** Most users of a device, as its `supportUserNums` says. */
export const MAX_USERS = 32
/** Longest name and password that these devices take, in characters. */
export const MAX_USER_NAME_LENGTH = 32
export const MAX_PASSWORD_LENGTH = 16
const MIN_PASSWORD_LENGTH = 8

/** One user. */
export interface Account {
  readonly id: number
  readonly userName: string
  readonly level: 'Administrator' | 'Operator' | 'Viewer'
  readonly password: string
}

interface Lock {
  bad: number
  untilMs: number
}

/** The administrator that came with the device. */
const INHERENT = 1

/** The accounts of one device. */
export class Accounts {
  readonly #clock: Clock
  readonly #maxBad: number
  readonly #lockMs: number
  readonly #hasPolicy: boolean
  readonly #onChange: () => void
  readonly #locks = new Map<string, Lock>()
  #accounts: readonly Account[]

  constructor(options: {
    clock: Clock
    maxBad: number
    lockMs: number
    accounts: readonly Account[]
    isLocked: boolean
    /** New passwords must be good ones. */
    hasPolicy: boolean
    onChange: () => void
  }) {
    this.#clock = options.clock
    this.#maxBad = options.maxBad
    this.#lockMs = options.lockMs
    this.#hasPolicy = options.hasPolicy
    this.#onChange = options.onChange
    this.#accounts = [...options.accounts]
    if (options.isLocked)
      for (const { userName } of options.accounts)
        this.#locks.set(userName, { bad: options.maxBad, untilMs: this.#end() })
  }

  #end(): number {
    return this.#clock.monotonic() + this.#lockMs
  }

  /** Ascending by number; the administrator first. */
  get all(): readonly Account[] {
    return this.#accounts
  }

  /** The account that came with the device. */
  get admin(): Account {
    return this.#accounts[0]!
  }

  find(userName: string): Account | undefined {
    return this.#accounts.find((account) => account.userName === userName)
  }

  /** Gives the new account, with the lowest free number. Throws `DeviceRefusal`. */
  add(user: Omit<Account, 'id'>): Account {
    if (this.#accounts.length >= MAX_USERS) throw new DeviceRefusal('users-full', `${MAX_USERS} users are there`)
    const ids = new Set(this.#accounts.map(({ id }) => id))
    let id = INHERENT + 1
    while (ids.has(id)) id++
    const account = { id, userName: user.userName, level: user.level, password: user.password }
    this.#checkName(account)
    this.#checkPassword(account)
    this.replace([...this.#accounts, account])
    return account
  }

  /** Changes what is given. Throws `DeviceRefusal`. */
  change(id: number, change: Partial<Omit<Account, 'id'>>): Account {
    const before = this.#get(id)
    const after: Account = {
      id,
      userName: change.userName ?? before.userName,
      level: change.level ?? before.level,
      password: change.password ?? before.password,
    }
    if (id === INHERENT && (after.userName !== before.userName || after.level !== before.level))
      throw new DeviceRefusal('user-inherent', `${before.userName} keeps its name and level`)
    if (after.userName !== before.userName) this.#checkName(after)
    if (change.password !== undefined) this.#checkPassword(after)
    if (after.userName !== before.userName) this.#locks.delete(before.userName)
    this.replace(this.#accounts.map((one) => (one.id === id ? after : one)))
    return after
  }

  /** Throws `DeviceRefusal`. */
  remove(id: number): void {
    const { userName } = this.#get(id)
    if (id === INHERENT) throw new DeviceRefusal('user-inherent', `${userName} cannot be removed`)
    this.#locks.delete(userName)
    this.replace(this.#accounts.filter((one) => one.id !== id))
  }

  /** All of them, as `replace` takes them back: for a backup, with the passwords. */
  toJSON(): readonly Account[] {
    return this.#accounts
  }

  /** Puts others in place of all, unchecked. The first is the administrator. */
  replace(accounts: readonly Account[]): void {
    this.#accounts = accounts.toSorted((a, b) => a.id - b.id)
    this.#onChange()
  }

  #get(id: number): Account {
    const found = this.#accounts.find((one) => one.id === id)
    if (!found) throw new DeviceRefusal('user-unknown', `no user ${id}`)
    return found
  }

  #checkName({ userName }: Account): void {
    if (userName === '' || userName.length > MAX_USER_NAME_LENGTH)
      throw new DeviceRefusal('user-unknown', `a name has from 1 to ${MAX_USER_NAME_LENGTH} characters`)
    if (this.find(userName)) throw new DeviceRefusal('user-duplicate', `${userName} is there already`)
  }

  #checkPassword({ userName, password }: Account): void {
    if (password === '' || (this.#hasPolicy && !isGoodPassword(password, userName)))
      throw new DeviceRefusal('password-weak', 'the password is too weak, or too long')
  }

  /** Password to check against; undefined for unknown and locked users, who then fail like any wrong password. */
  passwordOf(userName: string): string | undefined {
    return this.lockedForMs(userName) > 0 ? undefined : this.find(userName)?.password
  }

  /** How long the lock still lasts; 0 when it is open. */
  lockedForMs(userName: string): number {
    const lock = this.#locks.get(userName)
    return lock && lock.bad >= this.#maxBad ? Math.max(0, lock.untilMs - this.#clock.monotonic()) : 0
  }

  /** Bad logins left before the lock. */
  triesLeft(userName: string): number {
    const lock = this.#locks.get(userName)
    return lock && lock.untilMs > this.#clock.monotonic() ? Math.max(0, this.#maxBad - lock.bad) : this.#maxBad
  }

  /** Counts a login. Unknown users count nothing: there is nothing to lock. */
  result(userName: string | undefined, ok: boolean): void {
    if (userName === undefined || !this.find(userName)) return
    if (ok) {
      this.#locks.delete(userName)
      return
    }
    if (this.lockedForMs(userName) > 0) return
    const bad = this.#maxBad - this.triesLeft(userName) + 1
    this.#locks.set(userName, { bad, untilMs: this.#end() })
  }
}

/** As cameras since 5.3 want it: 8 to 16 characters of at least two kinds, without the user's name. */
export function isGoodPassword(password: string, userName: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(password)).length
  const isFit = password.length >= MIN_PASSWORD_LENGTH && password.length <= MAX_PASSWORD_LENGTH
  return isFit && kinds >= 2 && !password.toLowerCase().includes(userName.toLowerCase())
}
