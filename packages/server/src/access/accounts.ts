// SPDX-License-Identifier: Apache-2.0
/**
 * Accounts and roles: kept in the database, held in memory, so that every check is a look at what holds now. Sessions share
 * the account of their user; a change is seen by the next check, whoever asks.
 */
import { type Grant, MAX_PEOPLE, MAX_ROLES, type PeopleGroup, type Permission, type Role } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Compilable } from 'kysely'
import { isWithinHours } from '../rule/hours.ts'
import type { Store } from '../store/store.ts'
import { ADMINISTRATOR, builtInRoles } from './built-in-roles.ts'
import type { Right, SignedIn } from './can.ts'
import { nameKeyOf } from './name-key.ts'
import { PeopleGroups } from './people-groups.ts'

/** One who may sign in. */
export interface Account extends SignedIn {
  readonly isDisabled: boolean
  /** Somebody else gave the password: until it is changed, there are no rights. */
  readonly mustChangePassword: boolean
  /** False: another vouches for them. */
  readonly hasPassword: boolean
  /** Their own. */
  readonly grants: readonly Grant[]
  /** Ids of groups they are in. */
  readonly groups: readonly string[]
  /** Their own, and those of their groups. */
  readonly allGrants: readonly Grant[]
  readonly createdAt: number
}

interface Held {
  readonly id: string
  name: string
  isDisabled: boolean
  mustChangePassword: boolean
  hasPassword: boolean
  grants: readonly Grant[]
  groups: readonly string[]
  readonly createdAt: number
}

/** What is told of a new account. */
export interface NewAccount {
  readonly id: string
  readonly name: string
  /** Empty where another vouches for the person. */
  readonly passwordHash: string
  /** Written with the account, or neither is. */
  readonly with?: readonly Compilable[]
  /** Default: false. */
  readonly mustChangePassword?: boolean
  readonly grants: readonly Grant[]
  /** Default: none. */
  readonly groups?: readonly string[]
}

/** Lets the others in again, whatever the hour, and whoever else cannot be reached: by a right of their own, not of a group. */
const isOwner = ({ isDisabled, hasPassword, grants }: Pick<Held, 'isDisabled' | 'hasPassword' | 'grants'>): boolean =>
  !isDisabled &&
  hasPassword &&
  grants.some(({ role, scope, hours }) => role === ADMINISTRATOR && scope.kind === 'all' && hours.length === 0)

/** What may be changed of an account. */
export interface AccountChange {
  readonly name?: string | undefined
  /** Empty: another vouches for the person from now on. */
  readonly passwordHash?: string | undefined
  /** Written with the change, or neither is. */
  readonly with?: readonly Compilable[]
  readonly mustChangePassword?: boolean | undefined
  readonly isDisabled?: boolean | undefined
  readonly grants?: readonly Grant[] | undefined
  readonly groups?: readonly string[] | undefined
}

/** All accounts and roles. `onChange` is told whose rights may be others now. */
export class Accounts {
  readonly #store: Store
  readonly #now: () => number
  readonly #held = new Map<string, Held>()
  readonly #shown = new Map<string, Account>()
  readonly #roles = new Map<string, Role>(builtInRoles.map((role) => [role.id, role]))
  readonly #permissions = new Map<string, ReadonlySet<Permission>>()
  readonly #watchers = new Set<(account: Account) => void>()
  /** To be changed through `putGroup` and `removeGroup`. */
  readonly groups: Pick<PeopleGroups, 'list' | 'get' | 'grantsOf'>
  readonly #groups: PeopleGroups
  #tail = Promise.resolve()

  private constructor(store: Store, now: () => number, groups: PeopleGroups) {
    this.#store = store
    this.#groups = groups
    this.groups = groups
    this.#now = now
  }

  static async open(store: Store, now: () => number): Promise<Accounts> {
    const accounts = new Accounts(store, now, await PeopleGroups.open(store))
    for (const { id, name, permissionsJson } of await store.db.selectFrom('role').selectAll().orderBy('name').execute())
      accounts.#roles.set(id, { id, name, permissions: JSON.parse(permissionsJson), isBuiltIn: false })
    const columns = [
      'id',
      'name',
      'isDisabled',
      'mustChangePassword',
      'passwordHash',
      'grantsJson',
      'groupsJson',
      'createdAt',
    ] as const
    for (const row of await store.db.selectFrom('user').select(columns).orderBy('nameKey').execute()) {
      const { grantsJson, groupsJson, isDisabled, mustChangePassword, passwordHash, ...rest } = row
      const flags = { isDisabled: isDisabled === 1, mustChangePassword: mustChangePassword === 1 }
      const given = { grants: JSON.parse(grantsJson), groups: JSON.parse(groupsJson) }
      accounts.#hold({ ...rest, ...flags, hasPassword: passwordHash !== '', ...given })
    }
    return accounts
  }

  get count(): number {
    return this.#held.size
  }

  /** Tells each account whose rights, name or way in has changed, or that is gone. */
  onChange(watcher: (account: Account) => void): void {
    this.#watchers.add(watcher)
  }

  find(id: string): Account | undefined {
    return this.#shown.get(id)
  }

  /** Throws `Refusal` `person.unknown`. */
  get(id: string): Account {
    const account = this.#shown.get(id)
    if (!account) throw new Refusal('not-found', 'person.unknown', 'there is no such account')
    return account
  }

  /** By name. */
  list(): Account[] {
    return [...this.#shown.values()].sort((a, b) => a.name.localeCompare(b.name))
  }

  roles(): Role[] {
    return [...this.#roles.values()]
  }

  /** Throws `Refusal` `person.many`, `person.exists`, `role.unknown`. */
  add(made: NewAccount): Promise<Account> {
    return this.#inOrder(() => this.#add(made))
  }

  async #add(made: NewAccount): Promise<Account> {
    if (this.#held.size >= MAX_PEOPLE)
      throw new Refusal('exhausted', 'person.many', `${MAX_PEOPLE} accounts are the most`)
    this.#checkName(made.name)
    this.#checkGrants(made.grants)
    const { id, name, passwordHash, mustChangePassword = false, grants, groups = [] } = made
    for (const group of groups) this.#groups.get(group)
    const createdAt = this.#now()
    const given = { grantsJson: JSON.stringify(grants), groupsJson: JSON.stringify(groups) }
    const row = { id, name, passwordHash, nameKey: nameKeyOf(name), ...given, createdAt }
    const flags = { isDisabled: 0, mustChangePassword: mustChangePassword ? 1 : 0 }
    const adding = this.#store.db.insertInto('user').values({ ...row, ...flags })
    await this.#store.write([adding, ...(made.with ?? [])])
    const hasPassword = passwordHash !== ''
    return this.#hold({ id, name, isDisabled: false, mustChangePassword, hasPassword, grants, groups, createdAt })
  }

  /** Throws `Refusal` `person.unknown`, `person.exists`, `person.last`, `role.unknown`. */
  change(id: string, change: AccountChange): Promise<Account> {
    return this.#inOrder(() => this.#change(id, change))
  }

  async #change(id: string, change: AccountChange): Promise<Account> {
    const account = this.get(id)
    const held = this.#held.get(id)!
    const { name, passwordHash, mustChangePassword, isDisabled, grants, groups } = change
    if (passwordHash !== undefined && !held.hasPassword)
      throw new Refusal('conflict', 'person.elsewhere', 'this account has no password here: another vouches for it')
    if (name !== undefined && nameKeyOf(name) !== nameKeyOf(held.name)) this.#checkName(name)
    if (grants) this.#checkGrants(grants)
    for (const group of groups ?? []) this.#groups.get(group)
    const hasPassword = passwordHash === undefined ? held.hasPassword : passwordHash !== ''
    const { isDisabled: wasDisabled, grants: before } = held
    this.#mustLeaveOne(id, { isDisabled: isDisabled ?? wasDisabled, hasPassword, grants: grants ?? before })
    const values = {
      ...(name === undefined ? {} : { name, nameKey: nameKeyOf(name) }),
      ...(passwordHash === undefined ? {} : { passwordHash }),
      ...(mustChangePassword === undefined ? {} : { mustChangePassword: mustChangePassword ? 1 : 0 }),
      ...(isDisabled === undefined ? {} : { isDisabled: isDisabled ? 1 : 0 }),
      ...(grants ? { grantsJson: JSON.stringify(grants) } : {}),
      ...(groups ? { groupsJson: JSON.stringify(groups) } : {}),
    }
    if (Object.keys(values).length === 0) return account
    const changing = this.#store.db.updateTable('user').set(values).where('id', '=', id)
    await this.#store.write([changing, ...(change.with ?? [])])
    held.hasPassword = hasPassword
    if (name !== undefined) held.name = name
    if (mustChangePassword !== undefined) held.mustChangePassword = mustChangePassword
    if (isDisabled !== undefined) held.isDisabled = isDisabled
    if (grants) held.grants = grants
    if (groups) held.groups = groups
    this.#tell(account)
    return account
  }

  /** Throws `Refusal` `person.unknown`, `person.last`. */
  remove(id: string): Promise<Account> {
    return this.#inOrder(() => this.#remove(id))
  }

  async #remove(id: string): Promise<Account> {
    const account = this.get(id)
    this.#mustLeaveOne(id, undefined)
    await this.#store.db.deleteFrom('user').where('id', '=', id).execute()
    this.#held.delete(id)
    this.#shown.delete(id)
    this.#tell(account)
    return account
  }

  /** Makes or changes a role. Throws `Refusal` `role.many`, `role.unknown`, `role.exists`. */
  putRole(id: string, wish: Pick<Role, 'name' | 'permissions'>, isNew: boolean): Promise<Role> {
    return this.#inOrder(() => this.#putRole(id, wish, isNew))
  }

  async #putRole(id: string, wish: Pick<Role, 'name' | 'permissions'>, isNew: boolean): Promise<Role> {
    if (!isNew) this.#ownRole(id)
    else if (this.#roles.size - builtInRoles.length >= MAX_ROLES)
      throw new Refusal('exhausted', 'role.many', `${MAX_ROLES} roles are the most`)
    const key = nameKeyOf(wish.name)
    if ([...this.#roles.values()].some((one) => one.id !== id && nameKeyOf(one.name) === key))
      throw new Refusal('conflict', 'role.exists', 'there is a role of this name already')
    const role: Role = { id, name: wish.name, permissions: [...new Set(wish.permissions)], isBuiltIn: false }
    const values = { name: role.name, permissionsJson: JSON.stringify(role.permissions) }
    const { db } = this.#store
    if (isNew)
      await db
        .insertInto('role')
        .values({ id, ...values })
        .execute()
    else await db.updateTable('role').set(values).where('id', '=', id).execute()
    this.#roles.set(id, role)
    this.#permissions.delete(id)
    for (const account of this.#shown.values()) if (this.#has(account, id)) this.#tell(account)
    return role
  }

  /** Throws `Refusal` `role.unknown`, `role.used`. */
  removeRole(id: string): Promise<Role> {
    return this.#inOrder(() => this.#removeRole(id))
  }

  async #removeRole(id: string): Promise<Role> {
    const role = this.#ownRole(id)
    const isOf = ({ grants }: { readonly grants: readonly Grant[] }) => grants.some(({ role: one }) => one === id)
    const names = [...this.list(), ...this.#groups.list()].filter(isOf)
    if (names.length > 0)
      throw new Refusal(
        'conflict',
        'role.used',
        `${names
          .slice(0, 5)
          .map(({ name }) => name)
          .join(', ')} have this role: give them another first`,
      )
    await this.#store.db.deleteFrom('role').where('id', '=', id).execute()
    this.#roles.delete(id)
    this.#permissions.delete(id)
    return role
  }

  /** Makes or changes a group. Throws `Refusal` as `PeopleGroups.put`, and `role.unknown`. */
  putGroup(id: string, wish: Pick<PeopleGroup, 'name' | 'grants'>, isNew: boolean): Promise<PeopleGroup> {
    return this.#inOrder(async () => {
      this.#checkGrants(wish.grants)
      const group = await this.#groups.put(id, wish, isNew)
      for (const account of this.#shown.values()) if (account.groups.includes(id)) this.#tell(account)
      return group
    })
  }

  /** Throws `Refusal` `people-group.unknown`, `people-group.used`. */
  removeGroup(id: string): Promise<PeopleGroup> {
    return this.#inOrder(async () => {
      const names = this.list().flatMap(({ name, groups }) => (groups.includes(id) ? [name] : []))
      if (names.length > 0)
        throw new Refusal(
          'conflict',
          'people-group.used',
          `${names.slice(0, 5).join(', ')} are in this group: take them out first`,
        )
      return this.#groups.remove(id)
    })
  }

  /** What a role allows; nothing where it is not known. */
  permissionsOf(role: string): ReadonlySet<Permission> {
    let permissions = this.#permissions.get(role)
    if (!permissions) {
      permissions = new Set(this.#roles.get(role)?.permissions ?? [])
      this.#permissions.set(role, permissions)
    }
    return permissions
  }

  /** True for an administrator of the whole system who has a password here. */
  isOwner({ id }: SignedIn): boolean {
    const held = this.#held.get(id)
    return held !== undefined && isOwner(held)
  }

  /** True when somebody has this everywhere, whatever the hour. */
  hasAlways(id: string, permission: Permission): boolean {
    const held = this.#held.get(id)
    if (!held) return false
    return this.#grantsOf(held).some(
      ({ role, scope, hours }) =>
        scope.kind === 'all' && hours.length === 0 && this.permissionsOf(role).has(permission),
    )
  }

  /** One after the other: two at once could take away the last administrator. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work)
    this.#tail = done.then(
      () => {},
      () => {}, // the caller hears of it
    )
    return done
  }

  #hold(held: Held): Account {
    const rights = (): readonly Right[] => this.#rightsOf(held)
    const grants = (): readonly Grant[] => this.#grantsOf(held)
    const account: Account = {
      id: held.id,
      createdAt: held.createdAt,
      get name() {
        return held.name
      },
      get isDisabled() {
        return held.isDisabled
      },
      get hasPassword() {
        return held.hasPassword
      },
      get mustChangePassword() {
        return held.mustChangePassword
      },
      get grants() {
        return held.grants
      },
      get groups() {
        return held.groups
      },
      get allGrants() {
        return grants()
      },
      get rights() {
        return rights()
      },
    }
    this.#held.set(held.id, held)
    this.#shown.set(held.id, account)
    return account
  }

  #grantsOf({ grants, groups }: Held): readonly Grant[] {
    return groups.length === 0 ? grants : [...grants, ...this.#groups.grantsOf(groups)]
  }

  #rightsOf(held: Held): readonly Right[] {
    if (held.isDisabled || held.mustChangePassword || !this.#held.has(held.id)) return []
    return this.#grantsOf(held).flatMap(({ role, scope, hours }) =>
      hours.length === 0 || isWithinHours(hours, this.#now()) ? [{ permissions: this.permissionsOf(role), scope }] : [],
    )
  }

  #has({ allGrants }: Account, role: string): boolean {
    return allGrants.some((grant) => grant.role === role)
  }

  #ownRole(id: string): Role {
    const role = this.#roles.get(id)
    if (!role || role.isBuiltIn) throw new Refusal('not-found', 'role.unknown', 'there is no such role of your own')
    return role
  }

  #checkName(name: string): void {
    const key = nameKeyOf(name)
    if ([...this.#held.values()].some((one) => nameKeyOf(one.name) === key))
      throw new Refusal('conflict', 'person.exists', 'there is an account of this name already')
  }

  #checkGrants(grants: readonly Grant[]): void {
    for (const { role } of grants)
      if (!this.#roles.has(role)) throw new Refusal('not-found', 'role.unknown', 'there is no such role')
  }

  /** Somebody must always be able to let the others in again, at any hour. */
  #mustLeaveOne(id: string, then: Pick<Held, 'isDisabled' | 'hasPassword' | 'grants'> | undefined): void {
    const now = this.#held.get(id)
    if (!now || !isOwner(now) || (then && isOwner(then))) return
    if ([...this.#held.values()].some((one) => one.id !== id && isOwner(one))) return
    throw new Refusal(
      'conflict',
      'person.last',
      'this is the last administrator of the whole system with a password here: make another one first',
    )
  }

  #tell(account: Account): void {
    for (const watcher of this.#watchers) watcher(account)
  }
}
