// SPDX-License-Identifier: Apache-2.0
/** The demo site over the API. */
import { GetDemo, StartDemo, StopDemo } from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Demo } from '../demo/demo.ts'
import { type Handled, handle } from './handle.ts'

/** Handlers of the demo's routes. */
export const demoRoutes = ({ demo, audit }: { demo: Demo; audit: Audit }): Handled[] => [
  handle(GetDemo, async ({ must }) => {
    must(SYSTEM)
    return demo.state
  }),
  handle(StartDemo, async ({ body: { cameras }, must, user, source }) => {
    must(SYSTEM)
    const state = demo.start(cameras)
    const deed = { action: 'demo.start', object: null, outcome: 'done', detail: { cameras } } as const
    await audit.record({ who: user().name, source, ...deed })
    return state
  }),
  handle(StopDemo, async ({ must, user, source }) => {
    must(SYSTEM)
    await audit.record({ who: user().name, source, action: 'demo.stop', object: null, outcome: 'done' })
    return demo.stop()
  }),
]
