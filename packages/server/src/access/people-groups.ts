// SPDX-License-Identifier: Apache-2.0
/** Groups of people as they are kept, and in memory. Who is in one, and what follows from a change, is the accounts' business. */
import { type Grant, MAX_PEOPLE_GROUPS, type PeopleGroup } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'
import { nameKeyOf } from './name-key.ts'

/** All groups. */
export class PeopleGroups {
  readonly #store: Store
  readonly #held: Map<string, PeopleGroup>

  private constructor(store: Store, held: Map<string, PeopleGroup>) {
    this.#store = store
    this.#held = held
  }

  static async open(store: Store): Promise<PeopleGroups> {
    const rows = await store.db.selectFrom('peopleGroup').selectAll().execute()
    const groups = rows.map(({ id, name, grantsJson }) => ({ id, name, grants: JSON.parse(grantsJson) as Grant[] }))
    return new PeopleGroups(store, new Map(groups.map((group) => [group.id, group])))
  }

  /** By name. */
  list(): PeopleGroup[] {
    return [...this.#held.values()].sort((a, b) => a.name.localeCompare(b.name))
  }

  /** Throws `Refusal` `people-group.unknown`. */
  get(id: string): PeopleGroup {
    const group = this.#held.get(id)
    if (!group) throw new Refusal('not-found', 'people-group.unknown', 'there is no such group of people')
    return group
  }

  /** What groups give; one that is gone gives nothing. */
  grantsOf(ids: readonly string[]): readonly Grant[] {
    return ids.flatMap((id) => this.#held.get(id)?.grants ?? [])
  }

  /** Makes or changes one. Throws `Refusal` `people-group.many`, `people-group.unknown`, `people-group.exists`. */
  async put(id: string, wish: Pick<PeopleGroup, 'name' | 'grants'>, isNew: boolean): Promise<PeopleGroup> {
    if (!isNew) this.get(id)
    else if (this.#held.size >= MAX_PEOPLE_GROUPS)
      throw new Refusal('exhausted', 'people-group.many', `${MAX_PEOPLE_GROUPS} groups are the most`)
    const key = nameKeyOf(wish.name)
    if (this.list().some((one) => one.id !== id && nameKeyOf(one.name) === key))
      throw new Refusal('conflict', 'people-group.exists', 'there is a group of this name already')
    const group: PeopleGroup = { id, name: wish.name, grants: [...wish.grants] }
    const values = { name: group.name, grantsJson: JSON.stringify(group.grants) }
    const { db } = this.#store
    if (isNew)
      await db
        .insertInto('peopleGroup')
        .values({ id, ...values })
        .execute()
    else await db.updateTable('peopleGroup').set(values).where('id', '=', id).execute()
    this.#held.set(id, group)
    return group
  }

  /** Throws `Refusal` `people-group.unknown`. */
  async remove(id: string): Promise<PeopleGroup> {
    const group = this.get(id)
    await this.#store.db.deleteFrom('peopleGroup').where('id', '=', id).execute()
    this.#held.delete(id)
    return group
  }
}
