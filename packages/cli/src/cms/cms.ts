// SPDX-License-Identifier: Apache-2.0
/** A CMS as the commands use it: routes of the contract, called with the session that `hmp login` keeps. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { Readable } from 'node:stream'
import type { PeerCertificate } from 'node:tls'
import { API_ROOT, ApiError, GetFactors, type Input, type Output, ProveIdentity, type Route } from '@openhmp/contract'
import { type HmpError, LinkError, PeerError } from '@openhmp/protocol/base'
import { readProof } from './proof.ts'
import { type Caller, readCaller } from './session-file.ts'

/** The largest answer: a page of a job's devices with their results. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024
const ANSWER_MS = 120_000

type Needed<Name extends string, Schema> = Schema extends undefined
  ? { readonly [N in Name]?: never }
  : { readonly [N in Name]: Input<Schema> }
/** What a route needs to be called. */
export type CallInit<R extends Route> = Needed<'params', R['params']> &
  Partial<Needed<'query', R['query']>> &
  Needed<'body', R['body']> & { readonly signal?: AbortSignal; readonly content?: Readable; readonly bytes?: number }

/** One CMS. */
export class Cms {
  readonly #session: Caller
  #isProving = false

  /** By `HMP_TOKEN` or the session that is kept, unless another is given. Throws UsageError when there is none. */
  constructor(session: Caller = readCaller()) {
    this.#session = session
  }

  get url(): string {
    return this.#session.url
  }

  /** Rejects with `PeerError` with the CMS's own code, `LinkError`. */
  async call<R extends Route>(route: R, init: CallInit<R>): Promise<Output<R['answer']>> {
    const { value } = await this.exchange(route, init)
    return value
  }

  /** An answer that goes on: the caller reads it. Rejects as `call` does. */
  async open<R extends Route>(route: R, init: CallInit<R>): Promise<IncomingMessage> {
    const answer = await this.#ask(route, init)
    const status = answer.statusCode ?? 0
    if (status >= 300) throw refusal(status, await textOf(answer), this.#session.url)
    return answer
  }

  /** As `call`, with the cookie that was set. */
  async exchange<R extends Route>(
    route: R,
    init: CallInit<R>,
  ): Promise<{ readonly value: Output<R['answer']>; readonly cookie: string | undefined }> {
    const answer = await this.#ask(route, init)
    const text = await textOf(answer)
    const status = answer.statusCode ?? 0
    if (status === 403 && text.includes('"session.stale"') && !this.#isProving) {
      await this.#prove()
      return this.exchange(route, init)
    }
    if (status >= 300) throw refusal(status, text, this.#session.url)
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0]
    if (!route.answer) return { value: undefined as Output<R['answer']>, cookie }
    const read = route.answer.safeParse(parse(text))
    if (read.success) return { value: read.data as Output<R['answer']>, cookie }
    const where = read.error.issues[0]?.path.join('.') ?? ''
    throw new PeerError(
      'cms.answer',
      `the CMS answers in a form that this hmp does not know (${where}): versions differ`,
      {
        retry: 'never',
      },
    )
  }

  /** Once: who is asked again after that is told so. */
  async #prove(): Promise<void> {
    this.#isProving = true
    const { url, user = '' } = this.#session
    const body = await readProof(await this.call(GetFactors, {}), user, new URL(url).host)
    await this.call(ProveIdentity, { body })
  }

  async #ask(route: Route, init: CallInit<Route>): Promise<IncomingMessage> {
    const {
      params = {},
      query = {},
      body,
      content,
      bytes,
      signal,
    } = init as {
      [name in 'params' | 'query']?: Record<string, unknown>
    } & { body?: unknown; content?: Readable; bytes?: number; signal?: AbortSignal }
    const { url, cookie, authority, token } = this.#session
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
    const text = body === undefined ? undefined : JSON.stringify(body)
    const type = content ? 'application/octet-stream' : 'application/json'
    const length = content ? bytes : text === undefined ? undefined : Buffer.byteLength(text)
    const asking = request(`${url}${API_ROOT}${path}${search.size > 0 ? `?${search}` : ''}`, {
      method: route.method,
      timeout: ANSWER_MS,
      headers: {
        ...(token === undefined ? (cookie === '' ? {} : { cookie }) : { authorization: `Bearer ${token}` }),
        ...(length === undefined ? {} : { 'content-type': type, 'content-length': length }),
      },
      ...(signal ? { signal } : {}),
      ...(authority === undefined ? {} : { ca: [authority], checkServerIdentity: mustBeServer }),
    })
    asking.on('timeout', () => asking.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)))
    if (content) content.pipe(asking)
    else asking.end(text)
    try {
      const [answer] = (await once(asking, 'response')) as [IncomingMessage]
      return answer
    } catch (cause) {
      if (signal?.aborted) throw signal.reason
      throw linkError(cause as NodeJS.ErrnoException, new URL(url).host)
    }
  }
}

/** As the CMS's authority calls it. */
const SERVER_NAME = 'OpenHMP server'

/**
 * The pinned authority belongs to this one CMS, whatever name it is reached under; but it signs certificates of devices, too,
 * and a device must not pass for the CMS.
 */
const mustBeServer = (_host: string, { subject }: PeerCertificate): Error | undefined =>
  subject.CN === SERVER_NAME
    ? undefined
    : Object.assign(new Error('not the certificate of the CMS'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })

const linkError = (cause: NodeJS.ErrnoException, address: string): HmpError => {
  const isCertificate = /CERT|SIGNATURE|SELF_SIGNED|ISSUER/.test(cause.code ?? '')
  if (isCertificate) {
    const text = 'the CMS shows a certificate of another authority than at sign-in: if that is right, hmp login again'
    return new LinkError('tls.pin', text, { address, cause })
  }
  const codes: Record<string, string> = { ENOTFOUND: 'link.name', ECONNREFUSED: 'link.refused' }
  return new LinkError(codes[cause.code ?? ''] ?? 'link.lost', cause.message, { address, cause })
}

const textOf = async (answer: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_ANSWER_BYTES) throw new PeerError('cms.answer', 'the answer has no end', { retry: 'never' })
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const refusal = (status: number, text: string, url: string): PeerError => {
  const { code, text: said } = ApiError.safeParse(parse(text)).data ?? { code: 'cms.status', text: `answers ${status}` }
  if (status === 401 && code !== 'session.refused' && code.startsWith('session.'))
    return new PeerError('session.ended', `you are not signed in to ${url} any more: hmp login ${url}`, {
      status,
      retry: 'after-login',
    })
  return new PeerError(code, said, { status, retry: 'never' })
}
