// SPDX-License-Identifier: Apache-2.0
/** People: who may sign in, and what each may do where. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { MaintenanceWindow } from './job.ts'
import { route } from './route.ts'
import { Permission, UserName } from './user.ts'

/** Accounts of one server. */
export const MAX_PEOPLE = 1000
/** Roles beside the built-in ones. */
export const MAX_ROLES = 100
export const MAX_PEOPLE_GROUPS = 200

/** Where a role holds. */
export const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('site'), site: z.string().min(1).max(80) }),
  z.object({ kind: z.literal('tag'), tag: z.string().min(1).max(40) }),
  z.object({ kind: z.literal('device'), device: DeviceId }),
  /** One camera of a device; what concerns the device as a whole is not in it. */
  z.object({ kind: z.literal('camera'), device: DeviceId, channel: z.number().int().min(1).max(4096) }),
])
export type Scope = z.output<typeof Scope>

/** Of a built-in role its name; of another a UUID. */
const RoleId = z.string().regex(/^[a-z0-9-]{1,40}$/)

export const Role = z
  .object({
    id: RoleId,
    /** Of a built-in role in English; the console has its own words for those. */
    name: z.string(),
    permissions: z.array(Permission),
    isBuiltIn: z.boolean(),
  })
  .meta({ id: 'Role' })
export type Role = z.output<typeof Role>

/** A role, somewhere, and at some hours. */
export const Grant = z.object({
  role: RoleId,
  scope: Scope,
  /** In the server's zone; none means always. */
  hours: z.array(MaintenanceWindow).max(14).default([]),
})
export type Grant = z.output<typeof Grant>

export const Person = z
  .object({
    id: z.uuid(),
    name: UserName,
    /** May not sign in. */
    isDisabled: z.boolean(),
    /** False: a provider or a directory vouches for them, see sign-on. */
    hasPassword: z.boolean(),
    /** An authenticator app or a passkey. */
    hasSecondProof: z.boolean(),
    /** Their own; groups give more. */
    grants: z.array(Grant),
    /** Ids of the groups they are in. */
    groups: z.array(z.uuid()),
    createdAt: z.iso.datetime(),
    /** Sessions that are good now. */
    sessions: z.number().int(),
  })
  .meta({ id: 'Person' })
export type Person = z.output<typeof Person>

const Password = z.string().min(12, 'at least 12 characters').max(128)
const grants = z.array(Grant).max(50)
const groups = z.array(z.uuid()).max(20)

/** People who have the same rights, given and taken in one place. */
export const PeopleGroup = z
  .object({ id: z.uuid(), name: z.string(), grants: z.array(Grant) })
  .meta({ id: 'PeopleGroup' })
export type PeopleGroup = z.output<typeof PeopleGroup>

const NewPeopleGroup = z.object({ name: z.string().trim().min(1).max(60), grants })
const params = z.object({ id: z.uuid() })
const roleParams = z.object({ id: z.uuid() })
const NewRole = z.object({ name: z.string().trim().min(1).max(60), permissions: z.array(Permission).max(100) })
const tag = 'people'

export const ListPeople = route({
  method: 'GET',
  path: '/people',
  needs: 'user.manage',
  tag,
  summary: 'Who may sign in, by name',
  answer: z.object({ people: z.array(Person) }),
})
export const AddPerson = route({
  method: 'POST',
  path: '/people',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Add somebody; nobody can give what they may not do themselves',
  body: z.object({
    name: UserName,
    password: Password,
    grants,
    groups: groups.default([]),
    /** Whoever gives the password knows it: the person has to take another before anything else. */
    mustChangePassword: z.boolean().default(true),
  }),
  answer: Person,
})
export const ChangePerson = route({
  method: 'PATCH',
  path: '/people/:id',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary:
    'Another name, password or rights, or no way in; what they see ends at once where they may not see it any more',
  params,
  body: z.object({
    name: UserName.optional(),
    password: Password.optional(),
    /** With a new password: see `AddPerson`. */
    mustChangePassword: z.boolean().default(true),
    isDisabled: z.boolean().optional(),
    grants: grants.optional(),
    groups: groups.optional(),
  }),
  answer: Person,
})
export const RemovePerson = route({
  method: 'DELETE',
  path: '/people/:id',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Remove somebody; what they did stays on record under their name',
  params,
})
export const ListRoles = route({
  method: 'GET',
  path: '/roles',
  needs: 'user.manage',
  tag,
  summary: 'Roles: built-in ones, then those that were made here',
  answer: z.object({ roles: z.array(Role) }),
})
export const AddRole = route({
  method: 'POST',
  path: '/roles',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Make a role of permissions that you have yourself',
  body: NewRole,
  answer: Role,
})
export const ChangeRole = route({
  method: 'PUT',
  path: '/roles/:id',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Change a role that was made here; it holds at once for who has it',
  params: roleParams,
  body: NewRole,
  answer: Role,
})
export const RemoveRole = route({
  method: 'DELETE',
  path: '/roles/:id',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Remove a role that was made here and that nobody has',
  params: roleParams,
})
export const ListPeopleGroups = route({
  method: 'GET',
  path: '/people/groups',
  needs: 'user.manage',
  tag,
  summary: 'Groups of people, by name',
  answer: z.object({ groups: z.array(PeopleGroup) }),
})
export const AddPeopleGroup = route({
  method: 'POST',
  path: '/people/groups',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Make a group; it gives no more than you have yourself',
  body: NewPeopleGroup,
  answer: PeopleGroup,
})
export const ChangePeopleGroup = route({
  method: 'PUT',
  path: '/people/groups/:id',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Change a group; it holds at once for who is in it',
  params,
  body: NewPeopleGroup,
  answer: PeopleGroup,
})
export const RemovePeopleGroup = route({
  method: 'DELETE',
  path: '/people/groups/:id',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Remove a group that nobody is in',
  params,
})
