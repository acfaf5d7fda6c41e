// SPDX-License-Identifier: Apache-2.0
/** People and roles over the API. Nobody gives what they do not have, takes it from who has more, or locks everybody out. */
import { randomUUID } from 'node:crypto'
import {
  AddPerson,
  AddRole,
  ChangePerson,
  ChangeRole,
  type Grant,
  ListPeople,
  ListRoles,
  type Permission,
  type Person,
  RemovePerson,
  RemoveRole,
  ResetFactors,
} from '@openhmp/contract'
import type { Access } from '../access/access.ts'
import type { Account, Accounts } from '../access/accounts.ts'
import { type SignedIn, SYSTEM } from '../access/can.ts'
import type { Factors } from '../access/factors.ts'
import { mustHaveGrants, mustHave as mustHavePermissions } from '../access/may-give.ts'
import type { Passkeys } from '../access/passkeys.ts'
import type { Proofs } from '../access/proofs.ts'
import type { Sessions } from '../access/sessions.ts'
import type { Audit } from '../audit/audit.ts'
import { Secret } from '../secret/secret.ts'
import { type Call, type Handled, handle } from './handle.ts'
import { peopleGroupRoutes } from './people-group-routes.ts'

interface Parts {
  readonly accounts: Accounts
  readonly access: Access
  readonly sessions: Sessions
  readonly proofs: Proofs
  readonly factors: Factors
  readonly passkeys: Passkeys
  readonly audit: Audit
}

/** Handlers of the routes of people and roles. */
export const peopleRoutes = ({ accounts, access, sessions, proofs, factors, passkeys, audit }: Parts): Handled[] => {
  const shownBy =
    (holders: ReadonlySet<string>) =>
    ({ id, name, isDisabled, hasPassword, grants, groups, createdAt }: Account): Person => ({
      ...{ id, name, isDisabled, hasPassword, grants: [...grants], groups: [...groups] },
      createdAt: new Date(createdAt).toISOString(),
      hasSecondProof: holders.has(id),
      sessions: sessions.of(id).length,
    })
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, object: string, detail: object) =>
    audit.record({ who: user().name, source, action, object, outcome: 'done', detail: { ...detail } })
  const namesOf = (groups: readonly string[]) => groups.map((id) => accounts.groups.get(id).name)
  const mustHave = (user: SignedIn, permissions: Iterable<Permission>) =>
    mustHavePermissions(accounts, user, permissions)
  const mustHaveAll = (user: SignedIn, grants: readonly Grant[]) => mustHaveGrants(accounts, user, grants)
  /** Of an account that has more than the caller, nothing is changed. */
  const within = ({ user }: Pick<Call, 'user'>, id: string): Account => {
    const account = accounts.get(id)
    mustHaveAll(user(), account.allGrants)
    return account
  }
  return [
    handle(ListPeople, async ({ must }) => {
      must(SYSTEM)
      return { people: accounts.list().map(shownBy(await proofs.holders())) }
    }),
    handle(AddPerson, async (call) => {
      call.must(SYSTEM)
      const { name, password, mustChangePassword, grants, groups } = call.body
      mustHaveAll(call.user(), [...grants, ...accounts.groups.grantsOf(groups)])
      const passwordHash = await access.hash(new Secret(password), name)
      const added = await accounts.add({ id: randomUUID(), name, passwordHash, mustChangePassword, grants, groups })
      await record(call, 'person.add', added.id, { name, grants, groups: namesOf(groups) })
      return shownBy(new Set())(added)
    }),
    handle(ChangePerson, async (call) => {
      call.must(SYSTEM)
      const { password, mustChangePassword, ...change } = call.body
      const before = within(call, call.params.id)
      const { name, isDisabled, grants, groups } = before
      mustHaveAll(call.user(), [...(change.grants ?? []), ...accounts.groups.grantsOf(change.groups ?? [])])
      const passwordHash =
        password === undefined ? undefined : await access.hash(new Secret(password), change.name ?? before.name)
      const given = passwordHash === undefined ? {} : { passwordHash, mustChangePassword }
      const changed = await accounts.change(before.id, { ...change, ...given })
      // Who knew the old one is let go.
      if (passwordHash !== undefined) await sessions.endOf(changed.id)
      const after = { ...change, ...(change.groups ? { groups: namesOf(change.groups) } : {}) }
      const detail = {
        before: { name, isDisabled, grants, groups: namesOf(groups) },
        ...{ after, password: passwordHash !== undefined },
      }
      await record(call, 'person.change', changed.id, detail)
      return shownBy(await proofs.holders())(changed)
    }),
    handle(RemovePerson, async (call) => {
      call.must(SYSTEM)
      const { id, name, grants } = within(call, call.params.id)
      await accounts.remove(id)
      await sessions.endOf(id)
      await record(call, 'person.remove', id, { name, grants })
      return undefined
    }),
    handle(ResetFactors, async (call) => {
      call.must(SYSTEM)
      const { id, name } = within(call, call.params.id)
      await factors.removeAll(id)
      await passkeys.removeAll(id)
      await sessions.endOf(id)
      await record(call, 'factor.reset', id, { name })
      return undefined
    }),
    handle(ListRoles, async ({ must }) => {
      must(SYSTEM)
      return { roles: accounts.roles() }
    }),
    handle(AddRole, async (call) => {
      call.must(SYSTEM)
      mustHave(call.user(), call.body.permissions)
      const role = await accounts.putRole(randomUUID(), call.body, true)
      await record(call, 'role.add', role.id, { name: role.name, permissions: role.permissions })
      return role
    }),
    handle(ChangeRole, async (call) => {
      call.must(SYSTEM)
      const { id } = call.params
      const before = [...accounts.permissionsOf(id)]
      mustHave(call.user(), [...before, ...call.body.permissions])
      const role = await accounts.putRole(id, call.body, false)
      await record(call, 'role.change', id, { name: role.name, before, after: role.permissions })
      return role
    }),
    handle(RemoveRole, async (call) => {
      call.must(SYSTEM)
      const { id } = call.params
      mustHave(call.user(), accounts.permissionsOf(id))
      const role = await accounts.removeRole(id)
      await record(call, 'role.remove', id, { name: role.name })
      return undefined
    }),
    ...peopleGroupRoutes({ accounts, audit }),
  ]
}
