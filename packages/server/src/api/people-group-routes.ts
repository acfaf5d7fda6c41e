// SPDX-License-Identifier: Apache-2.0
/** Groups of people over the API. What a group gives is given like any right: by who has it, everywhere and always. */
import { randomUUID } from 'node:crypto'
import { AddPeopleGroup, ChangePeopleGroup, ListPeopleGroups, RemovePeopleGroup } from '@openhmp/contract'
import type { Accounts } from '../access/accounts.ts'
import { SYSTEM } from '../access/can.ts'
import { mustHaveGrants } from '../access/may-give.ts'
import type { Audit } from '../audit/audit.ts'
import { type Call, type Handled, handle } from './handle.ts'

/** Handlers of the routes of groups of people. */
export const peopleGroupRoutes = ({ accounts, audit }: { accounts: Accounts; audit: Audit }): Handled[] => {
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, object: string, detail: object) =>
    audit.record({ who: user().name, source, action, object, outcome: 'done', detail: { ...detail } })
  return [
    handle(ListPeopleGroups, async ({ must }) => {
      must(SYSTEM)
      return { groups: accounts.groups.list() }
    }),
    handle(AddPeopleGroup, async (call) => {
      call.must(SYSTEM)
      mustHaveGrants(accounts, call.user(), call.body.grants)
      const group = await accounts.putGroup(randomUUID(), call.body, true)
      await record(call, 'group.add', group.id, { name: group.name, grants: group.grants })
      return group
    }),
    handle(ChangePeopleGroup, async (call) => {
      call.must(SYSTEM)
      const { id, name, grants } = accounts.groups.get(call.params.id)
      mustHaveGrants(accounts, call.user(), [...grants, ...call.body.grants])
      const group = await accounts.putGroup(id, call.body, false)
      const after = { name: group.name, grants: group.grants }
      await record(call, 'group.change', id, { before: { name, grants }, after })
      return group
    }),
    handle(RemovePeopleGroup, async (call) => {
      call.must(SYSTEM)
      const { id, name, grants } = accounts.groups.get(call.params.id)
      mustHaveGrants(accounts, call.user(), grants)
      await accounts.removeGroup(id)
      await record(call, 'group.remove', id, { name, grants })
      return undefined
    }),
  ]
}
