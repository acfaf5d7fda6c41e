// SPDX-License-Identifier: Apache-2.0
/** Firmware over the API. */
import { AddFirmware, ListFirmware, RemoveFirmware, RollOutFirmware } from '@openhmp/contract'
import { Defect } from '@openhmp/protocol/base'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Library } from '../firmware/library.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Jobs } from '../job/jobs.ts'
import { type Handled, handle } from './handle.ts'

interface Parts {
  readonly library: Library
  readonly fleet: Fleet
  readonly jobs: Jobs
  readonly audit: Audit
}

/** Handlers of the firmware's routes. */
export const firmwareRoutes = ({ library, fleet, jobs, audit }: Parts): Handled[] => [
  handle(ListFirmware, async ({ must }) => {
    must(SYSTEM)
    return { firmware: await library.list() }
  }),
  handle(AddFirmware, async ({ query, content, must, user, source }) => {
    must(SYSTEM)
    if (!content) throw new Defect('a route that takes bytes was given none')
    const added = await library.add(query, content, user().name)
    const { name, version, sha256 } = added
    const detail = { name, version, sha256 }
    await audit.record({
      ...{ who: user().name, source, action: 'firmware.add', object: added.id },
      ...{ outcome: 'done', detail },
    })
    return added
  }),
  handle(RemoveFirmware, async ({ params, must, user, source }) => {
    must(SYSTEM)
    const { name, version } = await library.get(params.id)
    await library.remove(params.id)
    await audit.record({
      ...{ who: user().name, source, action: 'firmware.remove', object: params.id },
      ...{ outcome: 'done', detail: { name, version } },
    })
    return undefined
  }),
  handle(RollOutFirmware, async ({ params, body, must, user, source }) => {
    must(SYSTEM)
    const { name, version, models } = await library.get(params.id)
    const { devices, tags, site, rollout } = body
    const named = devices && new Set<string>(devices)
    const meant = fleet
      .list()
      .filter((one) => (named ? named.has(one.id) : one.model !== null && models.includes(one.model)))
      .filter((one) => tags === undefined || tags.every((tag) => one.tags.includes(tag)))
      .filter((one) => site === undefined || one.site === site)
    return jobs.start({
      ...{ kind: 'firmware', title: `${name} ${version}`, spec: { firmware: params.id } },
      ...{ devices: meant, rollout, by: { who: user().name, source } },
    })
  }),
]
