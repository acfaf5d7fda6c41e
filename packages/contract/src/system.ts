// SPDX-License-Identifier: Apache-2.0
/** First run, sign-in, the demo site: what there is before any device. */
import { z } from 'zod'
import { route } from './route.ts'
import { Permission, UserName } from './user.ts'

export const SystemState = z
  .object({
    product: z.literal('OpenHMP'),
    version: z.string(),
    /** True until the first administrator exists. */
    needsSetup: z.boolean(),
    /** Whether this server can start emulated cameras by itself. */
    canDemo: z.boolean(),
    /** SHA-256 of the CA that signed this server's certificate, hex pairs with colons. */
    caFingerprint: z.string(),
  })
  .meta({ id: 'SystemState' })
export type SystemState = z.output<typeof SystemState>

export const User = z
  .object({
    name: UserName,
    /** What they may do somewhere. */
    permissions: z.array(Permission),
    /** What they may do everywhere; what belongs to no device needs this. */
    everywhere: z.array(Permission),
    language: z.enum(['en', 'zh-CN']).optional(),
    /** The password was given by somebody else: nothing may be done before it is changed. */
    mustChangePassword: z.boolean().optional(),
    /** The session is that of a screen in a control room, with this name. */
    wall: z.string().optional(),
  })
  .meta({ id: 'User' })
export type User = z.output<typeof User>

/** The password was right, and the account wants a second proof. */
export const SecondStep = z
  .object({
    /** Good for five minutes and a few tries. */
    ticket: z.string().max(60),
    /** `code`: of an authenticator app; `recovery`: one of the codes kept for this. */
    ways: z.array(z.enum(['code', 'passkey', 'recovery'])),
  })
  .meta({ id: 'SecondStep' })
export type SecondStep = z.output<typeof SecondStep>

export const GetSystem = route({
  method: 'GET',
  path: '/system',
  needs: 'public',
  tag: 'system',
  summary: 'What this server is and whether it awaits its first run',
  answer: SystemState,
})

const Password = z.string().min(12, 'at least 12 characters').max(128)

export const FinishSetup = route({
  method: 'POST',
  path: '/setup',
  needs: 'public',
  tag: 'system',
  summary: 'Finish the first run with the printed code: make the administrator and sign in',
  body: z.object({ code: z.string().max(64), name: UserName, password: Password }),
  answer: User,
})
export const SignIn = route({
  method: 'POST',
  path: '/session',
  needs: 'public',
  tag: 'session',
  summary: 'Sign in; sets the session cookie, or tells what else the account wants to see',
  body: z.object({ name: z.string().max(80), password: z.string().max(256) }),
  answer: z.union([User, SecondStep]),
})
export const GetSession = route({
  method: 'GET',
  path: '/session',
  needs: 'session',
  tag: 'session',
  summary: 'Who is signed in',
  answer: User,
})
export const SignOut = route({
  method: 'DELETE',
  path: '/session',
  needs: 'session',
  tag: 'session',
  summary: 'Sign out',
})

export const Demo = z
  .object({
    state: z.enum(['stopped', 'starting', 'running', 'failed']),
    cameras: z.number().int(),
    text: z.string().optional(),
  })
  .meta({ id: 'Demo' })
export type Demo = z.output<typeof Demo>

export const GetDemo = route({
  method: 'GET',
  path: '/demo',
  needs: 'device.configure',
  tag: 'system',
  summary: 'State of the demo site',
  answer: Demo,
})
export const StartDemo = route({
  method: 'POST',
  path: '/demo',
  needs: 'device.configure',
  tag: 'system',
  summary: 'Start the demo site: emulated cameras, added through the public routes',
  body: z.object({ cameras: z.number().int().min(1).max(64).default(4) }),
  answer: Demo,
})
export const StopDemo = route({
  method: 'DELETE',
  path: '/demo',
  needs: 'device.configure',
  tag: 'system',
  summary: 'Stop the demo site and remove its devices',
  answer: Demo,
})
