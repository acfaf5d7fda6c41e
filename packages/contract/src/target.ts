// SPDX-License-Identifier: Apache-2.0
/** Targets: whom rules tell. Each is set up once and used by many rules; its secret goes in and never comes out. */
import { z } from 'zod'
import { route } from './route.ts'

/** Targets of one server. */
export const MAX_TARGETS = 100

const Host = z.string().trim().min(1).max(255)
const Account = {
  userName: z.string().max(255).nullable().default(null),
  /** PEM of the authority that signs its certificate, where it is none of the public ones. */
  ca: z.string().max(20_000).nullable().default(null),
}
/** Part of an MQTT topic: no wildcards, and no slash at its ends (MQTT 3.1.1 §4.7). */
const TopicRoot = z.string().regex(/^[^\s#+/$][^\s#+]{0,79}(?<!\/)$/, 'a topic without #, + and blanks')
const Mail = z.email().max(254)

/** Takes a POST of JSON, signed. */
const WebhookWay = z.object({ kind: z.literal('webhook'), url: z.url({ protocol: /^https?$/ }).max(2000) })
/** A broker that holds the state of every camera, and tells Home Assistant of it. */
const MqttWay = z.object({
  kind: z.literal('mqtt'),
  host: Host,
  port: z.number().int().min(1).max(65_535).default(1883),
  isTls: z.boolean().default(false),
  ...Account,
  topic: TopicRoot.default('openhmp'),
  /** Where Home Assistant looks for new things; null: it is not told. */
  discovery: TopicRoot.nullable().default('homeassistant'),
})
/** A mail server that takes messages for the people named, with the event's picture. */
const EmailWay = z.object({
  kind: z.literal('email'),
  host: Host,
  port: z.number().int().min(1).max(65_535).default(587),
  /** starttls: refuses to go on without it. */
  security: z.enum(['tls', 'starttls', 'none']).default('starttls'),
  ...Account,
  from: Mail,
  to: z.array(Mail).min(1).max(20),
})
/** The browsers that have asked for it. */
const PushWay = z.object({ kind: z.literal('push') })

/** How a target is reached. */
export const Way = z.discriminatedUnion('kind', [WebhookWay, MqttWay, EmailWay, PushWay])
export type Way = z.output<typeof Way>
export type WayKind = Way['kind']

const name = z.string().trim().min(1).max(80)
/** Of a broker or mail server; the key by which a webhook's receiver knows us. Left out: it stays, or is made. */
const password = z.string().max(500).optional()

export const NewTarget = z.object({ name, way: Way, password }).meta({ id: 'NewTarget' })
export type NewTarget = z.output<typeof NewTarget>

export const NotifyTarget = z
  .object({
    id: z.uuid(),
    name,
    way: Way,
    hasPassword: z.boolean(),
    createdAt: z.iso.datetime(),
    by: z.string(),
    /** What became of its messages. */
    lastSentAt: z.iso.datetime().nullable(),
    waiting: z.number().int(),
    /** Given up. */
    dead: z.number().int(),
    /** Why what waits or was given up was not taken; null when there is none of it. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'NotifyTarget' })
export type NotifyTarget = z.output<typeof NotifyTarget>

const tag = 'rules'
const params = z.object({ id: z.uuid() })

export const ListTargets = route({
  method: 'GET',
  path: '/targets',
  needs: 'event.view',
  tag,
  summary: 'Targets: whom rules tell, and how it goes',
  answer: z.object({ targets: z.array(NotifyTarget) }),
})
export const AddTarget = route({
  method: 'POST',
  path: '/targets',
  needs: 'system.configure',
  tag,
  summary: 'Add a target; the key of a webhook is shown once',
  body: NewTarget,
  answer: z.object({ target: NotifyTarget, secret: z.string().nullable() }),
})
export const ChangeTarget = route({
  method: 'PUT',
  path: '/targets/:id',
  needs: 'system.configure',
  tag,
  summary: 'Change a target; a password that is left out stays while its host does',
  params,
  body: NewTarget,
  answer: NotifyTarget,
})
export const RemoveTarget = route({
  method: 'DELETE',
  path: '/targets/:id',
  needs: 'system.configure',
  tag,
  summary: 'Remove a target that no rule uses; what is still to be told there is dropped',
  params,
})
export const TestTarget = route({
  method: 'POST',
  path: '/targets/:id/test',
  needs: 'system.configure',
  tag,
  summary: 'Send a test now, and say what came of it',
  params,
  answer: z.object({ isTaken: z.boolean(), text: z.string() }),
})

/** A browser, as its push service names it (Push API, PushSubscription.toJSON). */
export const Subscription = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).max(2000),
  keys: z.object({
    p256dh: z.string().regex(/^[\w-]{80,100}=*$/),
    auth: z.string().regex(/^[\w-]{16,40}=*$/),
  }),
})
export type Subscription = z.output<typeof Subscription>

export const GetPushKey = route({
  method: 'GET',
  path: '/subscriptions/key',
  needs: 'event.view',
  tag,
  summary: 'The public key (VAPID, RFC 8292) that a browser subscribes with',
  answer: z.object({ key: z.string() }),
})
export const AddSubscription = route({
  method: 'POST',
  path: '/subscriptions',
  needs: 'event.view',
  tag,
  summary: 'Tell this browser from now on',
  body: Subscription,
  answer: z.object({ count: z.number().int() }),
})
export const RemoveSubscription = route({
  method: 'POST',
  path: '/subscriptions/remove',
  needs: 'event.view',
  tag,
  summary: 'Tell this browser no more',
  body: z.object({ endpoint: Subscription.shape.endpoint }),
})
