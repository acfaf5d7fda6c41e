// SPDX-License-Identifier: Apache-2.0
/** Sites that are armed or not, over the API. */
import { ListArming, SetArming } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { ArmedSites } from '../rule/arming.ts'
import { type Handled, handle } from './handle.ts'

interface Parts {
  readonly arming: ArmedSites
  readonly fleet: Pick<Fleet, 'all'>
  readonly audit: Audit
}

/** Handlers of the switches. The sites are those that devices name. */
export const armingRoutes = ({ arming, fleet, audit }: Parts): Handled[] => {
  const sites = () => [...new Set([...fleet.all()].flatMap(({ site }) => site ?? []))].toSorted()
  return [
    handle(ListArming, async ({ must }) => {
      must(SYSTEM)
      return { sites: sites().map((site) => arming.of(site)) }
    }),
    handle(SetArming, async ({ body: { site, isArmed }, must, user, source }) => {
      must(SYSTEM)
      if (!sites().includes(site)) throw new Refusal('not-found', 'site.unknown', `no device is at ${site}`)
      const { name } = user()
      const now = await arming.set(site, isArmed, name)
      const action = isArmed ? 'site.arm' : 'site.disarm'
      await audit.record({ who: name, source, action, object: site, outcome: 'done', detail: {} })
      return now
    }),
  ]
}
