// SPDX-License-Identifier: Apache-2.0
/**
 * One POST to a webhook: JSON, signed so that the receiver knows that it is from us and of now. A 2xx means that it is
 * taken; a redirect is not followed, and the answer's body is not read.
 */
import { createHmac } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { checkHost } from '../fleet/address.ts'

const ANSWER_MS = 10_000

/** What is sent. */
export interface Message {
  /** The same at every attempt: by it a receiver drops repeats. */
  readonly id: string
  readonly attempt: number
  readonly url: string
  readonly secret: string
  readonly body: string
}

/** `t` and HMAC-SHA-256 of `t.body` under the rule's secret, hex. */
export const signatureOf = (secret: string, atSeconds: number, body: string): string =>
  `t=${atSeconds},v1=${createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex')}`

/** Sends it. Rejects with what is wrong, in words for people. */
export const sendWebhook = async (
  { id, attempt, url, secret, body }: Message,
  { nowMs, allowLoopback, signal }: { nowMs: number; allowLoopback: boolean; signal: AbortSignal },
): Promise<void> => {
  const place = new URL(url)
  await checkHost(place.hostname.replace(/^\[|\]$/g, ''), { allowLoopback })
  const status = await new Promise<number>((resolve, reject) => {
    const send = place.protocol === 'https:' ? requestHttps : requestHttp
    const asking = send(place, {
      method: 'POST',
      signal,
      timeout: ANSWER_MS,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'OpenHMP',
        'hmp-delivery': id,
        'hmp-attempt': String(attempt),
        'hmp-signature': signatureOf(secret, Math.floor(nowMs / 1000), body),
      },
    })
    asking.on('timeout', () => asking.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)))
    asking.on('error', reject)
    asking.on('response', (answer) => {
      answer.destroy()
      resolve(answer.statusCode ?? 0)
    })
    asking.end(body)
  })
  if (status < 200 || status > 299) throw new Error(`it answers ${status}`)
}
