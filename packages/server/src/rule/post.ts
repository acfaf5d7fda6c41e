// SPDX-License-Identifier: Apache-2.0
/** One POST to an address that a person or a browser has named: never to this machine, never on to another address. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { judgedLookup } from '@openhmp/client'
import { checkHost, type ReachOptions, reachOf } from '../fleet/reach.ts'

const ANSWER_MS = 10_000

interface Post {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  readonly reach: ReachOptions
  readonly signal: AbortSignal
}

/** The status of the answer, whose body is not read. Rejects with what Node says, or a `Refusal`. */
export const post = async (url: string, { headers, body, reach, signal }: Post): Promise<number> => {
  const place = new URL(url)
  const port = Number(place.port) || (place.protocol === 'https:' ? 443 : 80)
  await checkHost(place.hostname.replace(/^\[|\]$/g, ''), reach, port)
  return new Promise<number>((resolve, reject) => {
    const send = place.protocol === 'https:' ? requestHttps : requestHttp
    const asking = send(place, {
      method: 'POST',
      lookup: judgedLookup(reachOf(reach), port), // the name may mean another host by now
      signal,
      timeout: ANSWER_MS,
      headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'OpenHMP' },
    })
    asking.on('timeout', () => asking.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)))
    asking.on('error', reject)
    asking.on('response', (answer) => {
      answer.destroy()
      resolve(answer.statusCode ?? 0)
    })
    asking.end(body)
  })
}
