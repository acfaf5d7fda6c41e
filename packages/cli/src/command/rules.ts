// SPDX-License-Identifier: Apache-2.0
/** `hmp rules`, `hmp targets`, `hmp arm|disarm`: what a CMS does when something happens, and whom it tells. */
import {
  ListArming,
  ListFirings,
  ListRules,
  ListTargets,
  type NotifyTarget,
  SetArming,
  TestTarget,
} from '@openhmp/contract'
import { PeerError } from '@openhmp/protocol/base'
import { Cms } from '../cms/cms.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

const short = (iso: string | null): string => iso?.slice(0, 19).replace('T', ' ') ?? '-'

export async function runRules(output: Output): Promise<void> {
  const cms = new Cms()
  const [{ rules }, { targets }] = await Promise.all([cms.call(ListRules, {}), cms.call(ListTargets, {})])
  const names = new Map(targets.map(({ id, name }) => [id, name]))
  const deedsOf = ({ deeds }: (typeof rules)[number]) =>
    deeds.map((deed) => (deed.kind === 'tell' ? (names.get(deed.target) ?? '?') : deed.kind)).join(', ')
  output.document({ rules }, () =>
    rules.length === 0
      ? 'No rules yet: they are made in the console.'
      : formatTable(
          output,
          ['rule', 'on', 'kinds', 'sites', 'does'],
          rules.map((rule) => [
            ...[rule.name, rule.isOn ? 'yes' : 'no', rule.when.kinds.join(', ') || 'all'],
            ...[rule.when.sites.join(', ') || 'all', deedsOf(rule)],
          ]),
        ),
  )
}

export async function runFirings(options: { readonly limit: number }, output: Output): Promise<void> {
  const { firings } = await new Cms().call(ListFirings, { query: { limit: options.limit } })
  output.document({ firings }, () =>
    firings.length === 0
      ? 'No rule has fired yet.'
      : formatTable(
          output,
          ['when', 'rule', 'what', 'camera', 'came of it'],
          firings.map(({ at, ruleName, kind, moment, deviceName, outcomes }) => [
            ...[short(at), ruleName, `${kind} ${moment}`, deviceName],
            outcomes.map(({ target, state }) => `${target}: ${state}`).join(', '),
          ]),
        ),
  )
}

export async function runTargets(output: Output): Promise<void> {
  const { targets } = await new Cms().call(ListTargets, {})
  output.document({ targets }, () =>
    targets.length === 0
      ? 'No targets yet: they are made in the console.'
      : formatTable(
          output,
          ['target', 'kind', 'last sent', 'waiting', 'given up', 'problem'],
          targets.map(({ name, way, lastSentAt, waiting, dead, problem }) => [
            ...[name, way.kind, short(lastSentAt), waiting, dead, problem ?? ''],
          ]),
        ),
  )
}

/** By its name, or its id. */
const chosen = (targets: readonly NotifyTarget[], name: string): NotifyTarget => {
  const found = targets.filter((target) => target.id === name || target.name === name)
  if (found.length === 1) return found[0]!
  throw new UsageError(
    found.length === 0 ? `no target is called ${name}: hmp targets` : `several targets are called ${name}: use the id`,
  )
}

/** Rejects with `PeerError` `target.test` when it was not taken. */
export async function runTargetTest(name: string, output: Output): Promise<void> {
  const cms = new Cms()
  const { id } = chosen((await cms.call(ListTargets, {})).targets, name)
  const outcome = await cms.call(TestTarget, { params: { id } })
  if (!outcome.isTaken) throw new PeerError('target.test', `${name}: ${outcome.text}`, { retry: 'never' })
  output.document(outcome, () => `${name}: ${outcome.text}`)
}

export async function runArming(output: Output): Promise<void> {
  const { sites } = await new Cms().call(ListArming, {})
  output.document({ sites }, () =>
    sites.length === 0
      ? 'No device has a site: hmp fleet label DEVICE --site NAME'
      : formatTable(
          output,
          ['site', 'armed', 'since', 'by'],
          sites.map(({ site, isArmed, since, by }) => [site, isArmed ? 'yes' : 'no', short(since), by ?? '-']),
        ),
  )
}

export async function runArm(site: string, isArmed: boolean, output: Output): Promise<void> {
  const arming = await new Cms().call(SetArming, { body: { site, isArmed } })
  output.document(arming, () => `${site} is ${arming.isArmed ? 'armed' : 'disarmed'}.`)
}
