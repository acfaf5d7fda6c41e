// SPDX-License-Identifier: Apache-2.0
/** Deeds on many devices over the API. Each leaves one audit row, a job's rows its own. */
import { CheckDevices, LabelDevices, RebootDevices, RemoveDevices, type Rollout } from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Jobs } from '../job/jobs.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly fleet: Fleet
  readonly jobs: Jobs
  readonly audit: Audit
}

/** Asking changes nothing: many at a time. */
const CHECK_ROLLOUT: Rollout = { concurrency: 24, perSite: 8 }
/** One first: what goes wrong goes wrong there. */
const REBOOT_ROLLOUT: Rollout = { waves: [1, '10%'], concurrency: 8, perSite: 2, maxFailures: 3 }

const byOf = ({ user, source }: Pick<Call, 'user' | 'source'>) => ({ who: user().name, source })

/** Handlers of the routes for many devices. */
export const deviceManyRoutes = ({ fleet, jobs, audit }: Parts): Handled[] => {
  /** Those that there are, each once. */
  const named = (ids: readonly string[]) => fleet.named(new Set(ids))
  return [
    handle(LabelDevices, async (call) => {
      call.must(SYSTEM)
      const { devices, ...change } = call.body
      const changed = await fleet.label(devices, change)
      const detail = { devices: changed, ...change }
      await audit.record({ ...byOf(call), action: 'devices.label', object: null, outcome: 'done', detail })
      return { changed }
    }),
    handle(RemoveDevices, async (call) => {
      call.must(SYSTEM)
      const gone = named(call.body.devices)
      const removed = await fleet.removeMany(gone.map(({ id }) => id))
      const detail = { devices: removed, names: gone.slice(0, MAX_NAMED).map(({ name }) => name) }
      await audit.record({ ...byOf(call), action: 'devices.remove', object: null, outcome: 'done', detail })
      return { removed }
    }),
    handle(CheckDevices, async (call) => {
      call.must(SYSTEM)
      const { devices, rollout = CHECK_ROLLOUT } = call.body
      const title = 'Check devices now'
      return jobs.start({ kind: 'check', title, spec: {}, devices: named(devices), rollout, by: byOf(call) })
    }),
    handle(RebootDevices, async (call) => {
      call.must(SYSTEM)
      const { devices, rollout = REBOOT_ROLLOUT } = call.body
      const by = byOf(call)
      return jobs.start({ kind: 'reboot', title: 'Reboot devices', spec: by, devices: named(devices), rollout, by })
    }),
  ]
}

/** Names that an audit row holds. */
const MAX_NAMED = 200
