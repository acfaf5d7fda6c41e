// SPDX-License-Identifier: Apache-2.0
/** First run, sign-in, sign-out: what there is before any device. */
import { FinishSetup, GetSession, GetSystem, SignIn, SignOut, type SystemState } from '@openhmp/contract'
import type { Access } from '../access/access.ts'
import type { Sessions } from '../access/sessions.ts'
import type { Audit } from '../audit/audit.ts'
import { Secret } from '../secret/secret.ts'
import { type Handled, handle } from './handle.ts'
import { WALL_COOKIE_S } from './second-factor-routes.ts'
import { shownUser } from './shown-user.ts'

interface Parts {
  readonly access: Access
  readonly sessions: Sessions
  readonly audit: Audit
  readonly system: Omit<SystemState, 'needsSetup'>
}

/** Handlers of the system's routes. */
export const systemRoutes = ({ access, sessions, audit, system }: Parts): Handled[] => [
  handle(GetSystem, async () => ({ ...system, needsSetup: access.needsSetup })),
  handle(FinishSetup, async ({ body: { code, name, password }, source, setCookie }) => {
    const entry = await access.finishSetup({ code, name, password: new Secret(password), source })
    setCookie(entry.token)
    return shownUser(entry.user)
  }),
  handle(SignIn, async ({ body: { name, password }, source, session, setCookie }) => {
    const entry = await access.signIn({ name, password: new Secret(password), source })
    if ('ticket' in entry) return entry
    if (session) await sessions.end(session)
    setCookie(entry.token)
    return shownUser(entry.user)
  }),
  handle(GetSession, async ({ user, session, keepCookie }) => {
    if (session?.wall !== undefined) keepCookie(WALL_COOKIE_S)
    return shownUser(user(), session?.wall)
  }),
  handle(SignOut, async ({ session, source, user, setCookie }) => {
    setCookie(undefined)
    if (session) await sessions.end(session)
    await audit.record({ who: user().name, source, action: 'session.end', object: user().id, outcome: 'done' })
    return undefined
  }),
]
