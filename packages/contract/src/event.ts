// SPDX-License-Identifier: Apache-2.0
/** What happened, in one form whatever way it came in. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { route } from './route.ts'

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
    /** Of kind `deviceError`: diskFull, networkBroken, addressConflict ...; else null. */
    fault: z.string().nullable(),
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
        /** Outlines of the regions and lines, in shares of the picture from the top left. */
        regions: z
          .array(
            z.object({
              id: z.number().int().nullable(),
              points: z.array(z.object({ x: z.number(), y: z.number() })),
            }),
          )
          .optional(),
        /** In degrees Celsius. */
        temperature: z.number().optional(),
        face: z
          .object({
            name: z.string().nullable(),
            /** How sure the device is, 0..1. */
            similarity: z.number().nullable(),
            age: z.string().nullable(),
            gender: z.string().nullable(),
          })
          .optional(),
      })
      .nullable(),
    hasPicture: z.boolean(),
    /** `told` by the device; `log`: found in its own log after a gap; `asked`: its alarm inputs were looked at. */
    source: z.enum(['told', 'log', 'asked']),
  })
  .meta({ id: 'Event' })
export type Event = z.output<typeof Event>

/** Several of a kind in one parameter, with commas between. */
const several = <T extends z.ZodType<unknown, string>>(one: T, most: number) =>
  z
    .string()
    .max(40 * most)
    .describe('One, or several with commas between')
    .transform((text) => text.split(','))
    .pipe(z.array(one).max(most))

/** Which events; what is left out does not matter. */
export const EventFilter = z.object({
  device: several(DeviceId, 500).optional(),
  site: z.string().max(80).optional(),
  channel: z.coerce.number().int().min(1).optional(),
  kind: several(z.string().max(64), 50).optional(),
  state: several(z.enum(['active', 'inactive', 'unknown']), 3).optional(),
  text: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .describe('A part of a name of the camera, the description or the plate, in any case'),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional().describe('Not in it any more'),
})

export const ListEvents = route({
  method: 'GET',
  path: '/events',
  needs: 'event.view',
  reach: 'objects',
  tag: 'events',
  summary: 'Events, newest first',
  query: z.object({
    ...EventFilter.shape,
    before: z.string().max(80).optional().describe('The `next` of an earlier answer'),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({ events: z.array(Event), next: z.string().nullable() }),
})
export const SummarizeEvents = route({
  method: 'GET',
  path: '/events/summary',
  needs: 'event.view',
  reach: 'objects',
  tag: 'events',
  summary: 'How many events there are, of which kinds, and when; over more than a day, counted by whole hours',
  query: EventFilter.required({ from: true, to: true }),
  answer: z.object({
    total: z.number().int(),
    /** The newest were counted; there are more. */
    isMore: z.boolean(),
    kinds: z.array(z.object({ kind: z.string(), count: z.number().int() })),
    /** Oldest first; those without events are left out. */
    columns: z.array(z.object({ from: z.iso.datetime(), count: z.number().int() })),
    /** Milliseconds of a column. */
    columnMs: z.number().int(),
  }),
})
export const ExportEvents = route({
  method: 'GET',
  path: '/events/export',
  needs: 'event.export',
  reach: 'objects',
  tag: 'events',
  summary: 'Events as a file, newest first: CSV with a header, or a line of JSON each',
  query: EventFilter.extend({ format: z.enum(['csv', 'jsonl']).default('csv') }),
  produces: 'text/plain',
})
export const GetEventPicture = route({
  method: 'GET',
  path: '/events/:id/picture',
  needs: 'event.view',
  reach: 'objects',
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
    /** What the device's own log told of this time afterwards; null while nobody has looked. */
    fill: z
      .object({
        /** `partly`: the log could not be read to its end; `unfillable`: there is none, or it could not be asked. */
        state: z.enum(['filling', 'filled', 'partly', 'unfillable']),
        /** Events that were found there and were not known. */
        count: z.number().int(),
        why: z.string().nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Gap' })
export type Gap = z.output<typeof Gap>

export const ListGaps = route({
  method: 'GET',
  path: '/gaps',
  needs: 'event.view',
  reach: 'objects',
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
