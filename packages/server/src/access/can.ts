// SPDX-License-Identifier: Apache-2.0
/**
 * Who may do what with what: one function, asked with the loaded object, denying by default. There is one role now; more
 * roles and scopes (sites, cameras) change this file and the tables, not its callers.
 */
import { Permission } from '@openhmp/contract'

export type Role = 'administrator'

/** Somebody who has signed in. */
export interface SignedIn {
  readonly id: string
  readonly name: string
  readonly role: Role
}

/** What something is done to. */
export type Subject =
  | { readonly kind: 'system' }
  | { readonly kind: 'device'; readonly id: string; readonly channel?: number }
  | { readonly kind: 'event'; readonly id: string; readonly device: string }

export const SYSTEM: Subject = { kind: 'system' }

const grants: Readonly<Record<Role, readonly Permission[]>> = { administrator: Permission.options }

/** True when this user may do this to that. */
export const can = (user: SignedIn | undefined, action: Permission, _subject: Subject): boolean =>
  user !== undefined && Object.hasOwn(grants, user.role) && grants[user.role].includes(action)

/** All that a role allows on something: for the page to know what to show. */
export const permissionsOf = (role: Role): Permission[] => [...(Object.hasOwn(grants, role) ? grants[role] : [])]
