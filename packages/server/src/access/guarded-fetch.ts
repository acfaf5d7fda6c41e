// SPDX-License-Identifier: Apache-2.0
/**
 * Requests to an OpenID provider: over TLS, only to addresses that may be called, never on to another, with a bound on time and
 * size. Its own certificates may be given; a certificate is always checked.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { rootCertificates } from 'node:tls'
import { judgedLookup } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'
import { checkHost, type ReachOptions, reachOf } from '../fleet/reach.ts'

/** Longest answer that is read. */
export const MAX_ANSWER_BYTES = 1024 * 1024
const ANSWER_MS = 10_000

/** What is called with. */
export interface Guard extends ReachOptions {
  /** Beside those that Node knows. */
  readonly ca: string | null
  /** Told what the other side takes the time to be. */
  onDate?(date: number): void
}

interface Asked {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

const isLoopbackName = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host)

/** Throws `Refusal` `signOn.plain`: without TLS nobody vouches for anybody, but on this machine in tests. */
export const mustBeTls = ({ protocol, hostname, username }: URL, { allowLoopback }: ReachOptions): void => {
  const isPlain = protocol === 'http:' && allowLoopback && isLoopbackName(hostname)
  if ((protocol !== 'https:' && !isPlain) || username !== '')
    throw new Refusal('invalid', 'signOn.plain', 'an OpenID provider is reached over https:// alone')
}

/** Does what `fetch` does, as far as a provider is asked. Rejects with `Refusal` `signOn.*`, `address.forbidden`, or what Node says. */
export const guardedFetch =
  (guard: Guard) =>
  async (address: string, { method, headers, body, signal }: Asked): Promise<Response> => {
    const url = new URL(address)
    mustBeTls(url, guard)
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    await checkHost(url.hostname.replace(/^\[|\]$/g, ''), guard, port)
    const payload = body === undefined || body === null ? undefined : String(body)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = {
        method,
        lookup: judgedLookup(reachOf(guard), port), // the name may mean another host by now
        signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]),
        headers: { ...headers, ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }) },
        agent: false as const,
      }
      const asking =
        url.protocol === 'https:'
          ? requestHttps(url, { ...options, ...(guard.ca === null ? {} : { ca: [...rootCertificates, guard.ca] }) })
          : requestHttp(url, options)
      asking.on('error', reject).on('response', resolve)
      asking.end(payload)
    })
    const date = Date.parse(answer.headers.date ?? '')
    if (!Number.isNaN(date)) guard.onDate?.(date)
    const bytes = await read(answer)
    const status = answer.statusCode ?? 0
    const fields = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    )
    return new Response(status === 204 || status === 304 ? null : new Uint8Array(bytes), { status, headers: fields })
  }

const read = async (answer: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) {
      answer.destroy()
      throw new Refusal('unavailable', 'signOn.long', 'the answer of the OpenID provider is too long')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
