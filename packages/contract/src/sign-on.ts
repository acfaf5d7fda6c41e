// SPDX-License-Identifier: Apache-2.0
/** Signing in with what another keeps: an OpenID provider or a directory. Who they vouch for, and what their groups may do here. */
import { z } from 'zod'
import { Grant } from './people.ts'
import { route } from './route.ts'
import { UserName } from './user.ts'

/** Rows of the table of groups. */
export const MAX_GROUP_GRANTS = 200
/** Longest certificates that are taken, in characters of PEM. */
export const MAX_CA_PEM = 64 * 1024

/** Who vouches for a person. */
export const SignOnWay = z.enum(['oidc', 'directory'])
export type SignOnWay = z.output<typeof SignOnWay>

const Certificates = z
  .string()
  .max(MAX_CA_PEM)
  .regex(/^\s*-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=-]*$/, 'certificates in PEM')
/** A claim, or one inside another: `realm_access.roles`. */
const Claim = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e]*$/, 'letters, digits and signs')
/** `https://cms.example:8443`, nothing behind it. */
const Origin = z
  .string()
  .max(300)
  .regex(/^https:\/\/[a-z0-9.[\]:-]+$/, 'https:// and the name of this server')

/** An OpenID provider (OpenID Connect Core 1.0). */
const OidcSettings = z.object({
  isOn: z.boolean(),
  /** What the button on the sign-in page says. */
  label: z.string().trim().min(1).max(40),
  issuer: z.url().max(500),
  clientId: z.string().min(1).max(200),
  /** Where browsers reach this server: the provider sends them back to there. */
  address: Origin,
  scopes: z
    .string()
    .max(300)
    .regex(/^openid( [\x21-\x7e]+)*$/, 'openid, then others after a blank'),
  nameClaim: Claim.min(1),
  /** Empty: no groups are read. */
  groupsClaim: Claim,
  /** Of the provider, where the system does not know who certified it. */
  ca: Certificates.nullable(),
})

const Attribute = z
  .string()
  .max(100)
  .regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, 'the name of an attribute')
const Filter = z
  .string()
  .max(500)
  .regex(/^\(.*\)$/s, 'a filter in brackets')

/** A directory (LDAP, RFC 4511). What leads there is always TLS: `ldaps`, or StartTLS with `ldap`. */
const DirectorySettings = z.object({
  isOn: z.boolean(),
  url: z
    .string()
    .max(300)
    .regex(/^ldaps?:\/\/[a-zA-Z0-9.[\]:-]+$/, 'ldaps:// or ldap:// and the name of the directory'),
  /** The account that people are looked up with; empty: nobody in particular. */
  bindDn: z.string().max(500),
  base: z.string().min(1).max(500),
  /** Finds a person; `{name}` is what they typed. */
  filter: Filter.refine((text) => text.includes('{name}'), '{name} must stand in it'),
  /** What a person keeps for good: `entryUUID`, `objectGUID`. */
  idAttribute: Attribute,
  nameAttribute: Attribute,
  /** Holds the names of their groups, when `groupFilter` is empty. */
  groupsAttribute: Attribute,
  /** Finds their groups; `{dn}` is the person, `{name}` what they typed. */
  groupFilter: Filter.or(z.literal('')),
  /** Of the directory, where the system does not know who certified it. */
  ca: Certificates.nullable(),
})

/** What a group of the provider or the directory may do here. */
export const GroupGrant = z.object({ group: z.string().min(1).max(256), grant: Grant })
export type GroupGrant = z.output<typeof GroupGrant>

const common = {
  groups: z.array(GroupGrant).max(MAX_GROUP_GRANTS),
  /** People whom nobody has let in are made by themselves when one of their groups stands in the table. */
  makesPeople: z.boolean(),
  /** Who may sign in with a password that is kept here. Administrators of the whole system always may. */
  passwords: z.enum(['everybody', 'administrators']),
}

export const SignOnSettings = z
  .object({
    oidc: OidcSettings.extend({ hasSecret: z.boolean() }).nullable(),
    directory: DirectorySettings.extend({ hasSecret: z.boolean() }).nullable(),
    ...common,
  })
  .meta({ id: 'SignOnSettings' })
export type SignOnSettings = z.output<typeof SignOnSettings>

const Typed = z.string().min(1).max(500).optional()

/** Secrets go in and never come back: left out they stay, as long as they go to the same host. */
export const SignOnWish = z.object({
  oidc: OidcSettings.extend({ secret: Typed }).nullable(),
  directory: DirectorySettings.extend({ secret: Typed }).nullable(),
  ...common,
})
export type SignOnWish = z.output<typeof SignOnWish>

/** Somebody who has proved who they are, and whom nobody has let in yet. */
export const Waiting = z
  .object({
    id: z.uuid(),
    way: SignOnWay,
    /** What the provider or the directory calls them. */
    name: z.string(),
    /** What they are known by there, for good. */
    subject: z.string(),
    groups: z.array(z.string()),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Waiting' })
export type Waiting = z.output<typeof Waiting>

const tag = 'sign-on'

export const GetSignOn = route({
  method: 'GET',
  path: '/sign-on',
  needs: 'public',
  tag,
  summary: 'Which ways lead in',
  answer: z
    .object({
      /** `address`: pages of this server under another name cannot use it. */
      oidc: z.object({ label: z.string(), address: z.string() }).nullable(),
    })
    .meta({ id: 'SignOn' }),
})
export const BeginOidc = route({
  method: 'POST',
  path: '/sign-on/oidc',
  needs: 'public',
  tag,
  summary:
    'Begin to sign in with the OpenID provider: where the browser is to go; sets a cookie that it must bring back',
  body: z.object({
    /** A path of the console to go to afterwards. */
    to: z.string().max(2000).optional(),
    /** The person is to show anew who they are, although the provider knows them: a fresh proof of identity. */
    again: z.boolean().default(false),
  }),
  answer: z.object({ url: z.string() }),
})
export const FinishOidc = route({
  method: 'GET',
  path: '/sign-on/oidc/callback',
  needs: 'public',
  tag,
  summary: 'Where the OpenID provider sends the browser back to; sends it on to the console',
  query: z.looseObject({ state: z.unknown().optional(), code: z.unknown().optional(), error: z.unknown().optional() }),
  produces: 'text/html',
})
export const GetSignOnSettings = route({
  method: 'GET',
  path: '/sign-on/settings',
  needs: 'user.manage',
  tag,
  summary: 'Who else vouches for people, and what their groups may do here',
  answer: SignOnSettings,
})
export const PutSignOnSettings = route({
  method: 'PUT',
  path: '/sign-on/settings',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary: 'Decide who else vouches for people; only who may do everything can',
  body: SignOnWish,
  answer: SignOnSettings,
})
export const TrySignOn = route({
  method: 'POST',
  path: '/sign-on/try',
  needs: 'user.manage',
  tag,
  summary: 'Ask the provider or the directory as these settings would, and say what is wrong; nothing is kept',
  body: z.object({ way: SignOnWay, settings: SignOnWish }),
  answer: z.object({ isGood: z.boolean(), code: z.string(), text: z.string() }),
})
export const ListWaiting = route({
  method: 'GET',
  path: '/sign-on/waiting',
  needs: 'user.manage',
  tag,
  summary: 'Who has proved who they are and waits to be let in; and whose rights come from their groups',
  answer: z.object({
    waiting: z.array(Waiting),
    /** People whose rights are set anew at each sign-in. */
    byGroups: z.array(z.uuid()),
  }),
})
export const LetIn = route({
  method: 'POST',
  path: '/sign-on/people',
  needs: 'user.manage',
  fresh: true,
  tag,
  summary:
    'Let somebody in who waits, with an account of their own or with one that is here; nobody gives what they do not have',
  body: z.union([
    z.object({ waiting: z.uuid(), name: UserName, grants: z.array(Grant).max(50) }),
    /** From now on it is theirs by the other’s word alone: its password is none any more. */
    z.object({ waiting: z.uuid(), person: z.uuid() }),
  ]),
  answer: z.object({ id: z.uuid() }),
})
