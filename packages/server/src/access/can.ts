// SPDX-License-Identifier: Apache-2.0
/**
 * Who may do what with what: one function, asked with the loaded object, denying by default. A right is a set of
 * permissions somewhere; what belongs to no device needs a right that holds everywhere.
 */
import { Permission, type Scope } from '@openhmp/contract'

/** Permissions, and where they hold. */
export interface Right {
  readonly permissions: ReadonlySet<Permission>
  readonly scope: Scope
}

/** Somebody who has signed in. What they may do can change while they are here. */
export interface SignedIn {
  readonly id: string
  readonly name: string
  /** In force now. */
  readonly rights: readonly Right[]
  /** No more than these, whatever the rights are. */
  readonly only?: readonly Permission[]
}

/** What something is done to. */
export type Subject =
  | { readonly kind: 'system' }
  | { readonly kind: 'device'; readonly id: string; readonly channel?: number }
  /** `channel` is null of what happened to the device as a whole. */
  | {
      readonly kind: 'event' | 'alarm'
      readonly id: string
      readonly device: string
      readonly channel: number | null
    }

/** Where a device is, as far as rights ask. */
export interface Place {
  readonly site: string | null
  readonly tags: readonly string[]
}

/** A device or something of it, and where that is. */
export interface LoadedDevice extends Place {
  readonly kind: 'device'
  readonly device: string
  /** Of one camera; null: of what is of none; undefined: the device itself. */
  readonly channel?: number | null | undefined
}

/** The same with what was loaded of it: the device, and where that is. */
export type Loaded = { readonly kind: 'system' } | LoadedDevice

export const SYSTEM = { kind: 'system' } as const

const covers = (scope: Scope, subject: Loaded): boolean => {
  if (scope.kind === 'all') return true
  if (subject.kind === 'system') return false
  switch (scope.kind) {
    case 'site':
      return subject.site === scope.site
    case 'tag':
      return subject.tags.includes(scope.tag)
    case 'device':
      return subject.device === scope.device
    case 'camera':
      return subject.channel === scope.channel && subject.device === scope.device
  }
}

const isLeft = ({ only }: SignedIn, action: Permission): boolean => only === undefined || only.includes(action)

/** True when this user may do this to that. */
export const can = (user: SignedIn | undefined, action: Permission, subject: Loaded): boolean =>
  user !== undefined &&
  isLeft(user, action) &&
  user.rights.some(({ permissions, scope }) => permissions.has(action) && covers(scope, subject))

/** True when this user may do this to something: to anything in particular, `can` says. */
export const canSomewhere = (user: SignedIn | undefined, action: Permission): boolean =>
  user !== undefined && isLeft(user, action) && user.rights.some(({ permissions }) => permissions.has(action))

/** The cameras of a device with which this user may do this; `all` when they may do it with the device. */
export const camerasOf = (
  user: SignedIn | undefined,
  action: Permission,
  device: LoadedDevice,
): 'all' | readonly number[] => {
  if (can(user, action, device)) return 'all'
  if (user === undefined || !isLeft(user, action)) return []
  const found = user.rights.flatMap(({ permissions, scope }) =>
    scope.kind === 'camera' && scope.device === device.device && permissions.has(action) ? [scope.channel] : [],
  )
  return [...new Set(found)]
}

/** True when this user may do anything at all to that, or to a camera of it: so they may know that it is there. */
export const knowsOf = (user: SignedIn | undefined, subject: Loaded): boolean =>
  Permission.options.some(
    (action) =>
      can(user, action, subject) ||
      (subject.kind === 'device' && subject.channel === undefined && camerasOf(user, action, subject).length > 0),
  )
