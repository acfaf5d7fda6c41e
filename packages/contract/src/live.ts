// SPDX-License-Identifier: Apache-2.0
/** Everything as it happens: what the server tells every page that follows. */
import { z } from 'zod'
import { Alarm } from './alarm.ts'
import { Device, DeviceId } from './device.ts'
import { Event, Gap } from './event.ts'
import { Job } from './job.ts'
import { Order } from './order.ts'
import { route } from './route.ts'
import { Demo } from './system.ts'

/** One message of the live stream, server-sent events: the `data` of each is one of these. */
export const LiveMessage = z
  .discriminatedUnion('what', [
    z.object({ what: z.literal('event'), event: Event }),
    z.object({ what: z.literal('gap'), gap: Gap }),
    z.object({ what: z.literal('alarm'), alarm: Alarm }),
    /** Many alarms changed at once: ask for the list again. */
    z.object({ what: z.literal('alarms') }),
    z.object({ what: z.literal('device'), device: Device }),
    z.object({ what: z.literal('device-removed'), id: DeviceId }),
    /** Many devices changed at once: ask for the list again. */
    z.object({ what: z.literal('devices') }),
    z.object({ what: z.literal('order'), order: Order }),
    z.object({ what: z.literal('demo'), demo: Demo }),
    z.object({ what: z.literal('job'), job: Job }),
  ])
  .meta({ id: 'LiveMessage' })
export type LiveMessage = z.output<typeof LiveMessage>

export const FollowLive = route({
  method: 'GET',
  path: '/live',
  needs: 'session',
  tag: 'events',
  summary: 'Changes as they happen, as server-sent events; each `data` is a LiveMessage',
  produces: 'text/event-stream',
})
