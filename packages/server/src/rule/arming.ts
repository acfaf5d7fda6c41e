// SPDX-License-Identifier: Apache-2.0
/** Which sites are armed. Kept in memory, since every event asks; written down before it counts. */
import type { Arming } from '@openhmp/contract'
import type { Clock } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'

type Switched = Omit<Arming, 'site'>

/** The switches of all sites. */
export class ArmedSites {
  readonly #store: Store
  readonly #clock: Clock
  readonly #switched: Map<string, Switched>

  private constructor(store: Store, clock: Clock, switched: Map<string, Switched>) {
    this.#store = store
    this.#clock = clock
    this.#switched = switched
  }

  static async open(store: Store, clock: Clock): Promise<ArmedSites> {
    const rows = await store.db.selectFrom('arming').selectAll().execute()
    const switched = rows.map(({ site, isArmed, since, by }): [string, Switched] => {
      return [site, { isArmed: isArmed !== 0, since: new Date(since).toISOString(), by }]
    })
    return new ArmedSites(store, clock, new Map(switched))
  }

  /** One that nobody has switched is armed, and so is what has no site. */
  isArmed(site: string | null): boolean {
    return site === null || (this.#switched.get(site)?.isArmed ?? true)
  }

  of(site: string): Arming {
    return { site, ...(this.#switched.get(site) ?? { isArmed: true, since: null, by: null }) }
  }

  async set(site: string, isArmed: boolean, by: string): Promise<Arming> {
    const since = this.#clock.now()
    const values = { isArmed: isArmed ? 1 : 0, since, by }
    await this.#store.db
      .insertInto('arming')
      .values({ site, ...values })
      .onConflict((on) => on.column('site').doUpdateSet(values))
      .execute()
    this.#switched.set(site, { isArmed, since: new Date(since).toISOString(), by })
    return this.of(site)
  }
}
