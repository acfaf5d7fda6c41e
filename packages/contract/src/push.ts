// SPDX-License-Identifier: Apache-2.0
/** Events that a device sends by itself: whether it does, and to where. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { route } from './route.ts'

export const PushState = z
  .object({
    /** It sends its events to this server. */
    isOn: z.boolean(),
    /** Number of the place in its list of receivers; null while it is off. */
    place: z.number().int().nullable(),
    /** Other receivers that the device sends to: they are left alone. */
    others: z.array(z.string()),
  })
  .meta({ id: 'PushState' })
export type PushState = z.output<typeof PushState>

const params = z.object({ id: DeviceId })
const tag = 'events'

export const GetPush = route({
  method: 'GET',
  path: '/devices/:id/push',
  needs: 'device.view',
  reach: 'objects',
  tag,
  summary: 'Whether a device sends its events here by itself (httpHosts)',
  params,
  answer: PushState,
})
export const StartPush = route({
  method: 'PUT',
  path: '/devices/:id/push',
  needs: 'device.configure',
  reach: 'objects',
  tag,
  summary: 'Have a device send its events here, in a free place of its list; read back from it',
  params,
  body: z.object({
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:-]{1,255}$/)
      .optional()
      .describe('Name or address of this server as the device reaches it; found out when left out'),
  }),
  answer: PushState,
})
export const StopPush = route({
  method: 'DELETE',
  path: '/devices/:id/push',
  needs: 'device.configure',
  reach: 'objects',
  tag,
  summary: 'Have a device send its events here no longer',
  params,
  answer: PushState,
})
