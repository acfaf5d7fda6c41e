// SPDX-License-Identifier: Apache-2.0
/** `hmp people`: who may sign in to a CMS, and what each may do where. */
import {
  AddPerson,
  ChangePerson,
  type Grant,
  ListDevices,
  ListPeople,
  ListPeopleGroups,
  ListRoles,
  type Person,
  RemovePerson,
  ResetFactors,
  type Role,
  type Scope,
} from '@openhmp/contract'
import { readable } from '../capture/talk.ts'
import { Cms } from '../cms/cms.ts'
import { readNewPassword } from '../input/password.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

/** The variable of a new password; a terminal is asked otherwise. */
const VARIABLE = 'HMP_USER_PASSWORD'

export async function runPeople(output: Output): Promise<void> {
  const cms = new Cms()
  const [{ people }, { groups: all }, { roles }, { devices }] = await Promise.all([
    cms.call(ListPeople, {}),
    cms.call(ListPeopleGroups, {}),
    cms.call(ListRoles, {}),
    cms.call(ListDevices, { query: { streams: 'none' } }),
  ])
  const nameOf = (id: string) => devices.find((one) => one.id === id)?.name ?? id
  const rightOf = (grant: Grant): string => rightText(grant, roles, nameOf)
  output.document({ people }, () =>
    formatTable(
      output,
      ['name', 'rights', 'groups', 'may sign in', 'sessions'],
      people.map(({ name, grants, groups, isDisabled, sessions }) => [
        readable(name, 80),
        readable(grants.map(rightOf).join('; '), 200),
        readable(groups.map((id) => all.find((group) => group.id === id)?.name ?? id).join(', '), 100),
        isDisabled ? 'no' : 'yes',
        sessions,
      ]),
    ),
  )
}

/** A right in words. */
export const rightText = (
  { role, scope, hours }: Grant,
  roles: readonly Role[],
  nameOf: (device: string) => string,
): string =>
  `${roles.find(({ id }) => id === role)?.name ?? role} ${placeOf(scope, nameOf)}${hours.length > 0 ? ', at some hours' : ''}`

export async function runRoles(output: Output): Promise<void> {
  const { roles } = await new Cms().call(ListRoles, {})
  output.document({ roles }, () =>
    formatTable(
      output,
      ['role', 'permissions'],
      roles.map(({ name, permissions }) => [readable(name, 60), permissions.join(' ')]),
    ),
  )
}

export async function runPersonAdd(name: string, rights: readonly string[], output: Output): Promise<void> {
  const cms = new Cms()
  const grants = await grantsOf(cms, rights)
  const password = await readNewPassword(name, cms.url, VARIABLE)
  say(output, await cms.call(AddPerson, { body: { name, password, grants } }), 'may sign in now')
}

/** Rights in place of those that were there. */
export async function runPersonRights(name: string, rights: readonly string[], output: Output): Promise<void> {
  const cms = new Cms()
  const { id } = await findPerson(cms, name)
  const grants = await grantsOf(cms, rights)
  say(output, await cms.call(ChangePerson, { params: { id }, body: { grants } }), 'has these rights now')
}

export async function runPersonPassword(name: string, output: Output): Promise<void> {
  const cms = new Cms()
  const { id } = await findPerson(cms, name)
  const password = await readNewPassword(name, cms.url, VARIABLE)
  say(output, await cms.call(ChangePerson, { params: { id }, body: { password } }), 'has a new password')
}

export async function runPersonSwitch(name: string, isDisabled: boolean, output: Output): Promise<void> {
  const cms = new Cms()
  const { id } = await findPerson(cms, name)
  const changed = await cms.call(ChangePerson, { params: { id }, body: { isDisabled } })
  say(output, changed, isDisabled ? 'may not sign in any more' : 'may sign in again')
}

/** For who has lost app and passkeys: the password alone lets them in until they add another. */
export async function runPersonReset(name: string, output: Output): Promise<void> {
  const cms = new Cms()
  const person = await findPerson(cms, name)
  await cms.call(ResetFactors, { params: { id: person.id } })
  say(output, person, 'signs in with the password alone now')
}

export async function runPersonRemove(name: string, output: Output): Promise<void> {
  const cms = new Cms()
  const person = await findPerson(cms, name)
  await cms.call(RemovePerson, { params: { id: person.id } })
  say(output, person, 'is removed')
}

const say = (output: Output, person: Person, text: string): void =>
  output.document(person, () => `${readable(person.name, 80)} ${text}.`)

const placeOf = (scope: Scope, nameOf: (device: string) => string): string => {
  switch (scope.kind) {
    case 'all':
      return 'everywhere'
    case 'site':
      return `at site ${scope.site}`
    case 'tag':
      return `by tag ${scope.tag}`
    case 'device':
      return `with ${nameOf(scope.device)}`
    case 'camera':
      return `with camera ${scope.channel} of ${nameOf(scope.device)}`
  }
}

/** Throws UsageError when there is nobody of this name. */
export const findPerson = async (cms: Cms, name: string): Promise<Person> => {
  const { people } = await cms.call(ListPeople, {})
  const found = people.find((one) => one.id === name || one.name.toLowerCase() === name.toLowerCase())
  if (!found) throw new UsageError(`nobody is called ${JSON.stringify(name)}: hmp people`)
  return found
}

/** `viewer`, `viewer@site:Harbour`, `operator@tag:gate`, `viewer@Main gate`, `viewer@Recorder#3`. Throws UsageError for what is not known. */
export const grantsOf = async (cms: Cms, rights: readonly string[]): Promise<Grant[]> => {
  const { roles } = await cms.call(ListRoles, {})
  const grants: Grant[] = []
  for (const right of rights) {
    const [role = '', ...rest] = right.split('@')
    grants.push({ role: roleOf(roles, role), scope: await scopeOf(cms, rest.join('@')), hours: [] })
  }
  return grants
}

const roleOf = (roles: readonly Role[], name: string): string => {
  const found = roles.find((role) => role.id === name || role.name.toLowerCase() === name.toLowerCase())
  if (found) return found.id
  throw new UsageError(`${JSON.stringify(name)} is none of the roles ${roles.map((role) => role.name).join(', ')}`)
}

const scopeOf = async (cms: Cms, place: string): Promise<Scope> => {
  if (place === '' || place === 'everywhere') return { kind: 'all' }
  if (place.startsWith('site:')) return { kind: 'site', site: place.slice('site:'.length) }
  if (place.startsWith('tag:')) return { kind: 'tag', tag: place.slice('tag:'.length) }
  const { devices } = await cms.call(ListDevices, { query: { streams: 'none' } })
  const named = (text: string) => devices.find(({ id, name }) => id === text || name === text)
  const whole = named(place)
  if (whole) return { kind: 'device', device: whole.id }
  const [, device = '', channel = ''] = /^(.*)#(\d{1,4})$/.exec(place) ?? []
  const found = named(device)
  if (!found) throw new UsageError(`${JSON.stringify(place)} is no device, and neither site:NAME nor tag:NAME`)
  return { kind: 'camera', device: found.id, channel: Number(channel) }
}
