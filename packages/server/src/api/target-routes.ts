// SPDX-License-Identifier: Apache-2.0
/** Targets of rules, and browsers that want to be told, over the API. A key is shown once, a password never. */
import {
  AddSubscription,
  AddTarget,
  ChangeTarget,
  GetPushKey,
  ListTargets,
  RemoveSubscription,
  RemoveTarget,
  TestTarget,
} from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Rules } from '../rule/rules.ts'
import type { Subscriptions } from '../rule/subscriptions.ts'
import type { Targets } from '../rule/targets.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly targets: Targets
  readonly rules: Rules
  readonly subscriptions: Subscriptions
  readonly audit: Audit
}

/** Handlers of the targets' routes. */
export const targetRoutes = ({ targets, rules, subscriptions, audit }: Parts): Handled[] => {
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, object: string, detail: object) =>
    audit.record({ who: user().name, source, action, object, outcome: 'done', detail: { ...detail } })
  return [
    handle(ListTargets, async ({ must }) => {
      must(SYSTEM)
      return { targets: await targets.list() }
    }),
    handle(AddTarget, async (call) => {
      call.must(SYSTEM)
      const added = await targets.add(call.body, call.user().name)
      const { id, name, way } = added.target
      await record(call, 'target.add', id, { name, way })
      return added
    }),
    handle(ChangeTarget, async (call) => {
      call.must(SYSTEM)
      const target = await targets.change(call.params.id, call.body)
      await record(call, 'target.change', target.id, { name: target.name, way: target.way })
      return target
    }),
    handle(RemoveTarget, async (call) => {
      call.must(SYSTEM)
      rules.mustBeUnused(call.params.id)
      const name = await targets.remove(call.params.id)
      await record(call, 'target.remove', call.params.id, { name })
      return undefined
    }),
    handle(TestTarget, async (call) => {
      call.must(SYSTEM)
      const outcome = await targets.test(call.params.id)
      await record(call, 'target.test', call.params.id, outcome)
      return outcome
    }),
    handle(GetPushKey, async ({ must }) => {
      must(SYSTEM)
      return { key: await targets.pushKey() }
    }),
    handle(AddSubscription, async (call) => {
      call.must(SYSTEM)
      const count = await subscriptions.add(call.body, call.user().name)
      await record(call, 'subscription.add', new URL(call.body.endpoint).host, { count })
      return { count }
    }),
    handle(RemoveSubscription, async (call) => {
      call.must(SYSTEM)
      await subscriptions.remove(call.body.endpoint)
      await record(call, 'subscription.remove', new URL(call.body.endpoint).host, {})
      return undefined
    }),
  ]
}
