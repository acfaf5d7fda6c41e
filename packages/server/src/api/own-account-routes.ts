// SPDX-License-Identifier: Apache-2.0
/** One's own account over the API. A program with a token may not see or change it: a token makes no tokens. */
import {
  AddToken,
  ChangePassword,
  EndOtherSessions,
  EndOwnSession,
  GetAccount,
  type OwnSession,
  RemoveToken,
} from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Access } from '../access/access.ts'
import type { Session, Sessions } from '../access/sessions.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Audit } from '../audit/audit.ts'
import { Secret } from '../secret/secret.ts'
import { type Call, type Handled, handle } from './handle.ts'
import { ownSession } from './own-session.ts'

interface Parts {
  readonly access: Access
  readonly sessions: Sessions
  readonly tokens: Tokens
  readonly audit: Audit
}

/** Names a session without giving it away. */
const idOf = ({ tokenHash }: Session): string => tokenHash.slice(0, 16)

/** Handlers of the routes of one's own account. */
export const ownAccountRoutes = ({ access, sessions, tokens, audit }: Parts): Handled[] => {
  const record = (
    { user, source }: Pick<Call, 'user' | 'source'>,
    action: string,
    detail: Record<string, unknown> = {},
  ) => audit.record({ who: user().name, source, action, object: user().id, outcome: 'done', detail })
  return [
    handle(GetAccount, async (call) => {
      const own = ownSession(call)
      const shown = (session: Session): OwnSession => ({
        ...{ id: idOf(session), from: session.source, isThis: session === own, wall: session.wall ?? null },
        createdAt: new Date(session.createdAt).toISOString(),
        lastSeenAt: new Date(session.lastSeenAt).toISOString(),
      })
      const { id } = own.user
      return { sessions: sessions.of(id).map(shown), tokens: tokens.list(id) }
    }),
    handle(ChangePassword, async (call) => {
      const own = ownSession(call, true)
      const { old, password } = call.body
      await access.changePassword(own.user, {
        old: new Secret(old),
        password: new Secret(password),
        source: call.source,
      })
      for (const session of sessions.of(own.user.id)) if (session !== own) await sessions.end(session)
      await record(call, 'account.password')
      return undefined
    }),
    handle(EndOwnSession, async (call) => {
      const found = sessions.of(ownSession(call).user.id).find((session) => idOf(session) === call.params.id)
      if (!found) throw new Refusal('not-found', 'session.unknown', 'there is no such session of yours')
      await sessions.end(found)
      await record(call, 'session.ended', { from: found.source })
      return undefined
    }),
    handle(EndOtherSessions, async (call) => {
      const own = ownSession(call)
      const others = sessions.of(own.user.id).filter((session) => session !== own)
      for (const session of others) await sessions.end(session)
      await record(call, 'session.ended', { count: others.length })
      return undefined
    }),
    handle(AddToken, async (call) => {
      const made = await tokens.add(ownSession(call).user, call.body)
      const { name, permissions, expiresAt } = made.token
      await record(call, 'token.add', { name, permissions, expiresAt })
      return made
    }),
    handle(RemoveToken, async (call) => {
      const { name } = await tokens.remove(ownSession(call).user.id, call.params.id)
      await record(call, 'token.remove', { name })
      return undefined
    }),
  ]
}
