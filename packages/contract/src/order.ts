// SPDX-License-Identifier: Apache-2.0
/** Orders to devices: asked for, carried out, verified, on record. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { route } from './route.ts'

export const Order = z
  .object({
    id: z.uuid(),
    device: DeviceId,
    deviceName: z.string(),
    kind: z.enum(['reboot']),
    /** sent: the device took it; waiting: it is gone and awaited; done: it is back and verified. */
    state: z.enum(['queued', 'sent', 'waiting', 'done', 'failed']),
    by: z.string(),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    text: z.string().nullable(),
  })
  .meta({ id: 'Order' })
export type Order = z.output<typeof Order>

export const RebootDevice = route({
  method: 'POST',
  path: '/devices/:id/reboot',
  needs: 'device.reboot',
  reach: 'objects',
  tag: 'orders',
  summary: 'Reboot a device and watch for its return',
  params: z.object({ id: DeviceId }),
  answer: Order,
})
export const ListOrders = route({
  method: 'GET',
  path: '/orders',
  needs: 'device.view',
  reach: 'objects',
  tag: 'orders',
  summary: 'Orders, newest first',
  query: z.object({ device: DeviceId.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  answer: z.object({ orders: z.array(Order) }),
})
