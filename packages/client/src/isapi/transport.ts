// SPDX-License-Identifier: Apache-2.0
/** Requests to one device with all that goes around them: turns, login, one redirect, the old tree without `/ISAPI`. */
import type { Socket } from 'node:net'
import { type Clock, LinkError, PeerError } from '@openhmp/protocol/base'
import { readResponseStatus } from '@openhmp/protocol/isapi'
import { guardedDevice, loginGuardOf } from '../login-guard.ts'
import type { TlsTrust } from '../socket.ts'
import { errorOfAnswer } from './answer.ts'
import { Connections, MAX_PARALLEL } from './connections.ts'
import { DeviceLogin, type SeenRefusals } from './device-login.ts'
import {
  brokenOff,
  type Exchange,
  exchangeKept,
  exchangeWhole,
  type OpenAnswer,
  openExchange,
  type WholeAnswer,
} from './exchange.ts'
import type { IsapiAnswer, IsapiOptions, IsapiRequestOptions, IsapiStream, IsapiUpload } from './options.ts'
import type { LoginHeaders } from './session-login.ts'
import { Slots } from './slots.ts'
import { type IsapiTarget, parseIsapiAddress, targetOf } from './target.ts'

/** Longest answer that is taken unless told otherwise: pictures of the largest cameras. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** Of an error's page on a stream. */
const MAX_REFUSAL_BYTES = 64 * 1024
const ANSWER_MS = 10_000
const BODY_MS = 30_000

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

type Send<T> = (path: string) => Promise<T>

/** One device's. */
export class IsapiTransport {
  readonly #options: IsapiOptions
  readonly #clock: Clock
  readonly #ending = new AbortController()
  readonly #slots = new Slots(MAX_PARALLEL)
  #isClosing = false
  #target: IsapiTarget
  #connections: Connections
  #login: DeviceLogin
  #tls: TlsTrust
  #certificate: string | undefined
  /** Whether paths begin with `/ISAPI`; undefined until the device has answered one. */
  #hasPrefix: boolean | undefined

  constructor(options: IsapiOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#certificate = options.tls?.pin?.replace(/[:\s]/g, '').toLowerCase()
    this.#tls = options.tls ?? { onFirstUse: (fingerprint) => this.#pin(fingerprint) }
    this.#target = parseIsapiAddress(options.address)
    this.#connections = this.#connect()
    this.#login = this.#makeLogin()
  }

  get target(): IsapiTarget {
    return this.#target
  }

  get certificate(): string | undefined {
    return this.#certificate
  }

  async request(
    method: string,
    path: string,
    body: Uint8Array | undefined,
    options: IsapiRequestOptions = {},
  ): Promise<IsapiAnswer> {
    const signal = this.#signalFor(options)
    if (this.#slots.isFull)
      throw new LinkError('link.busy', `${this.#target.name}: too many requests wait for this device`, {
        address: this.#target.name,
      })
    const seen = this.#login.refusals
    return this.#slots.run(async () => {
      const answer = await this.#withTree(path, (asked) =>
        this.#follow(method, asked, body, signal, options, false, seen),
      )
      return { status: answer.status, contentType: answer.contentType, bytes: answer.bytes }
    }, signal)
  }

  /** A request that must not be sent twice, on a connection of its own. */
  async command(
    method: string,
    path: string,
    options: IsapiRequestOptions = {},
    body: Uint8Array | IsapiUpload = new Uint8Array(),
  ): Promise<IsapiAnswer> {
    const signal = this.#signalFor(options)
    return this.#withTree(path, (asked) => this.#follow(method, asked, body, signal, options, true))
  }

  async stream(
    path: string,
    options: Pick<IsapiRequestOptions, 'signal'> & { readonly body?: Uint8Array },
  ): Promise<IsapiStream> {
    const { body } = options
    const signal = this.#signalFor(options)
    const before = this.#target
    let answer = await this.#withTree(path, (asked) => this.#open(asked, signal, body))
    if (REDIRECTS.includes(answer.status)) {
      // A request finds out where the device wants to be spoken to; the stream follows there.
      await this.request('GET', '/ISAPI/System/deviceInfo', undefined, options)
      if (this.#target !== before) answer = await this.#withTree(path, (asked) => this.#open(asked, signal, body))
    }
    if ('body' in answer && answer.status === 200) return streamOf(answer, this.#target.name, signal)
    const refused = answer as WholeAnswer
    throw (
      errorOfAnswer(refused, `${this.#target.name}: ${methodOf(body)} ${path}`) ??
      new PeerError(
        'isapi.refused',
        `${this.#target.name}: ${methodOf(body)} ${path}: the device answers ${refused.status}`,
        {
          status: refused.status,
          retry: 'later',
        },
      )
    )
  }

  /** A PUT without a body; its connection is the caller's. Rejects for any answer but a yes. */
  async hold(path: string, options: Pick<IsapiRequestOptions, 'signal'>): Promise<Socket> {
    const signal = this.#signalFor(options)
    const answer = await this.#withTree(path, (asked) =>
      this.#login.send('PUT', asked, (login) =>
        exchangeKept(this.#exchange('PUT', asked, new Uint8Array(), login, signal, {}, true)),
      ),
    )
    const error = errorOfAnswer(answer, `${this.#target.name}: PUT ${path}`)
    if (!error) return answer.socket
    answer.socket.destroy()
    throw error
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.#login[Symbol.asyncDispose]()
    this.#ending.abort(new LinkError('link.closed', `${this.#target.name}: this client was closed`))
    this.#connections.destroy()
  }

  /** The head of a stream with its body to come, or the whole of a refusal. */
  #open(path: string, signal: AbortSignal, body: Uint8Array | undefined): Promise<OpenAnswer | WholeAnswer> {
    const method = methodOf(body)
    return this.#login.send<OpenAnswer | WholeAnswer>(method, path, async (login) => {
      const open = await openExchange(this.#exchange(method, path, body, login, signal, {}, true))
      return open.status === 200 ? open : this.#refusal(open)
    })
  }

  /** The body of an answer that is no stream, as far as it is of use. */
  async #refusal(open: OpenAnswer): Promise<WholeAnswer> {
    const parts: Buffer[] = []
    let size = 0
    const over = new AbortController()
    this.#clock.sleep(this.#options.answerMs ?? ANSWER_MS, { signal: over.signal }).then(
      () => open.abandon(),
      () => {}, // read in time
    )
    try {
      for await (const part of open.body as AsyncIterable<Buffer>) {
        size += part.length
        if (size > MAX_REFUSAL_BYTES) break
        parts.push(part)
      }
    } catch {
      // The status alone says no.
    }
    over.abort()
    open.abandon()
    return { status: open.status, headers: open.headers, contentType: open.contentType, bytes: Buffer.concat(parts) }
  }

  /**
   * Tolerates: firmware up to V5.1, which has the same tree without `/ISAPI`: a 404 to the first path is asked again so.
   */
  async #withTree<T extends { status: number; bytes?: Uint8Array }>(path: string, send: Send<T>): Promise<T> {
    const bare = path.replace(/^\/ISAPI(?=\/)/i, '')
    if (this.#hasPrefix === false) return send(bare)
    const answer = await send(path)
    if (answer.status < 300) this.#hasPrefix = bare === path ? this.#hasPrefix : true
    const isMissing = answer.status === 404 && !readResponseStatus(answer.bytes ?? new Uint8Array())
    if (this.#hasPrefix !== undefined || bare === path || !isMissing) return answer
    const second = await send(bare)
    if (second.status >= 300) return answer
    this.#hasPrefix = false
    return second
  }

  /** Sends with login, and follows one redirect that stays on the device: from HTTP to HTTPS, or to another path. */
  async #follow(
    method: string,
    path: string,
    body: Uint8Array | IsapiUpload | undefined,
    signal: AbortSignal,
    options: IsapiRequestOptions,
    isAlone: boolean,
    seen?: SeenRefusals,
  ): Promise<WholeAnswer> {
    const send = (to: string): Promise<WholeAnswer> =>
      this.#login.send(
        method,
        to,
        (login) => exchangeWhole(this.#exchange(method, to, body, login, signal, options, isAlone)),
        seen,
      )
    const answer = await send(path)
    if (!REDIRECTS.includes(answer.status)) return answer
    const location = answer.headers['location']?.[0]
    const base = `${this.#target.isTls ? 'https' : 'http'}://${this.#target.name}${path}`
    const url = location === undefined ? undefined : (URL.parse(location, base) ?? undefined)
    const next = url && /^https?:$/.test(url.protocol) ? targetOf(url) : undefined
    if (!url || !next || next.host !== this.#target.host || !this.#mayMove(next))
      throw new PeerError(
        'isapi.redirect',
        `${this.#target.name}: the device sends us elsewhere (${String(location).slice(0, 200)})`,
        {
          status: answer.status,
          retry: 'never',
        },
      )
    if (next.port !== this.#target.port) this.#move(next)
    const second = await send(`${url.pathname}${url.search}`)
    if (!REDIRECTS.includes(second.status)) return second
    throw new PeerError('isapi.redirect', `${this.#target.name}: the device redirects more than once`, {
      status: second.status,
      retry: 'never',
    })
  }

  /** The same port, or from HTTP to HTTPS; never back. */
  #mayMove(next: IsapiTarget): boolean {
    if (next.port === this.#target.port) return next.isTls === this.#target.isTls
    return next.isTls && !this.#target.isTls
  }

  #move(next: IsapiTarget): void {
    const old = this.#connections
    void this.#login[Symbol.asyncDispose]() // never logged in: it sent us elsewhere
    this.#target = next
    this.#connections = this.#connect()
    this.#login = this.#makeLogin()
    old.destroy()
  }

  #connect(): Connections {
    return new Connections({
      target: this.#target,
      tls: this.#tls,
      clock: this.#clock,
      signal: this.#ending.signal,
      connectMs: this.#options.connectMs,
      reach: this.#options.reach,
    })
  }

  #makeLogin(): DeviceLogin {
    const { host, port, name, isTls } = this.#target
    const options = { maxBytes: MAX_REFUSAL_BYTES }
    return new DeviceLogin({
      kind: this.#options.login ?? 'auto',
      credentials: this.#options.credentials,
      guard: loginGuardOf(this.#clock),
      device: guardedDevice(host, port),
      name,
      allowBasic: this.#options.allowBasic ?? isTls,
      clock: this.#clock,
      monotonic: () => this.#clock.monotonic(),
      ask: (method, path, body, headers) =>
        // A session is given back by who was told to stop, too.
        exchangeWhole(
          this.#exchange(method, path, body, headers, this.#signalFor({}, this.#isClosing), options, false),
        ),
    })
  }

  /** Trust on first use: from now on, this certificate and no other. */
  #pin(fingerprint: string): void {
    this.#certificate = fingerprint
    this.#tls = { pin: fingerprint }
    this.#connections.trust(this.#tls)
  }

  #signalFor({ signal }: Pick<IsapiRequestOptions, 'signal'>, isLast = false): AbortSignal {
    const all = [this.#ending.signal, isLast ? undefined : this.#options.signal, signal]
    return AbortSignal.any(all.filter((one) => one !== undefined))
  }

  #exchange(
    method: string,
    path: string,
    body: Uint8Array | IsapiUpload | undefined,
    login: LoginHeaders,
    signal: AbortSignal,
    options: IsapiRequestOptions,
    isAlone: boolean,
  ): Exchange {
    const { answerMs = ANSWER_MS, bodyMs = BODY_MS, userAgent = 'OpenHMP' } = this.#options
    const size = body === undefined ? 0 : 'open' in body ? body.sizeBytes : body.length
    return {
      target: this.#target,
      connections: this.#connections,
      method,
      path,
      headers: {
        Host: this.#target.name,
        'User-Agent': userAgent,
        Accept: '*/*',
        ...(body && size > 0 ? { 'Content-Type': options.contentType ?? 'application/xml; charset="UTF-8"' } : {}),
        ...(body ? { 'Content-Length': String(size) } : {}),
        ...login,
      },
      ...(body ? { body } : {}),
      clock: this.#clock,
      signal,
      answerMs,
      bodyMs,
      maxBytes: options.maxBytes ?? MAX_ANSWER_BYTES,
      isAlone,
    }
  }
}

/** A body without end as it comes. */
const streamOf = (open: OpenAnswer, name: string, signal: AbortSignal): IsapiStream => {
  const abort = () => open.abandon()
  signal.addEventListener('abort', abort, { once: true })
  const close = () => {
    signal.removeEventListener('abort', abort)
    open.abandon()
  }
  if (signal.aborted) abort()
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of open.body as AsyncIterable<Buffer>) yield chunk
      signal.throwIfAborted()
    } catch (error) {
      signal.throwIfAborted()
      throw brokenOff(error as NodeJS.ErrnoException, name)
    } finally {
      close()
    }
  }
  return {
    status: open.status,
    contentType: open.contentType,
    chunks: chunks(),
    [Symbol.asyncDispose]: async () => close(),
  }
}

/** Of a stream: one that is asked for with a document is a POST. */
const methodOf = (body: Uint8Array | undefined): 'GET' | 'POST' => (body === undefined ? 'GET' : 'POST')
