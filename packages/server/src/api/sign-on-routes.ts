// SPDX-License-Identifier: Apache-2.0
/** Signing in with what another keeps, over the API. Who may decide who vouches for people could be anybody: so only who may do everything. */
import {
  BeginOidc,
  FinishOidc,
  GetSignOn,
  GetSignOnSettings,
  LetIn,
  ListWaiting,
  Permission,
  PutSignOnSettings,
  type SignOnSettings,
  TrySignOn,
} from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Access } from '../access/access.ts'
import type { Accounts } from '../access/accounts.ts'
import { SYSTEM } from '../access/can.ts'
import { mustHave, mustHaveGrants } from '../access/may-give.ts'
import { FLOW_MS } from '../access/oidc-flows.ts'
import type { Sessions } from '../access/sessions.ts'
import type { SignOn } from '../access/sign-on.ts'
import type { TryLimit } from '../access/try-limit.ts'
import type { Audit } from '../audit/audit.ts'
import { type Call, type Handled, handle, Onward } from './handle.ts'

interface Parts {
  readonly signOn: SignOn
  readonly accounts: Accounts
  readonly access: Access
  readonly sessions: Sessions
  readonly limit: TryLimit
  readonly audit: Audit
}

/** For the record: certificates are long, and no secret. */
const recorded = ({ oidc, directory, ...rest }: SignOnSettings): object => ({
  ...rest,
  oidc: oidc && { ...oidc, ca: oidc.ca !== null },
  directory: directory && { ...directory, ca: directory.ca !== null },
})

/** Where the sign-in page goes on. */
const signInPage = (search: Record<string, string>): Onward => new Onward(`/signin?${new URLSearchParams(search)}`)

/** Handlers of the sign-on routes. */
export const signOnRoutes = (parts: Parts): Handled[] => {
  const { accounts, access, sessions, limit, audit } = parts
  const { settings, oidc, directory, identities } = parts.signOn
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, object: string, detail: object) =>
    audit.record({ who: user().name, source, action, object, outcome: 'done', detail: { ...detail } })
  /** Whoever chooses who vouches for people can be any of them. */
  const mustOwn = (call: Pick<Call, 'must' | 'user'>): void => {
    call.must(SYSTEM)
    mustHave(accounts, call.user(), Permission.options)
  }
  const finish = async (
    call: Pick<Call, 'source' | 'session' | 'mark' | 'setMark' | 'setCookie'>,
    query: URLSearchParams,
  ): Promise<Onward> => {
    const { source, session } = call
    let who = ''
    try {
      const { proof, to } = await oidc.finish({ query, mark: call.mark() })
      call.setMark(undefined, 0)
      who = `${proof.name} (${proof.subject})`.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 200)
      const { token } = await access.enter(await identities.enter(proof), source, [proof.way])
      if (session) await sessions.end(session)
      // Who was known at the provider already has shown nothing now: a browser left alone there is none of ours.
      const begun = sessions.find(token, source)
      if (begun) sessions.provenAsOf(begun, proof.shownAt ?? 0)
      call.setCookie(token)
      return signInPage({ entered: 'true', to })
    } catch (error) {
      // Without a sign-in under way there is nothing to record: anybody could fill the record. `login.disabled` is on it already.
      if (error instanceof Refusal && !['signOn.state', 'login.disabled'].includes(error.code)) {
        const detail = { by: ['oidc'], why: error.code, text: error.message }
        await audit.record({ who, source, action: 'session.start', object: null, outcome: 'refused', detail })
      }
      throw error
    }
  }
  return [
    handle(GetSignOn, async () => {
      const known = settings.shown.oidc
      return { oidc: known?.isOn ? { label: known.label, address: known.address } : null }
    }),
    handle(BeginOidc, async ({ body: { to, again }, source, mark, setMark }) => {
      limit.check('', source)
      const begun = await oidc.begin({ to, again, source, mark: mark() })
      setMark(begun.mark, FLOW_MS / 1000)
      return { url: begun.url }
    }),
    handle(FinishOidc, async (call) => {
      const query = new URLSearchParams(
        Object.entries(call.query).flatMap(([name, value]) =>
          [value].flat().map((one): [string, string] => [name, String(one ?? '')]),
        ),
      )
      // Each counts for its network alone: a person who cannot come in shuts no other out.
      const key = `oidc ${query.get('state') ?? ''}`
      try {
        limit.check('', call.source)
        return await finish(call, query)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.kind === 'unauthenticated' && error.code !== 'signOn.cancelled') limit.failed(key, call.source)
        return signInPage({ problem: error.code })
      }
    }),
    handle(GetSignOnSettings, async ({ must }) => {
      must(SYSTEM)
      return settings.shown
    }),
    handle(PutSignOnSettings, async (call) => {
      mustOwn(call)
      const before = settings.shown
      await settings.put(call.body)
      const after = settings.shown
      oidc.forget()
      // Who was vouched for by one who is not asked any more is let go.
      const gone = [
        ...(before.oidc?.isOn && !(after.oidc?.isOn && after.oidc.issuer === before.oidc.issuer)
          ? ['oidc' as const]
          : []),
        ...(before.directory?.isOn && !(after.directory?.isOn && after.directory.base === before.directory.base)
          ? ['directory' as const]
          : []),
      ]
      for (const id of gone.flatMap((way) => identities.peopleOf(way))) await sessions.endOf(id)
      await record(call, 'signon.change', 'sign-on', { before: recorded(before), after: recorded(after) })
      return after
    }),
    handle(TrySignOn, async (call) => {
      mustOwn(call)
      const { way } = call.body
      const wished = settings.wished(call.body.settings)
      const outcome =
        way === 'oidc'
          ? wished.oidc && (await oidc.try(wished.oidc))
          : wished.directory && (await directory.try(wished.directory))
      if (!outcome) throw new Refusal('invalid', 'signOn.off', 'there is nothing to try: fill in the settings first')
      await record(call, 'signon.try', way, {
        ...outcome,
        at: way === 'oidc' ? wished.oidc?.issuer : wished.directory?.url,
      })
      return outcome
    }),
    handle(ListWaiting, async ({ must }) => {
      must(SYSTEM)
      return { waiting: identities.waiting(), byGroups: identities.followers() }
    }),
    handle(LetIn, async (call) => {
      call.must(SYSTEM)
      const { body } = call
      const proof = identities.waiting().find(({ id }) => id === body.waiting)
      const by = { way: proof?.way, subject: proof?.subject }
      if ('person' in body) {
        mustHaveGrants(accounts, call.user(), accounts.get(body.person).allGrants)
        const { id, name } = await identities.tie(body.waiting, body.person)
        await record(call, 'person.change', id, { name, ...by })
        return { id }
      }
      const { name, grants } = body
      mustHaveGrants(accounts, call.user(), grants)
      const { id } = await identities.letIn(body.waiting, name, grants)
      await record(call, 'person.add', id, { name, grants, ...by })
      return { id }
    }),
  ]
}
