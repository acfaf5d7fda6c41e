// SPDX-License-Identifier: Apache-2.0
/** What is set about signing in with what another keeps: one row of the settings, its secrets sealed. */
import type { SignOnSettings, SignOnWish } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'

/** The setting that it stands in. */
export const SIGN_ON_SETTING = 'signOn'
const place = (field: string) => ({ table: 'setting', row: SIGN_ON_SETTING, field })

type Oidc = NonNullable<SignOnSettings['oidc']>

/** The settings of a provider with the secret that it knows this server by. */
export type OidcAccount = Omit<Oidc, 'hasSecret'> & { readonly secret: Secret | undefined }

interface Kept extends Omit<SignOnWish, 'oidc'> {
  readonly oidc: (Omit<Oidc, 'hasSecret'> & { readonly sealed: string | null }) | null
}

const nothing: Kept = { oidc: null, groups: [], makesPeople: false, passwords: 'everybody' }

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
    const { oidc, ...rest } = this.#kept
    if (!oidc) return { oidc, ...rest }
    const { sealed, ...known } = oidc
    return { oidc: { ...known, hasSecret: sealed !== null }, ...rest }
  }

  /** What is in force, when it is on. Throws `Refusal` `secret.sealed`. */
  oidc(): OidcAccount | undefined {
    const { oidc } = this.#kept
    return oidc?.isOn ? this.#opened(oidc) : undefined
  }

  /**
   * A wish with its secret: one that is left out is that which is kept, as long as it goes to the same place. Throws `Refusal`
   * `signOn.secret`.
   */
  wished(wish: SignOnWish): OidcAccount | undefined {
    if (!wish.oidc) return undefined
    const { secret, ...known } = wish.oidc
    if (secret !== undefined) return { ...known, secret: new Secret(secret) }
    const { oidc } = this.#kept
    if (!oidc || oidc.sealed === null) return { ...known, secret: undefined }
    if (oidc.issuer !== known.issuer)
      throw new Refusal('invalid', 'signOn.secret', 'the provider is another one: type its secret again')
    return { ...known, secret: this.#opened(oidc).secret }
  }

  /** Throws `Refusal` `signOn.secret`. */
  async put(wish: SignOnWish): Promise<void> {
    const account = this.wished(wish)
    const { groups, makesPeople, passwords } = wish
    let oidc: Kept['oidc'] = null
    if (account) {
      const { secret, ...known } = account
      oidc = { ...known, sealed: secret ? this.#sealer.seal(secret, place('oidc')) : null }
    }
    const kept: Kept = { oidc, groups, makesPeople, passwords }
    const value = JSON.stringify(kept)
    await this.#store.db
      .insertInto('setting')
      .values({ key: SIGN_ON_SETTING, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute()
    this.#kept = kept
  }

  #opened({ sealed, ...known }: NonNullable<Kept['oidc']>): OidcAccount {
    return { ...known, secret: sealed === null ? undefined : this.#sealer.open(sealed, place('oidc')) }
  }
}
