// SPDX-License-Identifier: Apache-2.0
/** The second step of a sign-in: codes of an authenticator app (RFC 6238), passkeys (WebAuthn), codes for the day they are lost. */
import { z } from 'zod'
import { route } from './route.ts'
import { SecondStep, User } from './system.ts'

/** Passkeys of one account. */
export const MAX_PASSKEYS = 20

const Base64Url = z
  .string()
  .regex(/^[\w-]+$/)
  .max(8192)
/** What the browser answers `navigator.credentials` with, as JSON (WebAuthn level 3, section 5.1.8). */
const Extensions = z.record(z.string().max(60), z.unknown())
const credential = {
  id: Base64Url,
  rawId: Base64Url,
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
}
export const PasskeyAssertion = z.object({
  ...credential,
  clientExtensionResults: Extensions,
  response: z.object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Base64Url.optional(),
  }),
})
export type PasskeyAssertion = z.output<typeof PasskeyAssertion>
export const PasskeyRegistration = z.object({
  ...credential,
  clientExtensionResults: Extensions,
  response: z.object({
    clientDataJSON: Base64Url,
    attestationObject: Base64Url,
    transports: z.array(z.string().max(20)).max(10).optional(),
  }),
})
export type PasskeyRegistration = z.output<typeof PasskeyRegistration>

/** A question to a passkey: good once, for five minutes. */
const Challenge = z.object({
  id: z.string(),
  /** For `navigator.credentials`, in its JSON form. */
  options: z.record(z.string(), z.unknown()),
})
/** The name by which the browser knows this server; passkeys belong to a name, never to a bare address. */
const host = z.string().min(1).max(253)

export const Passkey = z
  .object({
    id: z.string(),
    name: z.string(),
    /** The name of the server that it is for. */
    host: z.string(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' })
export type Passkey = z.output<typeof Passkey>

export const Factors = z
  .object({
    hasPassword: z.boolean(),
    hasApp: z.boolean(),
    passkeys: z.array(Passkey),
    /** Recovery codes that are not used yet. */
    recoveryLeft: z.number().int(),
  })
  .meta({ id: 'Factors' })
export type Factors = z.output<typeof Factors>

/** Shown once, when the first second factor is there. */
const Recovery = z.object({ recovery: z.array(z.string()).nullable() })
const Code = z.string().trim().min(6).max(40)
const params = z.object({ id: z.string().max(2000) })
const tag = 'account'

export const FinishSignIn = route({
  method: 'POST',
  path: '/session/code',
  needs: 'public',
  tag: 'session',
  summary: 'The second step of a sign-in: a code of the authenticator app, or a recovery code',
  body: z.object({ ticket: SecondStep.shape.ticket, code: Code }),
  answer: User,
})
export const AskPasskey = route({
  method: 'POST',
  path: '/session/passkey/challenge',
  needs: 'public',
  tag: 'session',
  summary: 'What a passkey has to sign',
  body: z.object({ host }),
  answer: Challenge,
})
export const SignInByPasskey = route({
  method: 'POST',
  path: '/session/passkey',
  needs: 'public',
  tag: 'session',
  summary: 'Sign in with a passkey, which stands for both steps',
  body: z.object({
    id: z.string().max(60),
    response: PasskeyAssertion,
    /** Of the first step. People for whom another vouches come in that way alone: without it a passkey is no sign-in of theirs. */
    ticket: z.string().max(60).optional(),
  }),
  answer: User,
})
export const ProveIdentity = route({
  method: 'POST',
  path: '/session/proof',
  needs: 'session',
  tag: 'session',
  summary: 'Show once more who one is, for what is dangerous; good for five minutes',
  body: z.union([
    z.object({ password: z.string().max(256) }),
    z.object({ code: Code }),
    z.object({ passkey: SignInByPasskey.body }),
  ]),
})
export const GetFactors = route({
  method: 'GET',
  path: '/account/factors',
  needs: 'session',
  tag,
  summary: 'How one proves who one is',
  answer: Factors,
})
export const BeginApp = route({
  method: 'POST',
  path: '/account/app',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'A secret for an authenticator app; it counts once a code of it has been shown',
  answer: z.object({ secret: z.string(), uri: z.string() }),
})
export const ConfirmApp = route({
  method: 'PUT',
  path: '/account/app',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'Show a code of the authenticator app',
  body: z.object({ code: Code }),
  answer: Recovery,
})
export const RemoveApp = route({
  method: 'DELETE',
  path: '/account/app',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'Sign in without the authenticator app',
})
export const RenewRecovery = route({
  method: 'POST',
  path: '/account/recovery',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'New recovery codes; the old ones end',
  answer: Recovery,
})
export const BeginPasskey = route({
  method: 'POST',
  path: '/account/passkeys/challenge',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'What a new passkey has to sign',
  body: z.object({ host }),
  answer: Challenge,
})
export const AddPasskey = route({
  method: 'POST',
  path: '/account/passkeys',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'Add a passkey',
  body: z.object({ id: z.string().max(60), name: z.string().trim().min(1).max(60), response: PasskeyRegistration }),
  answer: Recovery.extend({ passkey: Passkey }),
})
export const RemovePasskey = route({
  method: 'DELETE',
  path: '/account/passkeys/:id',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'Remove a passkey',
  params,
})
export const BecomeWall = route({
  method: 'POST',
  path: '/account/wall',
  needs: 'session',
  fresh: true,
  tag,
  summary:
    'Make this browser a screen of a control room: it shows pictures and events, does nothing else, and stays signed in',
  body: z.object({ name: z.string().trim().min(1).max(60) }),
  answer: User,
})
export const ResetFactors = route({
  method: 'DELETE',
  path: '/people/:id/factors',
  needs: 'user.manage',
  fresh: true,
  tag: 'people',
  summary: 'Let somebody who has lost their second factor sign in with the password alone; their sessions end',
  params: z.object({ id: z.uuid() }),
})
