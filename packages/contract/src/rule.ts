// SPDX-License-Identifier: Apache-2.0
/** Rules: when something happens, what is done. And what became of it. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { MaintenanceWindow } from './job.ts'
import { route } from './route.ts'

/** Rules of one server. */
export const MAX_RULES = 500

/** A time zone by its name in the IANA database, that this machine knows. */
const Zone = z
  .string()
  .max(60)
  .refine((zone) => {
    try {
      return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
    } catch {
      return false
    }
  }, 'a time zone such as Europe/Berlin')

/** Days and hours; in the server's zone unless one is named. */
export const Hours = MaintenanceWindow.extend({ zone: Zone.optional() })
export type Hours = z.output<typeof Hours>

const kinds = z.array(z.string().min(1).max(64)).max(50)

/** Which events; nothing named means all. */
export const When = z.object({
  kinds: kinds.default([]),
  /** All their channels. */
  devices: z.array(DeviceId).max(1000).default([]),
  /** Single channels, beside `devices`. */
  cameras: z
    .array(z.object({ device: DeviceId, channel: z.number().int().min(1) }))
    .max(1000)
    .default([]),
  sites: z.array(z.string().min(1).max(80)).max(100).default([]),
  /** All of them together. */
  tags: z.array(z.string().min(1).max(40)).max(30).default([]),
  /** `lost`: the link was lost while it went on, so nobody knows. */
  moments: z
    .array(z.enum(['began', 'ended', 'lost']))
    .min(1)
    .max(3)
    .default(['began']),
  /** Only within one of these. */
  hours: z.array(Hours).max(14).default([]),
  /** Only while its site is so. */
  arming: z.enum(['armed', 'disarmed']).nullable().default(null),
  /** Numbers of regions, as the camera counts them. */
  regions: z.array(z.number().int().min(0).max(1000)).max(50).default([]),
  /** `human`, `vehicle`: one of these was seen. */
  targets: z.array(z.string().min(1).max(40)).max(20).default([]),
  /** Only once it has gone on for so long. */
  minSeconds: z.number().int().min(0).max(86_400).default(0),
  /** Only within so many seconds after one of these. */
  after: z
    .object({
      kinds: kinds.min(1),
      seconds: z.number().int().min(1).max(3600),
      where: z.enum(['camera', 'device', 'site']).default('site'),
    })
    .nullable()
    .default(null),
})
export type When = z.output<typeof When>
export type Moment = When['moments'][number]

/** What is done. `record` has its place here once there is a recorder. */
export const Deed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tell'), target: z.uuid() }),
  z.object({
    kind: z.literal('output'),
    device: DeviceId,
    output: z.number().int().min(1).max(1000),
    /** On for so long. */
    seconds: z.number().int().min(1).max(600).default(5),
  }),
  z.object({
    kind: z.literal('preset'),
    device: DeviceId,
    channel: z.number().int().min(1),
    preset: z.number().int().min(1).max(1000),
  }),
  z.object({ kind: z.literal('bookmark') }),
])
export type Deed = z.output<typeof Deed>

const fields = {
  name: z.string().trim().min(1).max(80),
  isOn: z.boolean().default(true),
  when: When,
  /** Of one camera and kind, no second time within so long. */
  holdDownSeconds: z.number().int().min(0).max(86_400).default(0),
  /** What comes within so long goes into one message. */
  groupSeconds: z.number().int().min(0).max(3600).default(0),
  deeds: z.array(Deed).min(1).max(10),
}
export const NewRule = z.object(fields).meta({ id: 'NewRule' })
export type NewRule = z.output<typeof NewRule>

export const Rule = z
  .object({ id: z.uuid(), ...fields, createdAt: z.iso.datetime(), by: z.string() })
  .meta({ id: 'Rule' })
export type Rule = z.output<typeof Rule>

/** One message to one target, or one deed at a device. */
export const Delivery = z
  .object({
    id: z.uuid(),
    rule: z.uuid(),
    ruleName: z.string(),
    event: z.uuid(),
    kind: z.enum(['webhook', 'mqtt', 'email', 'push', 'output', 'preset']),
    /** Null for what is done at a device. */
    targetId: z.uuid().nullable(),
    /** Its name. */
    target: z.string(),
    /** dead: given up. dropped: not done, for a reason. */
    state: z.enum(['waiting', 'sent', 'dead', 'dropped']),
    attempts: z.number().int(),
    createdAt: z.iso.datetime(),
    /** When it is tried again. */
    nextAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    /** What the last attempt came to. */
    text: z.string().nullable(),
  })
  .meta({ id: 'Delivery' })
export type Delivery = z.output<typeof Delivery>

/** Why a rule fired, beside what it asks of every event. */
export const Reason = z.object({
  site: z.string().nullable(),
  isArmed: z.boolean().nullable(),
  /** What came before, and how many seconds. */
  after: z.object({ kind: z.string(), deviceName: z.string(), seconds: z.number() }).nullable(),
  /** Of its camera and kind, held down since the firing before. */
  heldDown: z.number().int(),
  /** What was not done, and why. */
  notes: z.array(z.string()),
})
export type Reason = z.output<typeof Reason>

/** One time that a rule meant an event. */
export const Firing = z
  .object({
    id: z.uuid(),
    rule: z.uuid(),
    ruleName: z.string(),
    event: z.uuid(),
    kind: z.string(),
    deviceName: z.string(),
    channelName: z.string().nullable(),
    moment: z.enum(['began', 'ended', 'lost']),
    at: z.iso.datetime(),
    reason: Reason,
    /** What was told or done. Firings that were grouped share theirs. */
    outcomes: z.array(Delivery.pick({ id: true, kind: true, target: true, state: true, text: true })),
    /** Into a group with others. */
    isGrouped: z.boolean(),
  })
  .meta({ id: 'Firing' })
export type Firing = z.output<typeof Firing>

const tag = 'rules'
const params = z.object({ id: z.uuid() })

export const ListRules = route({
  method: 'GET',
  path: '/rules',
  needs: 'event.view',
  tag,
  summary: 'Rules: when something happens, what is done',
  answer: z.object({ rules: z.array(Rule) }),
})
export const AddRule = route({
  method: 'POST',
  path: '/rules',
  needs: 'system.configure',
  tag,
  summary: 'Add a rule',
  body: NewRule,
  answer: Rule,
})
export const ChangeRule = route({
  method: 'PUT',
  path: '/rules/:id',
  needs: 'system.configure',
  tag,
  summary: 'Change a rule',
  params,
  body: NewRule,
  answer: Rule,
})
export const RemoveRule = route({
  method: 'DELETE',
  path: '/rules/:id',
  needs: 'system.configure',
  tag,
  summary: 'Remove a rule; what it has still to tell is dropped',
  params,
})
export const ReplayRule = route({
  method: 'POST',
  path: '/rules/replay',
  needs: 'event.view',
  tag,
  summary: 'What a rule would have done with the events of the past; nobody is told',
  body: z.object({
    when: When,
    holdDownSeconds: fields.holdDownSeconds,
    groupSeconds: fields.groupSeconds,
    days: z.number().int().min(1).max(31).default(7),
  }),
  answer: z.object({
    fired: z.number().int(),
    /** Messages that they come to, grouped. */
    messages: z.number().int(),
    /** Events that were looked at; not all, where there are very many. */
    looked: z.number().int(),
    isAll: z.boolean(),
    /** Asked for, and not known of the past: whether a site was armed. */
    unknown: z.array(z.enum(['arming'])),
    /** The newest. */
    events: z.array(
      z.object({
        id: z.uuid(),
        time: z.iso.datetime(),
        kind: z.string(),
        deviceName: z.string(),
        channelName: z.string().nullable(),
        moment: z.enum(['began', 'ended', 'lost']),
      }),
    ),
  }),
})
export const ListFirings = route({
  method: 'GET',
  path: '/firings',
  needs: 'event.view',
  tag,
  summary: 'Every time a rule fired, why, and what came of it; newest first',
  query: z.object({
    rule: z.uuid().optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({ firings: z.array(Firing) }),
})
export const ListDeliveries = route({
  method: 'GET',
  path: '/deliveries',
  needs: 'event.view',
  tag,
  summary: 'What was told, is still to be told, or was given up; newest first',
  query: z.object({
    state: Delivery.shape.state.optional(),
    rule: z.uuid().optional(),
    target: z.uuid().optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({ deliveries: z.array(Delivery) }),
})
export const RetryDelivery = route({
  method: 'POST',
  path: '/deliveries/:id/retry',
  needs: 'system.configure',
  tag,
  summary: 'Tell it again, for another day if need be',
  params,
  answer: Delivery,
})
export const RetryDeliveries = route({
  method: 'POST',
  path: '/deliveries/retry',
  needs: 'system.configure',
  tag,
  summary: 'Tell all that was given up again, of one target or of all',
  body: z.object({ target: z.uuid().optional() }),
  answer: z.object({ count: z.number().int() }),
})

export const DropDeliveries = route({
  method: 'POST',
  path: '/deliveries/drop',
  needs: 'system.configure',
  tag,
  summary: 'All that was given up is done with, of one target or of all: it is not told any more',
  body: z.object({ target: z.uuid().optional() }),
  answer: z.object({ count: z.number().int() }),
})

/** An event that a rule has marked. */
export const Bookmark = z
  .object({
    event: z.uuid(),
    time: z.iso.datetime(),
    kind: z.string(),
    deviceName: z.string(),
    channelName: z.string().nullable(),
    /** Name of the rule. */
    by: z.string(),
  })
  .meta({ id: 'Bookmark' })
export type Bookmark = z.output<typeof Bookmark>

export const ListBookmarks = route({
  method: 'GET',
  path: '/bookmarks',
  needs: 'event.view',
  tag,
  summary: 'Events that rules have marked, newest first',
  query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
  answer: z.object({ bookmarks: z.array(Bookmark) }),
})
