// SPDX-License-Identifier: Apache-2.0
/**
 * Second factors of people beside passkeys: the secret of an authenticator app, sealed, and ten recovery codes of 80 bits, of
 * which hashes are kept. Each code is good once.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import { base32, SECRET_BYTES, stepOf, uriOf } from './totp.ts'

const RECOVERY_CODES = 10
const RECOVERY_BYTES = 10
/** Secrets shown and not confirmed yet; of more, the oldest is forgotten. */
export const MAX_PENDING = 1000
const PENDING_MS = 10 * 60_000

interface Pending {
  readonly secret: Buffer
  readonly untilMs: number
}

interface Parts {
  readonly store: Store
  readonly sealer: Sealer
  now(): number
}

/** Where the secret of an authenticator app is sealed. */
export const appSecretPlace = (userId: string) => ({ table: 'secondFactor', row: userId, field: 'appSecret' })
const bare = (code: string): string => code.toUpperCase().replaceAll(/[^A-Z2-7]/g, '')
const hashOf = (code: string): string => createHash('sha256').update(bare(code)).digest('base64url')
const makeCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(RECOVERY_BYTES)).replaceAll(/(.{4})(?=.)/g, '$1-'))

const wrongCode = (): Refusal =>
  new Refusal('invalid', 'code.wrong', 'this code is not right: it changes every 30 seconds, and each is good once')

/** Authenticator apps and recovery codes of all accounts. */
export class Factors {
  readonly #parts: Parts
  readonly #pending = new Map<string, Pending>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What an account has. */
  async of(userId: string): Promise<{ hasApp: boolean; recoveryLeft: number }> {
    const row = await this.#row(userId)
    return { hasApp: typeof row?.appSecret === 'string', recoveryLeft: row ? hashesOf(row.recoveryJson).length : 0 }
  }

  /** A secret for an app. It counts once a code of it has been shown. */
  begin(user: { readonly id: string; readonly name: string }): { secret: string; uri: string } {
    const secret = randomBytes(SECRET_BYTES)
    this.#pending.delete(user.id)
    this.#pending.set(user.id, { secret, untilMs: this.#parts.now() + PENDING_MS })
    if (this.#pending.size > MAX_PENDING) this.#pending.delete(this.#pending.keys().next().value!)
    return { secret: base32(secret), uri: uriOf(secret, user.name) }
  }

  /** The app is in use from now on. Throws `Refusal` `code.late`, `code.wrong`. */
  async confirm(userId: string, code: string): Promise<void> {
    const { sealer, now } = this.#parts
    const pending = this.#pending.get(userId)
    if (!pending || pending.untilMs <= now())
      throw new Refusal('conflict', 'code.late', 'begin again: the secret was shown more than ten minutes ago')
    const step = stepOf(pending.secret, code, now(), -1)
    if (step === undefined) throw wrongCode()
    this.#pending.delete(userId)
    const appSecret = sealer.seal(new Secret(pending.secret.toString('base64url')), appSecretPlace(userId))
    await this.#put(userId, { appSecret, usedStep: step })
  }

  /** Takes the app away. */
  async removeApp(userId: string): Promise<void> {
    await this.#put(userId, { appSecret: null, usedStep: -1 })
  }

  /** True for a code of the app; it is used then. */
  async isAppCode(userId: string, code: string): Promise<boolean> {
    const { store, sealer, now } = this.#parts
    const row = await this.#row(userId)
    if (typeof row?.appSecret !== 'string') return false
    const secret = Buffer.from(sealer.open(row.appSecret, appSecretPlace(userId)).reveal(), 'base64url')
    const step = stepOf(secret, code, now(), row.usedStep)
    if (step === undefined) return false
    // Two who come with the same code at once: one of them is first.
    const used = await store.db
      .updateTable('secondFactor')
      .set({ usedStep: step })
      .where('userId', '=', userId)
      .where('usedStep', '<', step)
      .executeTakeFirst()
    return used.numUpdatedRows === 1n
  }

  /** True for a recovery code; it is used then. */
  async isRecoveryCode(userId: string, code: string): Promise<boolean> {
    const row = await this.#row(userId)
    if (!row || bare(code).length !== 16) return false
    const hashes = hashesOf(row.recoveryJson)
    const left = hashes.filter((one) => one !== hashOf(code))
    if (left.length === hashes.length) return false
    const used = await this.#parts.store.db
      .updateTable('secondFactor')
      .set({ recoveryJson: JSON.stringify(left) })
      .where('userId', '=', userId)
      .where('recoveryJson', '=', row.recoveryJson)
      .executeTakeFirst()
    return used.numUpdatedRows === 1n
  }

  /** New recovery codes; they are nowhere else. */
  async renewRecovery(userId: string): Promise<string[]> {
    const codes = makeCodes()
    await this.#put(userId, { recoveryJson: JSON.stringify(codes.map(hashOf)) })
    return codes
  }

  /** The first factor comes with recovery codes; the next does not. */
  async firstRecovery(userId: string): Promise<string[] | null> {
    return (await this.of(userId)).recoveryLeft > 0 ? null : this.renewRecovery(userId)
  }

  /** Takes everything away. */
  async removeAll(userId: string): Promise<void> {
    this.#pending.delete(userId)
    await this.#parts.store.db.deleteFrom('secondFactor').where('userId', '=', userId).execute()
  }

  #row(userId: string) {
    const { db } = this.#parts.store
    return db.selectFrom('secondFactor').selectAll().where('userId', '=', userId).executeTakeFirst()
  }

  async #put(userId: string, change: { appSecret?: string | null; usedStep?: number; recoveryJson?: string }) {
    const row = { userId, appSecret: null, usedStep: -1, recoveryJson: '[]', ...change }
    await this.#parts.store.db
      .insertInto('secondFactor')
      .values(row)
      .onConflict((on) => on.column('userId').doUpdateSet(change))
      .execute()
  }
}

const hashesOf = (json: string): string[] => JSON.parse(json)
