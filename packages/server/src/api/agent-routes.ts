// SPDX-License-Identifier: Apache-2.0
/** What is behind an agent, over the API. Its devices are added as all others are. */
import { ListBehind } from '@openhmp/contract'
import { behind } from '../fleet/behind.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Presence } from '../fleet/presence.ts'
import { type Handled, handle } from './handle.ts'

/** Handlers of the agents' routes. */
export const agentRoutes = ({ fleet, presence }: { readonly fleet: Fleet; readonly presence: Presence }): Handled[] => [
  handle(ListBehind, async ({ params, must }) => {
    must({ kind: 'device', id: params.id })
    return behind(fleet.known(params.id), fleet, presence)
  }),
]
