// SPDX-License-Identifier: Apache-2.0
/** One's own account: where one is signed in, one's password, and tokens for programs. */
import { z } from 'zod'
import { route } from './route.ts'
import { Permission } from './user.ts'

/** Tokens of one account. */
export const MAX_TOKENS = 50
const MAX_DAYS = 366

export const OwnSession = z
  .object({
    id: z.string(),
    /** The address it was begun from. */
    from: z.string(),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    /** The one that asks. */
    isThis: z.boolean(),
    /** Its name, of a screen in a control room. */
    wall: z.string().nullable(),
  })
  .meta({ id: 'OwnSession' })
export type OwnSession = z.output<typeof OwnSession>

/** For a program: acts for its owner, and may do less. */
export const ApiToken = z
  .object({
    id: z.uuid(),
    name: z.string(),
    /** No more than these of what its owner may do. */
    permissions: z.array(Permission),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiToken' })
export type ApiToken = z.output<typeof ApiToken>

const tag = 'account'
const Password = z.string().min(12, 'at least 12 characters').max(128)

export const GetAccount = route({
  method: 'GET',
  path: '/account',
  needs: 'session',
  tag,
  summary: 'Where one is signed in, and the tokens of one’s programs',
  answer: z.object({ sessions: z.array(OwnSession), tokens: z.array(ApiToken) }),
})
export const ChangePassword = route({
  method: 'PUT',
  path: '/account/password',
  needs: 'session',
  tag,
  summary: 'Another password; all other sessions end',
  body: z.object({ old: z.string().max(256), password: Password }),
})
export const EndOwnSession = route({
  method: 'DELETE',
  path: '/account/sessions/:id',
  needs: 'session',
  tag,
  summary: 'End one of one’s sessions',
  params: z.object({ id: z.string().max(60) }),
})
export const EndOtherSessions = route({
  method: 'DELETE',
  path: '/account/sessions',
  needs: 'session',
  tag,
  summary: 'End all of one’s sessions but this',
})
export const AddToken = route({
  method: 'POST',
  path: '/account/tokens',
  needs: 'session',
  fresh: true,
  tag,
  summary: 'Make a token for a program; it is shown this once. It is sent as `Authorization: Bearer`',
  body: z.object({
    name: z.string().trim().min(1).max(60),
    permissions: z.array(Permission).min(1).max(100),
    days: z.number().int().min(1).max(MAX_DAYS).default(90),
  }),
  answer: z.object({ token: ApiToken, secret: z.string() }),
})
export const RemoveToken = route({
  method: 'DELETE',
  path: '/account/tokens/:id',
  needs: 'session',
  tag,
  summary: 'End a token at once',
  params: z.object({ id: z.uuid() }),
})
