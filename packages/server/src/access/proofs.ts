// SPDX-License-Identifier: Apache-2.0
/**
 * How an account shows who it is beyond its password. Codes of six digits are bounded per account, wherever they come
 * from; recovery codes and passkeys are not, so that who knows a password cannot shut its owner out.
 */
import type { Factors as FactorsShown, PasskeyAssertion, SecondStep } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Sealer } from '../secret/sealer.ts'
import type { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import { Factors } from './factors.ts'
import { nameKeyOf } from './name-key.ts'
import { Passkeys } from './passkeys.ts'
import type { Passwords } from './password.ts'
import type { TryLimit } from './try-limit.ts'

/** What somebody shows. */
export type Proof =
  | { readonly password: Secret }
  | { readonly code: string }
  | { readonly passkey: { id: string; response: PasskeyAssertion } }

interface Person {
  readonly id: string
  readonly name: string
}

interface Parts {
  readonly store: Store
  readonly passwords: Passwords
  readonly factors: Factors
  readonly passkeys: Passkeys
  readonly limit: TryLimit
}

const wrongCode = (): Refusal =>
  new Refusal('unauthenticated', 'code.wrong', 'this code is not right, or was used before')

/** Checks proofs. */
export class Proofs {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** With what it asks: all that is kept of second factors. */
  static open(
    parts: Pick<Parts, 'store' | 'passwords' | 'limit'> & { sealer: Sealer; now(): number; monotonic(): number },
  ): { proofs: Proofs; factors: Factors; passkeys: Passkeys } {
    const { store, now } = parts
    const factors = new Factors(parts)
    const passkeys = new Passkeys(store, now, () => parts.monotonic())
    return { proofs: new Proofs({ ...parts, factors, passkeys }), factors, passkeys }
  }

  /** What an account has. */
  async of(userId: string): Promise<FactorsShown> {
    const { store, factors, passkeys } = this.#parts
    const row = await store.db.selectFrom('user').select('passwordHash').where('id', '=', userId).executeTakeFirst()
    const hasPassword = row !== undefined && row.passwordHash !== ''
    return { hasPassword, ...(await factors.of(userId)), passkeys: await passkeys.list(userId) }
  }

  /** Accounts that have an app or a passkey. */
  async holders(): Promise<ReadonlySet<string>> {
    const { db } = this.#parts.store
    const apps = db.selectFrom('secondFactor').select('userId').where('appSecret', 'is not', null).execute()
    const keys = db.selectFrom('passkey').select('userId').distinct().execute()
    return new Set([...(await apps), ...(await keys)].map(({ userId }) => userId))
  }

  /** What has to follow the password; none where that is enough. */
  async ways(userId: string): Promise<SecondStep['ways']> {
    const { hasApp, passkeys, recoveryLeft } = await this.of(userId)
    if (!hasApp && passkeys.length === 0) return []
    return [
      ...(hasApp ? (['code'] as const) : []),
      ...(passkeys.length > 0 ? (['passkey'] as const) : []),
      ...(recoveryLeft > 0 ? (['recovery'] as const) : []),
    ]
  }

  /** A code of the app, or one that was kept. Throws `Refusal` `code.wrong`, `login.wait`. */
  async checkCode(person: Person, code: string, source: string): Promise<'code' | 'recovery'> {
    const { factors, limit } = this.#parts
    const key = `${nameKeyOf(person.name)}|code`
    limit.check(key, source)
    if (!isSixDigits(code)) {
      if (await factors.isRecoveryCode(person.id, code)) return 'recovery'
      limit.failed(key, source)
      throw wrongCode()
    }
    // Under its own name instead of an address: a bound on all tries together.
    limit.check(key, key)
    if (await factors.isAppCode(person.id, code)) {
      limit.succeeded(key, key)
      return 'code'
    }
    limit.failed(key, source)
    limit.failed(key, key)
    throw wrongCode()
  }

  /** Somebody who is signed in shows it once more. Throws `Refusal` `password.wrong`, `proof.*`, `code.*`, `passkey.*`, `login.wait`. */
  async check(person: Person, proof: Proof, source: string): Promise<void> {
    if ('passkey' in proof) {
      if ((await this.#parts.passkeys.check(proof.passkey)) !== person.id)
        throw new Refusal('invalid', 'proof.other', 'this passkey is of another account')
    } else if ('code' in proof) await this.checkCode(person, proof.code, source)
    else if ((await this.ways(person.id)).length > 0)
      throw new Refusal('invalid', 'proof.second', 'this account shows a code or a passkey, not its password')
    else await this.checkPassword(person, proof.password, source)
  }

  /** Throws `Refusal` `password.wrong`, `login.wait`, `login.busy`. */
  async checkPassword({ id, name }: Person, password: Secret, source: string): Promise<void> {
    const { store, passwords, limit } = this.#parts
    const key = nameKeyOf(name)
    limit.check(key, source)
    const row = await store.db.selectFrom('user').select('passwordHash').where('id', '=', id).executeTakeFirst()
    if (await passwords.verify(password, row?.passwordHash)) return
    limit.failed(key, source)
    throw new Refusal('invalid', 'password.wrong', 'that is not your password')
  }
}

const isSixDigits = (code: string): boolean => /^\d{6}$/.test(code.replaceAll(/\s/g, ''))
