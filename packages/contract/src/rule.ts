// SPDX-License-Identifier: Apache-2.0
/** Rules: when something happens, who is told. And what became of the telling. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { MaintenanceWindow } from './job.ts'
import { route } from './route.ts'

/** Rules of one server. */
export const MAX_RULES = 500

/** Which events; nothing named means all. */
export const When = z.object({
  kinds: z.array(z.string().min(1).max(64)).max(50).default([]),
  devices: z.array(DeviceId).max(1000).default([]),
  sites: z.array(z.string().min(1).max(80)).max(100).default([]),
  tags: z.array(z.string().min(1).max(40)).max(30).default([]),
  /** `began`, `ended`; an event whose link was lost has not ended. */
  moments: z
    .array(z.enum(['began', 'ended']))
    .min(1)
    .max(2)
    .default(['began']),
  /** Only then, in the server's time of day. */
  window: MaintenanceWindow.optional(),
})
export type When = z.output<typeof When>

/** Who is told: an address that takes a POST of JSON, signed. */
export const Webhook = z.object({
  kind: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/ }).max(2000),
})
export const Tell = z.discriminatedUnion('kind', [Webhook])
export type Tell = z.output<typeof Tell>

const fields = {
  name: z.string().trim().min(1).max(80),
  isOn: z.boolean().default(true),
  when: When,
  /** Of one camera and kind, no second time within so long. */
  holdDownSeconds: z.number().int().min(0).max(86_400).default(0),
  tell: Tell,
}
export const NewRule = z.object(fields).meta({ id: 'NewRule' })
export type NewRule = z.output<typeof NewRule>

export const Rule = z
  .object({ id: z.uuid(), ...fields, createdAt: z.iso.datetime(), by: z.string() })
  .meta({ id: 'Rule' })
export type Rule = z.output<typeof Rule>

/** One telling. */
export const Delivery = z
  .object({
    id: z.uuid(),
    rule: z.uuid(),
    ruleName: z.string(),
    event: z.uuid(),
    /** Host that is told. */
    target: z.string(),
    /** dead: given up after a day. */
    state: z.enum(['waiting', 'sent', 'dead']),
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

const tag = 'rules'
const params = z.object({ id: z.uuid() })

export const ListRules = route({
  method: 'GET',
  path: '/rules',
  needs: 'event.view',
  tag,
  summary: 'Rules: when something happens, who is told',
  answer: z.object({ rules: z.array(Rule) }),
})
export const AddRule = route({
  method: 'POST',
  path: '/rules',
  needs: 'system.configure',
  tag,
  summary: 'Add a rule; the secret that its messages are signed with is shown once',
  body: NewRule,
  answer: z.object({ rule: Rule, secret: z.string() }),
})
export const ChangeRule = route({
  method: 'PUT',
  path: '/rules/:id',
  needs: 'system.configure',
  tag,
  summary: 'Change a rule; its secret stays',
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
export const TryRule = route({
  method: 'POST',
  path: '/rules/:id/try',
  needs: 'system.configure',
  tag,
  summary: 'Tell a made-up event now, and say what came of it',
  params,
  answer: z.object({ isTaken: z.boolean(), text: z.string() }),
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
    days: z.number().int().min(1).max(31).default(7),
  }),
  answer: z.object({
    fired: z.number().int(),
    /** Events that were looked at; not all, where there are very many. */
    looked: z.number().int(),
    isAll: z.boolean(),
    /** The newest. */
    events: z.array(z.object({ id: z.uuid(), time: z.iso.datetime(), kind: z.string(), deviceName: z.string() })),
  }),
})
export const ListDeliveries = route({
  method: 'GET',
  path: '/deliveries',
  needs: 'event.view',
  tag,
  summary: 'What was told, is still to be told, or was given up; newest first',
  query: z.object({
    state: z.enum(['waiting', 'sent', 'dead']).optional(),
    rule: z.uuid().optional(),
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
