// SPDX-License-Identifier: Apache-2.0
/** Floor plans over the API. */
import { AddPlan, ChangePlan, GetPlanPicture, ListPlans, type Plan, RemovePlan } from '@openhmp/contract'
import { Defect } from '@openhmp/protocol/base'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import { type Plans, unknownPlan } from '../plan/plans.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly plans: Plans
  readonly audit: Audit
}

/** A plan as the caller may see it: with the cameras they see; of none, not at all. */
const seen = ({ may, isEverywhere }: Pick<Call, 'may' | 'isEverywhere'>, plan: Plan): Plan[] => {
  if (isEverywhere()) return [plan]
  const cameras = plan.cameras.filter(({ device: id, channel }) => may({ kind: 'device', id, channel }))
  return cameras.length === 0 ? [] : [{ ...plan, cameras }]
}

/** Handlers of the plans' routes. */
export const planRoutes = ({ plans, audit }: Parts): Handled[] => [
  handle(ListPlans, async (call) => ({ plans: (await plans.list()).flatMap((plan) => seen(call, plan)) })),
  handle(GetPlanPicture, async (call) => {
    const { id } = call.params
    if (seen(call, await plans.get(id)).length === 0) throw unknownPlan()
    return { ...(await plans.picture(id)), isForever: true }
  }),
  handle(AddPlan, async ({ query, content, must, user, source }) => {
    must(SYSTEM)
    if (!content) throw new Defect('a route that takes bytes was given none')
    const added = await plans.add(query, content)
    const said = { who: user().name, source, object: added.id, detail: { name: added.name } }
    await audit.record({ ...said, action: 'plan.add', outcome: 'done' })
    return added
  }),
  handle(ChangePlan, async ({ params, body, must, user, source }) => {
    must(SYSTEM)
    const changed = await plans.change(params.id, body)
    const detail = { name: changed.name, cameras: changed.cameras.length }
    await audit.record({
      ...{ who: user().name, source, action: 'plan.change', object: params.id },
      ...{ outcome: 'done', detail },
    })
    return changed
  }),
  handle(RemovePlan, async ({ params, must, user, source }) => {
    must(SYSTEM)
    const { name } = await plans.remove(params.id)
    const said = { who: user().name, source, object: params.id, detail: { name } }
    await audit.record({ ...said, action: 'plan.remove', outcome: 'done' })
    return undefined
  }),
]
