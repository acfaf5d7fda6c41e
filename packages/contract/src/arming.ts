// SPDX-License-Identifier: Apache-2.0
/** Whether a site is armed: what rules may ask for. */
import { z } from 'zod'
import { route } from './route.ts'

const site = z.string().trim().min(1).max(80)

/** A site that nobody has switched is armed: a rule is not silent because of a forgotten switch. */
export const Arming = z
  .object({
    site,
    isArmed: z.boolean(),
    /** Null when nobody has switched it. */
    since: z.iso.datetime().nullable(),
    by: z.string().nullable(),
  })
  .meta({ id: 'Arming' })
export type Arming = z.output<typeof Arming>

export const ListArming = route({
  method: 'GET',
  path: '/arming',
  needs: 'event.view',
  tag: 'rules',
  summary: 'Which sites are armed',
  answer: z.object({ sites: z.array(Arming) }),
})
export const SetArming = route({
  method: 'PUT',
  path: '/arming',
  needs: 'site.arm',
  tag: 'rules',
  summary: 'Arm or disarm a site',
  body: z.object({ site, isArmed: z.boolean() }),
  answer: Arming,
})
