// SPDX-License-Identifier: Apache-2.0
/** The second step of a sign-in over the API, proofs of identity, and a browser that becomes a screen of a control room. */
import {
  AddPasskey,
  AskPasskey,
  BecomeWall,
  BeginApp,
  BeginPasskey,
  ConfirmApp,
  FinishSignIn,
  GetFactors,
  ProveIdentity,
  RemoveApp,
  RemovePasskey,
  RenewRecovery,
  SignInByPasskey,
} from '@openhmp/contract'
import type { Access, Entry } from '../access/access.ts'
import type { Factors } from '../access/factors.ts'
import type { Passkeys } from '../access/passkeys.ts'
import type { Proofs } from '../access/proofs.ts'
import type { Sessions } from '../access/sessions.ts'
import type { Audit } from '../audit/audit.ts'
import { Secret } from '../secret/secret.ts'
import { type Call, type Handled, handle } from './handle.ts'
import { ownSession } from './own-session.ts'
import { shownUser } from './shown-user.ts'

/** What browsers keep a cookie for at most; a screen's is renewed each time it asks who it is. */
export const WALL_COOKIE_S = 400 * 24 * 60 * 60

interface Parts {
  readonly access: Access
  readonly sessions: Sessions
  readonly proofs: Proofs
  readonly factors: Factors
  readonly passkeys: Passkeys
  readonly audit: Audit
}

/** Handlers of these routes. */
export const secondFactorRoutes = (parts: Parts): Handled[] => {
  const { access, sessions, proofs, factors, passkeys, audit } = parts
  const enter = async ({ session, setCookie }: Pick<Call, 'session' | 'setCookie'>, entry: Entry) => {
    if (session && !session.lease) await sessions.end(session)
    setCookie(entry.token)
    return shownUser(entry.user)
  }
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, detail: object = {}) =>
    audit.record({ who: user().name, source, action, object: user().id, outcome: 'done', detail: { ...detail } })
  /** Who signs in with what is left of an account has no other factor: the codes for its loss end with the last one. */
  const afterRemoval = async (userId: string) => {
    const { hasApp, passkeys: left } = await proofs.of(userId)
    if (!hasApp && left.length === 0) await factors.removeAll(userId)
  }
  return [
    handle(FinishSignIn, async (call) => enter(call, await access.finishSignIn({ ...call.body, source: call.source }))),
    handle(AskPasskey, async ({ body }) => passkeys.ask(body.host)),
    handle(SignInByPasskey, async (call) =>
      enter(call, await access.signInByPasskey({ ...call.body, source: call.source })),
    ),
    handle(ProveIdentity, async (call) => {
      const own = ownSession(call)
      const { body } = call
      const proof = 'password' in body ? { password: new Secret(body.password) } : body
      await proofs.check(own.user, proof, call.source)
      sessions.proven(own)
      return undefined
    }),
    handle(GetFactors, async (call) => proofs.of(ownSession(call).user.id)),
    handle(BeginApp, async (call) => factors.begin(ownSession(call).user)),
    handle(ConfirmApp, async (call) => {
      const { id } = ownSession(call).user
      await factors.confirm(id, call.body.code)
      const recovery = await factors.firstRecovery(id)
      await record(call, 'factor.add', { kind: 'app' })
      return { recovery }
    }),
    handle(RemoveApp, async (call) => {
      const { id } = ownSession(call).user
      await factors.removeApp(id)
      await afterRemoval(id)
      await record(call, 'factor.remove', { kind: 'app' })
      return undefined
    }),
    handle(RenewRecovery, async (call) => {
      const recovery = await factors.renewRecovery(ownSession(call).user.id)
      await record(call, 'factor.recovery')
      return { recovery }
    }),
    handle(BeginPasskey, async (call) => passkeys.begin(ownSession(call).user, call.body.host)),
    handle(AddPasskey, async (call) => {
      const { id } = ownSession(call).user
      const passkey = await passkeys.add(id, call.body)
      const recovery = await factors.firstRecovery(id)
      await record(call, 'factor.add', { kind: 'passkey', name: passkey.name })
      return { passkey, recovery }
    }),
    handle(RemovePasskey, async (call) => {
      const { id } = ownSession(call).user
      const { name } = await passkeys.remove(id, call.params.id)
      await afterRemoval(id)
      await record(call, 'factor.remove', { kind: 'passkey', name })
      return undefined
    }),
    handle(BecomeWall, async (call) => {
      const own = ownSession(call)
      const { name } = call.body
      const token = await sessions.start(own.user, call.source, name)
      await sessions.end(own)
      call.setCookie(token, WALL_COOKIE_S)
      await record(call, 'session.wall', { name })
      const screen = sessions.find(token, call.source)
      return shownUser(screen?.user ?? own.user, name)
    }),
  ]
}
