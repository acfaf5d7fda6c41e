// SPDX-License-Identifier: Apache-2.0
/** `hmp people groups`: people who have the same rights. */
import {
  AddPeopleGroup,
  ChangePeopleGroup,
  ChangePerson,
  ListDevices,
  ListPeople,
  ListPeopleGroups,
  ListRoles,
  type PeopleGroup,
  RemovePeopleGroup,
} from '@openhmp/contract'
import { readable } from '../capture/talk.ts'
import { Cms } from '../cms/cms.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'
import { findPerson, grantsOf, rightText } from './people.ts'

export async function runGroups(output: Output): Promise<void> {
  const cms = new Cms()
  const [{ groups }, { people }, { roles }, { devices }] = await Promise.all([
    cms.call(ListPeopleGroups, {}),
    cms.call(ListPeople, {}),
    cms.call(ListRoles, {}),
    cms.call(ListDevices, { query: { streams: 'none' } }),
  ])
  const nameOf = (id: string) => devices.find((one) => one.id === id)?.name ?? id
  output.document({ groups }, () =>
    formatTable(
      output,
      ['group', 'rights', 'people'],
      groups.map(({ id, name, grants }) => [
        readable(name, 60),
        readable(grants.map((grant) => rightText(grant, roles, nameOf)).join('; '), 200),
        readable(people.flatMap((one) => (one.groups.includes(id) ? [one.name] : [])).join(', '), 200),
      ]),
    ),
  )
}

export async function runGroupAdd(name: string, rights: readonly string[], output: Output): Promise<void> {
  const cms = new Cms()
  say(output, await cms.call(AddPeopleGroup, { body: { name, grants: await grantsOf(cms, rights) } }), 'is made')
}

/** Rights in place of those that were there. */
export async function runGroupRights(name: string, rights: readonly string[], output: Output): Promise<void> {
  const cms = new Cms()
  const group = await find(cms, name)
  const body = { name: group.name, grants: await grantsOf(cms, rights) }
  say(output, await cms.call(ChangePeopleGroup, { params: { id: group.id }, body }), 'has these rights now')
}

export async function runGroupMember(name: string, who: string, isIn: boolean, output: Output): Promise<void> {
  const cms = new Cms()
  const group = await find(cms, name)
  const person = await findPerson(cms, who)
  const others = person.groups.filter((id) => id !== group.id)
  const groups = isIn ? [...others, group.id] : others
  const changed = await cms.call(ChangePerson, { params: { id: person.id }, body: { groups } })
  output.document(changed, () => `${readable(person.name, 80)} is ${isIn ? '' : 'not '}in ${readable(group.name, 60)}.`)
}

export async function runGroupRemove(name: string, output: Output): Promise<void> {
  const cms = new Cms()
  const group = await find(cms, name)
  await cms.call(RemovePeopleGroup, { params: { id: group.id } })
  say(output, group, 'is removed')
}

const say = (output: Output, group: PeopleGroup, text: string): void =>
  output.document(group, () => `${readable(group.name, 60)} ${text}.`)

const find = async (cms: Cms, name: string): Promise<PeopleGroup> => {
  const { groups } = await cms.call(ListPeopleGroups, {})
  const found = groups.find((one) => one.id === name || one.name.toLowerCase() === name.toLowerCase())
  if (!found) throw new UsageError(`no group is called ${JSON.stringify(name)}: hmp people groups`)
  return found
}
