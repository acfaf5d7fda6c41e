// SPDX-License-Identifier: Apache-2.0
/** Join tokens: one-time, 15 minutes, known here by the SHA-256 of their code alone (docs/protocol/hmp.md §12.1). */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { JOIN_TOKEN_S, type OpenToken } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { JOIN_CODE_BYTES, JOIN_ID_BYTES } from '@openhmp/protocol/hmp'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

/** Wrong tries that burn a token. */
export const MAX_WRONG_TRIES = 5
/** Tokens that are open at a time. */
export const MAX_OPEN_TOKENS = 200

/** A token as it is kept. */
export type TokenRow = Selectable<Tables['joinToken']>

/** What a token is to be good for. */
export interface TokenWish {
  readonly role: 'device' | 'agent'
  readonly name?: string | undefined
  readonly site?: string | undefined
  readonly serialNumber?: string | undefined
  /** Joins again as this device. */
  readonly device?: string | undefined
}

/** What somebody shows who wants to join. */
export interface Shown {
  readonly id: string
  readonly code: string
  readonly role: 'device' | 'agent'
  readonly serialNumber?: string | undefined
  readonly site?: string | undefined
}

/** Who came in by a token. */
export interface Entered<T> {
  readonly keyHash: string
  readonly deviceId: string
  readonly result: T
}

const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex')
const wrongCode = () => new Refusal('forbidden', 'join.code', 'there is no such token, or its code is wrong')

/** For people. */
export const openTokenOf = (row: TokenRow): OpenToken => {
  const { id, role, name, site, serialNumber, by, expiresAt, wrongTries } = row
  return { id, role, name, site, serialNumber, by, expiresAt: new Date(expiresAt).toISOString(), wrongTries }
}

/** All tokens. */
export class JoinTokens {
  readonly #store: Store
  readonly #now: () => number
  /** One try of a token after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** Those that may still be used, the newest first. */
  async open(): Promise<TokenRow[]> {
    return this.#store.db
      .selectFrom('joinToken')
      .selectAll()
      .where('usedAt', 'is', null)
      .where('wrongTries', '<', MAX_WRONG_TRIES)
      .where('expiresAt', '>', this.#now())
      .orderBy('createdAt', 'desc')
      .execute()
  }

  /** A new one. The code is given out here and never again. Throws `Refusal` `join.many`. */
  async make(wish: TokenWish, by: string): Promise<{ row: TokenRow; code: string }> {
    if ((await this.open()).length >= MAX_OPEN_TOKENS)
      throw new Refusal(
        'exhausted',
        'join.many',
        `${MAX_OPEN_TOKENS} tokens are open: let some be used, or take them back`,
      )
    const code = randomBytes(JOIN_CODE_BYTES).toString('base64url')
    const nowMs = this.#now()
    const row: TokenRow = {
      id: randomBytes(JOIN_ID_BYTES).toString('base64url'),
      codeHash: hashOf(code),
      role: wish.role,
      name: wish.name ?? null,
      site: wish.site ?? null,
      serialNumber: wish.serialNumber ?? null,
      deviceId: wish.device ?? null,
      by,
      createdAt: nowMs,
      expiresAt: nowMs + JOIN_TOKEN_S * 1000,
      wrongTries: 0,
      usedAt: null,
      keyHash: null,
    }
    await this.#store.db.insertInto('joinToken').values(row).execute()
    return { row, code }
  }

  /** Takes one back. Throws `Refusal` `join.unknown`. */
  async burn(id: string): Promise<TokenRow> {
    const row = await this.#find(id)
    if (!row || row.usedAt !== null) throw new Refusal('not-found', 'join.unknown', 'there is no such open token')
    await this.#set(id, { wrongTries: MAX_WRONG_TRIES })
    return row
  }

  /** Forgets those that were over a day ago. */
  async sweep(): Promise<void> {
    await this.#store.db
      .deleteFrom('joinToken')
      .where('expiresAt', '<', this.#now() - 24 * 3600_000)
      .execute()
  }

  /**
   * `enter` is called with a token that is good, or (`isAgain`) that was used before with the very key; when it resolves the token is
   * used up. A `Refusal` of kind `invalid` or `forbidden` counts as a wrong try. Throws `Refusal` `join.*`.
   */
  use<T>(shown: Shown, enter: (row: TokenRow, isAgain: boolean) => Promise<Entered<T>>): Promise<T> {
    const mine = this.#turn.then(() => this.#use(shown, enter))
    this.#turn = mine.catch(() => {}) // told to who asked
    return mine
  }

  async #use<T>(shown: Shown, enter: (row: TokenRow, isAgain: boolean) => Promise<Entered<T>>): Promise<T> {
    const row = await this.#find(shown.id)
    const isRight = timingSafeEqual(
      Buffer.from(hashOf(shown.code)),
      Buffer.from(row?.codeHash ?? hashOf('nobody has this')),
    )
    if (!row) throw wrongCode()
    const isOpen = row.usedAt === null && row.wrongTries < MAX_WRONG_TRIES
    try {
      if (!isRight) throw wrongCode()
      if (row.wrongTries >= MAX_WRONG_TRIES)
        throw new Refusal('conflict', 'join.burnt', 'this token was tried wrongly too often, or taken back')
      if (row.expiresAt <= this.#now())
        throw new Refusal('conflict', 'join.late', 'this token is too old: have a new one made')
      if (shown.role !== row.role)
        throw new Refusal('forbidden', 'join.role', `this token is for one ${row.role}, and this is none`)
      if (row.serialNumber !== null && shown.serialNumber !== row.serialNumber)
        throw new Refusal('forbidden', 'join.serial', 'this token is for a device with another serial number')
      if (shown.site !== undefined && shown.site !== row.site)
        throw new Refusal('forbidden', 'join.site', 'this token is for another site')
      const { keyHash, deviceId, result } = await enter(row, row.usedAt !== null)
      if (row.usedAt === null) await this.#set(row.id, { usedAt: this.#now(), keyHash, deviceId })
      return result
    } catch (error) {
      if (isOpen && error instanceof Refusal && (error.kind === 'invalid' || error.kind === 'forbidden'))
        await this.#set(row.id, { wrongTries: row.wrongTries + 1 })
      throw error
    }
  }

  async #find(id: string): Promise<TokenRow | undefined> {
    return this.#store.db.selectFrom('joinToken').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async #set(id: string, values: Partial<TokenRow>): Promise<void> {
    await this.#store.db.updateTable('joinToken').set(values).where('id', '=', id).execute()
  }
}
