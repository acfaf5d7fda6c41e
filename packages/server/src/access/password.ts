// SPDX-License-Identifier: Apache-2.0
/**
 * Passwords of people: Argon2id (RFC 9106) with 64 MiB, 3 passes, one lane. At most four are computed at a time and 32
 * wait, so that a flood of sign-ins costs 256 MiB and no more.
 */
import { hash, verify } from '@node-rs/argon2'
import { Refusal } from '@openhmp/protocol/base'
import type { Secret } from '../secret/secret.ts'

/** Computed at a time. */
export const MAX_HASHING = 4
/** Waiting; one more is refused. */
export const MAX_WAITING = 32

/** Strength; tests take less. */
export interface PasswordCost {
  readonly memoryKib: number
  readonly passes: number
}

const COST: PasswordCost = { memoryKib: 64 * 1024, passes: 3 }

/** Hashes and checks passwords within bounds. */
export class Passwords {
  readonly #cost: PasswordCost
  readonly #waiting: (() => void)[] = []
  #running = 0
  #decoy: Promise<string> | undefined

  constructor(cost: PasswordCost = COST) {
    this.#cost = cost
  }

  /** A PHC string. Rejects with `Refusal` `login.busy`. */
  hash(password: Secret): Promise<string> {
    const { memoryKib: memoryCost, passes: timeCost } = this.#cost
    const options = { memoryCost, timeCost, parallelism: 1 }
    return this.#bounded(() => hash(password.reveal(), options))
  }

  /** True when the password is the one. Without a hash (an unknown user, or one without password) it takes as long, and is false. */
  async verify(password: Secret, phc: string | undefined): Promise<boolean> {
    const has = phc !== undefined && phc !== ''
    const compared = has ? phc : await this.#unknown()
    const isRight = await this.#bounded(() => verify(compared, password.reveal()))
    return isRight && has
  }

  #unknown(): Promise<string> {
    const { memoryKib: memoryCost, passes: timeCost } = this.#cost
    this.#decoy ??= hash('nobody', { memoryCost, timeCost, parallelism: 1 })
    return this.#decoy
  }

  async #bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_HASHING) {
      if (this.#waiting.length >= MAX_WAITING)
        throw new Refusal('unavailable', 'login.busy', 'too many sign-ins at once: try again in a moment')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
