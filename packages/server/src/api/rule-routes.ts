// SPDX-License-Identifier: Apache-2.0
/** Rules and what they have told, over the API. Changes leave an audit row; a secret is shown once. */
import {
  AddRule,
  ChangeRule,
  ListDeliveries,
  ListRules,
  RemoveRule,
  ReplayRule,
  RetryDelivery,
  TryRule,
} from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Rules } from '../rule/rules.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly rules: Rules
  readonly audit: Audit
}

/** Handlers of the rules' routes. */
export const ruleRoutes = ({ rules, audit }: Parts): Handled[] => {
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, object: string, detail: object) =>
    audit.record({ who: user().name, source, action, object, outcome: 'done', detail: { ...detail } })
  return [
    handle(ListRules, async ({ must }) => {
      must(SYSTEM)
      return { rules: rules.list() }
    }),
    handle(AddRule, async (call) => {
      call.must(SYSTEM)
      const added = await rules.add(call.body, call.user().name)
      const { id, name, tell } = added.rule
      await record(call, 'rule.add', id, { name, url: tell.url })
      return added
    }),
    handle(ChangeRule, async (call) => {
      call.must(SYSTEM)
      const rule = await rules.change(call.params.id, call.body)
      await record(call, 'rule.change', rule.id, { name: rule.name, url: rule.tell.url })
      return rule
    }),
    handle(RemoveRule, async (call) => {
      call.must(SYSTEM)
      const { id, name } = await rules.remove(call.params.id)
      await record(call, 'rule.remove', id, { name })
      return undefined
    }),
    handle(TryRule, async (call) => {
      call.must(SYSTEM)
      const outcome = await rules.try(call.params.id)
      await record(call, 'rule.try', call.params.id, outcome)
      return outcome
    }),
    handle(ReplayRule, async ({ body, must }) => {
      must(SYSTEM)
      return rules.replay(body.when, body.holdDownSeconds, body.days)
    }),
    handle(ListDeliveries, async ({ query, must }) => {
      must(SYSTEM)
      return { deliveries: await rules.deliveries(query) }
    }),
    handle(RetryDelivery, async (call) => {
      call.must(SYSTEM)
      const delivery = await rules.retry(call.params.id)
      await record(call, 'delivery.retry', delivery.id, { rule: delivery.rule, target: delivery.target })
      return delivery
    }),
  ]
}
