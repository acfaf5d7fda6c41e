// SPDX-License-Identifier: Apache-2.0
/** Rules and what they have told and done, over the API. Changes leave an audit row. */
import {
  AddRule,
  ChangeRule,
  DropDeliveries,
  ListBookmarks,
  ListDeliveries,
  ListFirings,
  ListRules,
  RemoveRule,
  ReplayRule,
  RetryDeliveries,
  RetryDelivery,
} from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import { listBookmarks, listFirings } from '../rule/firings.ts'
import type { Rules } from '../rule/rules.ts'
import type { Store } from '../store/store.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly rules: Rules
  readonly store: Store
  readonly audit: Audit
}

/** Handlers of the rules' routes. */
export const ruleRoutes = ({ rules, store, audit }: Parts): Handled[] => {
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, object: string, detail: object) =>
    audit.record({ who: user().name, source, action, object, outcome: 'done', detail: { ...detail } })
  return [
    handle(ListRules, async ({ must }) => {
      must(SYSTEM)
      return { rules: rules.list() }
    }),
    handle(AddRule, async (call) => {
      call.must(SYSTEM)
      const rule = await rules.add(call.body, call.user().name)
      await record(call, 'rule.add', rule.id, { name: rule.name, deeds: rule.deeds })
      return rule
    }),
    handle(ChangeRule, async (call) => {
      call.must(SYSTEM)
      const rule = await rules.change(call.params.id, call.body)
      await record(call, 'rule.change', rule.id, { name: rule.name, isOn: rule.isOn, deeds: rule.deeds })
      return rule
    }),
    handle(RemoveRule, async (call) => {
      call.must(SYSTEM)
      const { id, name } = await rules.remove(call.params.id)
      await record(call, 'rule.remove', id, { name })
      return undefined
    }),
    handle(ReplayRule, async ({ body: { days, ...trial }, must }) => {
      must(SYSTEM)
      return rules.replay(trial, days)
    }),
    handle(ListFirings, async ({ query, must }) => {
      must(SYSTEM)
      return { firings: await listFirings(store, query) }
    }),
    handle(ListBookmarks, async ({ query, must }) => {
      must(SYSTEM)
      return { bookmarks: await listBookmarks(store, query.limit) }
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
    handle(RetryDeliveries, async (call) => {
      call.must(SYSTEM)
      const count = await rules.retryAll(call.body.target)
      await record(call, 'delivery.retry', call.body.target ?? 'all', { count })
      return { count }
    }),
    handle(DropDeliveries, async (call) => {
      call.must(SYSTEM)
      const count = await rules.drop(call.body.target)
      await record(call, 'delivery.drop', call.body.target ?? 'all', { count })
      return { count }
    }),
  ]
}
