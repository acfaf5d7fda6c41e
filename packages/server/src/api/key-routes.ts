// SPDX-License-Identifier: Apache-2.0
/** The keys that seal secrets over the API. */
import { ListKeys, RotateKey } from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Keys, Signer } from '../secret/keys.ts'
import { type Handled, handle } from './handle.ts'

interface Parts {
  readonly keys: Keys
  readonly checkpoints: Signer
  readonly audit: Audit
}

/** Handlers of these routes. */
export const keyRoutes = ({ keys, checkpoints, audit }: Parts): Handled[] => [
  handle(ListKeys, async ({ must }) => {
    must(SYSTEM)
    return { keys: await keys.list() }
  }),
  handle(RotateKey, async ({ must, user, source }) => {
    must(SYSTEM)
    const rotated = await keys.rotate(checkpoints)
    const row = { who: user().name, source, action: 'key.rotate', object: rotated.name } as const
    await audit.record({ ...row, outcome: 'done', detail: { resealed: rotated.resealed, unopened: rotated.unopened } })
    return rotated
  }),
]
