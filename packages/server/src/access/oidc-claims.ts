// SPDX-License-Identifier: Apache-2.0
/** What a provider says of a person, read without trust in its form (OpenID Connect Core 1.0 section 5.1). */
import { MAX_GROUPS } from './identities.ts'

const MAX_TEXT = 256

const ownOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** By its whole name; else, with dots, one inside another, as Keycloak's `realm_access.roles`. */
const claimOf = (claims: object, name: string): unknown =>
  ownOf(claims, name) ?? name.split('.').reduce<unknown>((value, part) => ownOf(value, part), claims)

/** The text of a claim; empty when it is none. */
export const textClaim = (claims: object, name: string): string => {
  const value = claimOf(claims, name)
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : ''
}

/** The groups of a claim; undefined when it is not there. What is no text in it, or too long for a group, is left out. */
export const groupsClaim = (claims: object, name: string): string[] | undefined => {
  if (name === '') return []
  const value = claimOf(claims, name)
  if (value === undefined) return undefined
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list
    .filter((one) => typeof one === 'string' && one !== '' && one.length <= MAX_TEXT)
    .slice(0, MAX_GROUPS) as string[]
}
