// SPDX-License-Identifier: Apache-2.0
/**
 * One POST to a webhook: JSON, signed so that the receiver knows that it is from us and of now. A 2xx means that it is
 * taken; a redirect is not followed, and the answer's body is not read.
 */
import { createHmac } from 'node:crypto'
import type { Clock } from '@openhmp/protocol/base'
import type { ReachOptions } from '../fleet/reach.ts'
import type { Secret } from '../secret/secret.ts'
import { MAX_WRITTEN_OUT, type Message, type Sender } from './message.ts'
import { plainly } from './plain.ts'
import { post } from './post.ts'

/** `t` and HMAC-SHA-256 of `t.body` under the target's key, hex. */
const signatureOf = (secret: string, atSeconds: number, body: string): string =>
  `t=${atSeconds},v1=${createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex')}`

/** The first event stands by itself, `others` are those that were grouped with it. */
const bodyOf = ({ id, rule, told }: Message): string => {
  const [first, ...others] = told
  return JSON.stringify({
    ...{ id, rule, moment: first?.moment ?? 'test', event: first?.event ?? null },
    ...(others.length > 0 ? { count: told.length, others: others.slice(0, MAX_WRITTEN_OUT) } : {}),
  })
}

/** A webhook. */
export const webhookSender = (
  url: string,
  { key, clock, reach }: { key: Secret; clock: Clock; reach: ReachOptions },
): Sender => ({
  send: async (message, signal) => {
    const body = message.body ?? bodyOf(message)
    const headers = {
      'content-type': 'application/json',
      'hmp-delivery': message.id,
      'hmp-attempt': String(message.attempt),
      'hmp-signature': signatureOf(key.reveal(), Math.floor(clock.now() / 1000), body),
    }
    const status = await post(url, { headers, body, reach, signal }).catch((error: unknown) => {
      throw new Error(plainly(error, new URL(url).host), { cause: error })
    })
    if (status < 200 || status > 299) throw new Error(`it answers ${status}`)
  },
  [Symbol.asyncDispose]: async () => {},
})
