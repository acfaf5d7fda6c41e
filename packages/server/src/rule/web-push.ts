// SPDX-License-Identifier: Apache-2.0
/**
 * Messages to browsers (RFC 8030), encrypted for each of them (RFC 8291) and signed (RFC 8292). Taken when one browser
 * has it; a repeat replaces the note that is shown. A browser that has left its push service is forgotten.
 */
import type { Subscription } from '@openhmp/contract'
import type { ReachOptions } from '../fleet/reach.ts'
import { cameraOf, type Message, type Sender } from './message.ts'
import { plainly } from './plain.ts'
import { post } from './post.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { VapidKeys } from './vapid.ts'

/** How long a push service keeps it for a browser that is away, seconds. */
const KEEP_SECONDS = 24 * 60 * 60
/** A push service asks for somebody that it could write to. */
const SUBJECT = 'mailto:openhmp@example.com'

interface PushParts {
  readonly subscriptions: Subscriptions
  readonly reach: ReachOptions
  vapid(): Promise<VapidKeys>
}

/** The browsers that have asked for it. */
export const pushSender = ({ subscriptions, reach, vapid }: PushParts): Sender => ({
  send: async (message, signal) => {
    const browsers = await subscriptions.all()
    if (browsers.length === 0) throw new Error('no browser has asked to be told')
    const { default: webPush } = await import('web-push')
    const { publicKey, privateKey } = await vapid()
    const tell = async ({ endpoint, keys }: Subscription): Promise<void> => {
      const { headers, body } = webPush.generateRequestDetails({ endpoint, keys }, noteOf(message), {
        TTL: KEEP_SECONDS,
        urgency: 'high',
        vapidDetails: { subject: SUBJECT, publicKey, privateKey: privateKey.reveal() },
      })
      const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
      const status = await post(endpoint, { headers: texts, body: body ?? '', reach, signal })
      if (status === 404 || status === 410) await subscriptions.remove(endpoint)
      if (status < 200 || status > 299) throw new Error(`${new URL(endpoint).host} answers ${status}`)
    }
    const outcomes = await Promise.allSettled(browsers.map(tell))
    if (outcomes.some(({ status }) => status === 'fulfilled')) return
    const { reason } = outcomes[0] as PromiseRejectedResult
    throw new Error(plainly(reason, new URL(browsers[0]!.endpoint).host), { cause: reason })
  },
  [Symbol.asyncDispose]: async () => {},
})

/** What the console's push-worker.js shows: no words but those that people have chosen, so it needs no language. */
const noteOf = ({ id, rule, told }: Message): string => {
  const [first] = told
  const more = told.length > 1 ? ` +${told.length - 1}` : ''
  const text = first ? `${cameraOf(first.event)}${more}` : ''
  return JSON.stringify({ id, title: rule.name, text, time: first ? Date.parse(first.event.time) : null })
}
