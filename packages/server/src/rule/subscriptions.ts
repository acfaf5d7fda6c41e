// SPDX-License-Identifier: Apache-2.0
/** Browsers that want to be told. Their addresses are keys to them, so they are kept sealed. */
import { createHash } from 'node:crypto'
import { Subscription } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'

/** Browsers of one server. */
export const MAX_SUBSCRIPTIONS = 500

interface Parts {
  readonly store: Store
  readonly sealer: Sealer
  now(): number
}

const idOf = (endpoint: string): string => createHash('sha256').update(endpoint).digest('base64url')
/** Where a browser’s address is sealed. */
export const subscriptionPlace = (id: string) => ({ table: 'pushSubscription', row: id, field: 'sealed' })

/** All of them. */
export class Subscriptions {
  readonly #parts: Parts
  constructor(parts: Parts) {
    this.#parts = parts
  }

  async all(): Promise<Subscription[]> {
    const { store, sealer } = this.#parts
    const rows = await store.db.selectFrom('pushSubscription').selectAll().orderBy('createdAt').execute()
    return rows.map(({ id, sealed }) =>
      Subscription.parse(JSON.parse(sealer.open(sealed, subscriptionPlace(id)).reveal())),
    )
  }

  /** How many there are with it. Throws `Refusal` `subscription.many`. */
  async add(subscription: Subscription, by: string): Promise<number> {
    const { store, sealer, now } = this.#parts
    const id = idOf(subscription.endpoint)
    const rows = await store.db.selectFrom('pushSubscription').select('id').execute()
    const isKnown = rows.some((row) => row.id === id)
    if (!isKnown && rows.length >= MAX_SUBSCRIPTIONS)
      throw new Refusal('exhausted', 'subscription.many', `${MAX_SUBSCRIPTIONS} browsers are the most`)
    const sealed = sealer.seal(new Secret(JSON.stringify(subscription)), subscriptionPlace(id))
    await store.write([
      store.db.deleteFrom('pushSubscription').where('id', '=', id),
      store.db.insertInto('pushSubscription').values({ id, sealed, by, createdAt: now() }),
    ])
    return rows.length + (isKnown ? 0 : 1)
  }

  async remove(endpoint: string): Promise<void> {
    await this.#parts.store.db.deleteFrom('pushSubscription').where('id', '=', idOf(endpoint)).execute()
  }
}
