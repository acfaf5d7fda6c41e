// SPDX-License-Identifier: Apache-2.0
/** What happened, in one form whatever way it came in. */
import { z } from 'zod'
import { Device, DeviceId } from './device.ts'
import { Job } from './job.ts'
import { Order } from './order.ts'
import { route } from './route.ts'
import { Demo } from './system.ts'

/** A rectangle in shares of the picture, 0..1, from the top left. */
export const Target = z.object({
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  /** `human`, `vehicle`, as the device says. */
  type: z.string().nullable(),
})

export const Event = z
  .object({
    id: z.uuid(),
    /** Best estimate of when it began. */
    time: z.iso.datetime(),
    /** As the device wrote it: its clock may be wrong. */
    deviceTime: z.string().nullable(),
    /** The device has kept it and told it later than it happened. */
    isLate: z.boolean(),
    receivedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    lastSeenAt: z.iso.datetime(),
    /** Repeats of the same occurrence that the device sent. */
    count: z.number().int(),
    device: DeviceId,
    deviceName: z.string(),
    channel: z.number().int().nullable(),
    channelName: z.string().nullable(),
    /** motion, videoLoss, alarmInput, deviceError, or the smart type in camel case. */
    kind: z.string(),
    /** The device's own word. */
    type: z.string(),
    /** `unknown`: it was active when the link to the device was lost. */
    state: z.enum(['active', 'inactive', 'unknown']),
    input: z.number().int().nullable(),
    description: z.string().nullable(),
    /** What the device knows besides; left out where it knows nothing. */
    detail: z
      .object({
        region: z.number().int().nullable(),
        licensePlate: z.string().nullable(),
        targets: z.array(Target),
      })
      .nullable(),
    hasPicture: z.boolean(),
  })
  .meta({ id: 'Event' })
export type Event = z.output<typeof Event>

export const ListEvents = route({
  method: 'GET',
  path: '/events',
  needs: 'event.view',
  tag: 'events',
  summary: 'Events, newest first',
  query: z.object({
    device: DeviceId.optional(),
    kind: z.string().max(64).optional(),
    state: z.enum(['active', 'inactive', 'unknown']).optional(),
    before: z.string().max(80).optional().describe('The `next` of an earlier answer'),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({ events: z.array(Event), next: z.string().nullable() }),
})
export const GetEventPicture = route({
  method: 'GET',
  path: '/events/:id/picture',
  needs: 'event.view',
  tag: 'events',
  summary: 'The picture of an event',
  params: z.object({ id: z.uuid() }),
  produces: 'image/jpeg',
})

/** A time of which nobody knows what happened at a device. */
export const Gap = z
  .object({
    id: z.uuid(),
    device: DeviceId,
    deviceName: z.string(),
    /** When it was last heard. */
    from: z.iso.datetime(),
    /** When it was heard again; null while it is not. */
    to: z.iso.datetime().nullable(),
    cause: z.object({ code: z.string(), text: z.string() }),
  })
  .meta({ id: 'Gap' })
export type Gap = z.output<typeof Gap>

export const ListGaps = route({
  method: 'GET',
  path: '/gaps',
  needs: 'event.view',
  tag: 'events',
  summary: 'Times without events, newest first: a stream was lost, or the server was away',
  query: z.object({
    device: DeviceId.optional(),
    from: z.iso.datetime().optional().describe('Leaves out those that ended before'),
    to: z.iso.datetime().optional().describe('Leaves out those that began after'),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({ gaps: z.array(Gap) }),
})

/** One message of the live stream, server-sent events: the `data` of each is one of these. */
export const LiveMessage = z
  .discriminatedUnion('what', [
    z.object({ what: z.literal('event'), event: Event }),
    z.object({ what: z.literal('gap'), gap: Gap }),
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
