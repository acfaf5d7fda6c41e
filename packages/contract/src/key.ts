// SPDX-License-Identifier: Apache-2.0
/** The keys that seal secrets: which there are, and another one. A key itself is in no answer. */
import { z } from 'zod'
import { route } from './route.ts'

const SealingKey = z
  .object({
    /** Says nothing about the key. */
    name: z.string(),
    isNewest: z.boolean(),
    /** Values that are sealed with it. */
    sealed: z.number().int(),
  })
  .meta({ id: 'SealingKey' })

const tag = 'system'

export const ListKeys = route({
  method: 'GET',
  path: '/keys',
  needs: 'system.configure',
  tag,
  summary: 'The keys that seal secrets, the newest first',
  answer: z.object({ keys: z.array(SealingKey) }),
})
export const RotateKey = route({
  method: 'POST',
  path: '/keys',
  needs: 'system.configure',
  fresh: true,
  tag,
  summary: 'Take another key, and seal everything anew under it; an old one goes at the next start',
  answer: z.object({
    name: z.string(),
    resealed: z.number().int(),
    /** That no key opens. */
    unopened: z.number().int(),
  }),
})
