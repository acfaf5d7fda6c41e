// SPDX-License-Identifier: Apache-2.0
/** What is set about signing in with what another keeps: one row of the settings, its secrets sealed. */
import type { SignOnSettings, SignOnWish } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'

/** The setting that it stands in. */
export const SIGN_ON_SETTING = 'signOn'

type Field = 'oidc' | 'directory'
type Shown<F extends Field> = NonNullable<SignOnSettings[F]>
type Sealed<F extends Field> = Omit<Shown<F>, 'hasSecret'> & { readonly sealed: string | null }
type Opened<F extends Field> = Omit<Shown<F>, 'hasSecret'> & { readonly secret: Secret | undefined }

/** The settings of a provider with the secret that it knows this server by. */
export type OidcAccount = Opened<'oidc'>
/** The settings of a directory with the password of the account that people are looked up with. */
export type DirectoryAccount = Opened<'directory'>

interface Kept extends Omit<SignOnWish, Field> {
  readonly oidc: Sealed<'oidc'> | null
  readonly directory: Sealed<'directory'> | null
}

const nothing: Kept = { oidc: null, directory: null, groups: [], makesPeople: false, passwords: 'everybody' }

/** Where a secret of these is sealed. */
export const signOnPlace = (field: Field) => ({ table: 'setting', row: SIGN_ON_SETTING, field })
/** Whom a secret is told. */
const receiverOf = (one: { issuer: string } | { url: string }): string => ('issuer' in one ? one.issuer : one.url)
const shownOf = <T extends { sealed: string | null }>({ sealed, ...known }: T) => ({
  ...known,
  hasSecret: sealed !== null,
})

/** Holds them; a change is in force when `put` resolves. */
export class SignOnStore {
  readonly #store: Store
  readonly #sealer: Sealer
  #kept: Kept

  private constructor(store: Store, sealer: Sealer, kept: Kept) {
    this.#store = store
    this.#sealer = sealer
    this.#kept = kept
  }

  static async open(store: Store, sealer: Sealer): Promise<SignOnStore> {
    const row = await store.db
      .selectFrom('setting')
      .select('value')
      .where('key', '=', SIGN_ON_SETTING)
      .executeTakeFirst()
    return new SignOnStore(store, sealer, row ? { ...nothing, ...(JSON.parse(row.value) as Kept) } : nothing)
  }

  /** Without secrets. */
  get shown(): SignOnSettings {
    const { oidc, directory, ...rest } = this.#kept
    return { oidc: oidc && shownOf(oidc), directory: directory && shownOf(directory), ...rest }
  }

  /** The provider in force, when it is on. Throws `Refusal` `secret.sealed`. */
  oidc(): OidcAccount | undefined {
    const { oidc } = this.#kept
    return oidc?.isOn ? this.#opened('oidc', oidc) : undefined
  }

  /** The directory in force, when it is on. Throws `Refusal` `secret.sealed`. */
  directory(): DirectoryAccount | undefined {
    const { directory } = this.#kept
    return directory?.isOn ? this.#opened('directory', directory) : undefined
  }

  /**
   * Wishes with their secrets: one that is left out is that which is kept, as long as it goes to the same place. Throws
   * `Refusal` `signOn.secret`.
   */
  wished({ oidc, directory }: SignOnWish): { oidc: OidcAccount | null; directory: DirectoryAccount | null } {
    return {
      oidc: oidc && { ...oidc, secret: this.#secretOf('oidc', oidc) },
      directory: directory && { ...directory, secret: this.#secretOf('directory', directory) },
    }
  }

  /** Throws `Refusal` `signOn.secret`. */
  async put(wish: SignOnWish): Promise<void> {
    const { oidc, directory } = this.wished(wish)
    const { groups, makesPeople, passwords } = wish
    const kept: Kept = {
      oidc: oidc && this.#sealed('oidc', oidc),
      directory: directory && this.#sealed('directory', directory),
      ...{ groups, makesPeople, passwords },
    }
    const value = JSON.stringify(kept)
    await this.#store.db
      .insertInto('setting')
      .values({ key: SIGN_ON_SETTING, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute()
    this.#kept = kept
  }

  #secretOf(field: Field, wish: ({ issuer: string } | { url: string }) & { secret?: string | undefined }) {
    if (wish.secret !== undefined) return new Secret(wish.secret)
    const kept = this.#kept[field]
    if (!kept || kept.sealed === null) return undefined
    if (receiverOf(kept) !== receiverOf(wish))
      throw new Refusal('invalid', 'signOn.secret', 'it goes to another address: type the secret again')
    return this.#opened(field, kept).secret
  }

  #sealed<T extends { secret: Secret | undefined }>(field: Field, { secret, ...known }: T) {
    return { ...known, sealed: secret ? this.#sealer.seal(secret, signOnPlace(field)) : null }
  }

  #opened<T extends { sealed: string | null }>(field: Field, { sealed, ...known }: T) {
    return { ...known, secret: sealed === null ? undefined : this.#sealer.open(sealed, signOnPlace(field)) }
  }
}
