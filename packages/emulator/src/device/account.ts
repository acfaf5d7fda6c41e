// SPDX-License-Identifier: Apache-2.0
/** Accounts of a device and their lock: so many bad logins, and the account is closed for half an hour, as on real ones. */
import type { Clock } from '@openhmp/protocol/base'

/** Most users of a device, as its `supportUserNums` says. */
export const MAX_USERS = 32

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

/** The accounts of one device. */
export class Accounts {
  readonly #clock: Clock
  readonly #maxBad: number
  readonly #lockMs: number
  readonly #accounts: Account[]
  readonly #locks = new Map<string, Lock>()

  constructor(options: {
    clock: Clock
    maxBad: number
    lockMs: number
    accounts: readonly Account[]
    isLocked: boolean
  }) {
    this.#clock = options.clock
    this.#maxBad = options.maxBad
    this.#lockMs = options.lockMs
    this.#accounts = [...options.accounts]
    if (options.isLocked)
      for (const { userName } of options.accounts)
        this.#locks.set(userName, { bad: options.maxBad, untilMs: this.#end() })
  }

  #end(): number {
    return this.#clock.monotonic() + this.#lockMs
  }

  get all(): readonly Account[] {
    return this.#accounts
  }

  find(userName: string): Account | undefined {
    return this.#accounts.find((account) => account.userName === userName)
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
