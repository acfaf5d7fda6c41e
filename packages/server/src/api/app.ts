// SPDX-License-Identifier: Apache-2.0
/**
 * The web framework under the contract: mounts every route with its session, permission, schemas and errors. Knows no
 * handler by name, and is the only file that knows Fastify, its settings apart.
 */
import { Readable } from 'node:stream'
import fastifyCookie from '@fastify/cookie'
import fastifySwagger from '@fastify/swagger'
import { API_ROOT, ApiError, Enrol, FinishSignIn, type Route, SignIn, SignInByPasskey } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import { type Session, type Sessions, signInFirst } from '../access/sessions.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Audit } from '../audit/audit.ts'
import { watchRows } from '../audit/on-record.ts'
import type { Refusals } from '../audit/refusals.ts'
import type { RateLimit } from '../front/rate-limit.ts'
import { compressLarge } from './compress.ts'
import { failureOf } from './failure.ts'
import { admit, gateOf, isForRights, type PlaceOf } from './gate.ts'
import { type Bytes, type Call, type FileAnswer, type Following, type Handled, JsonText, Onward } from './handle.ts'
import { checkOrigin } from './origin.ts'
import { cookieName, markName, setSecurityHeaders } from './security.ts'
import { unrecorded } from './unrecorded.ts'

/** Longest request body: the ids of ten thousand devices, or a file of the desired state in Chinese. */
export const MAX_BODY_BYTES = 1024 * 1024
/** What a follower may have waiting in memory; one that is further behind is cut off, and comes back. */
export const MAX_FOLLOWER_BYTES = 1024 * 1024

/** What the app is made with. */
export interface AppOptions {
  readonly handlers: readonly Handled[]
  readonly sessions: Sessions
  readonly tokens: Pick<Tokens, 'find'>
  /** Takes what a handler that changed something has not put on record itself. */
  readonly audit: Pick<Audit, 'record'>
  /** Told of everybody who was kept from something. */
  readonly refusals: Pick<Refusals, 'note'>
  /** Rights ask for it. */
  readonly placeOf: PlaceOf
  /** Names the cookie, so that several servers on one host do not sign each other out. */
  readonly instance: string
  readonly version: string
  /** Origins beside our own that may change things: the hot-reload server of development. */
  readonly allowedOrigins: readonly string[]
  /** How often what is public may be called. */
  readonly rate?: Pick<RateLimit, 'take' | 'giveBack'>
  /** Whether the owner's certificate is for this host name: browsers are told to come by TLS alone there. */
  isOwnName?(host: string): boolean
  readonly log: FastifyBaseLogger
}

/** A year; only where a browser knows the authority, for nobody could pass by a warning any more (RFC 6797 §8.4). */
const HSTS = 'max-age=31536000'

/** The session of each request, found before anything else. */
const sessionOf = new WeakMap<FastifyRequest, Session>()

/** Makes the app; nothing listens yet. */
export const createApp = async (options: AppOptions): Promise<FastifyInstance> => {
  const { handlers, sessions, tokens, instance, log } = options
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.removeContentTypeParser('text/plain')
  await app.register(fastifyCookie)
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenHMP',
        version: options.version,
        description: 'The REST API of the OpenHMP central management system',
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: cookieName(instance) } },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  app.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(reply)
    if (options.isOwnName?.(request.hostname)) reply.header('strict-transport-security', HSTS)
    checkOrigin(request.raw, options.allowedOrigins)
    const session =
      tokens.find(request.headers.authorization) ??
      sessions.find(request.cookies[cookieName(instance)], sourceOf(request))
    if (session) sessionOf.set(request, session)
  })
  app.addHook('onSend', compressLarge)
  app.setErrorHandler((error, request, reply) => {
    const { status, body, isOurs } = failureOf(error)
    noteRefusal(error, request, options)
    if (isOurs) log.error({ err: error, path: request.routeOptions.url, answer: body.text }, 'a request failed')
    return reply.code(status).type('application/json').serializer(JSON.stringify).send(body)
  })
  for (const handled of handlers) if (handled.route.takes === undefined) mount(app, handled, options)
  // Only these take bytes, and none of them into memory.
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/octet-stream', (_request, payload, taken) => taken(null, payload))
    for (const handled of handlers) if (handled.route.takes !== undefined) mount(scope, handled, options)
    done()
  })
  app.get(`${API_ROOT}/openapi.json`, { schema: { hide: true } }, async () => app.swagger())
  return app
}

const mount = (
  app: FastifyInstance,
  { route, run }: Handled,
  options: Pick<AppOptions, 'instance' | 'placeOf' | 'sessions' | 'audit' | 'rate'>,
): void => {
  const { params, query: querystring, body, answer } = route
  app.route({
    method: route.method,
    url: API_ROOT + route.path,
    config: { isPublic: route.needs === 'public' },
    schema: {
      summary: route.summary,
      tags: [route.tag],
      operationId: `${route.method.toLowerCase()}${route.path.replace(/[/:]+(\w)/g, (_, c: string) => c.toUpperCase())}`,
      ...(route.needs === 'public' ? {} : { security: [{ session: [] }] }),
      ...(route.produces === undefined ? {} : { produces: [route.produces] }),
      ...(params ? { params } : {}),
      ...(querystring ? { querystring } : {}),
      ...(body ? { body } : {}),
      response: { ...(answer ? { 200: answer } : {}), '4xx': ApiError, '5xx': ApiError },
    },
    onRequest: async (request, reply) => {
      const waitS = route.needs === 'public' && !sessionOf.has(request) ? (options.rate?.take(request.ip) ?? 0) : 0
      if (waitS > 0) {
        reply.header('retry-after', waitS)
        throw new Refusal('exhausted', 'rate.wait', `too many calls from your network: come again in ${waitS} s`)
      }
      admit(route, sessionOf.get(request), options.sessions)
    },
    handler: async (request, reply) => {
      const call = callOf(route, request, reply, options)
      const result = await recorded(route, call, () => run(call), options.audit)
      if (provers.has(route)) options.rate?.giveBack(request.ip)
      if (result instanceof Onward) return reply.redirect(result.to, 303)
      if (result instanceof JsonText) return reply.type('application/json').serializer(asItIs).send(result)
      return answer ? reply.send(result) : sendRest(route, result as Parameters<typeof sendRest>[1], reply)
    },
  })
}

/**
 * Who has shown a password, a passkey or a token of an administrator is nobody to be kept off: a site may join with all its
 * devices at once, and everybody behind one router may come in the morning.
 */
const provers: ReadonlySet<Route> = new Set([Enrol, SignIn, FinishSignIn, SignInByPasskey])

/** What changes something is on record, whatever its handler does about it. */
const recorded = async (
  route: Route,
  call: Call,
  run: () => Promise<unknown>,
  audit: Pick<Audit, 'record'>,
): Promise<unknown> => {
  const name = `${route.method} ${route.path}`
  if (route.method === 'GET' || unrecorded.has(name)) return run()
  const { result, isOnRecord } = await watchRows(run)
  if (isOnRecord) return result
  const { id = null } = (call.params ?? {}) as { id?: string }
  const deed = { who: call.session?.user.name ?? '', source: call.source, action: 'api.call', object: id }
  await audit.record({ ...deed, outcome: 'done', detail: { route: name } })
  return result
}

/** Who calls without any session has only not signed in yet, and what is public has its own record. */
const noteRefusal = (error: unknown, request: FastifyRequest, options: AppOptions): void => {
  if (!isForRights(error)) return
  const { url = '', config } = request.routeOptions
  const user = sessionOf.get(request)?.user
  const isShown =
    request.headers.authorization !== undefined || request.cookies?.[cookieName(options.instance)] !== undefined
  const isForeign = error.code === 'origin.foreign'
  if (!isForeign && ((config as { isPublic?: boolean }).isPublic || (!user && !isShown))) return
  options.refusals.note({
    ...{ who: user?.name ?? '', source: sourceOf(request), code: error.code },
    route: `${request.method} ${url.replace(API_ROOT, '')}`,
    object: ((request.params ?? {}) as { id?: string }).id ?? null,
  })
}

/** To this host alone, over TLS alone, to no script, and not with what another site sends but a link. */
const cookieRules = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const

const asItIs = ({ text }: JsonText): string => text

/** An IPv4 caller of a socket that speaks both is shown as people know it. */
const sourceOf = ({ ip }: FastifyRequest): string => ip.replace(/^::ffff:(?=\d+\.)/i, '')

const callOf = (
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  { instance, placeOf }: Pick<AppOptions, 'instance' | 'placeOf'>,
): Call => {
  const session = sessionOf.get(request)
  const setCookie: Call['setCookie'] = (token, maxAge) => {
    const kept = maxAge === undefined ? {} : { maxAge }
    if (token === undefined) reply.clearCookie(cookieName(instance), cookieRules)
    else reply.setCookie(cookieName(instance), token, { ...cookieRules, ...kept })
  }
  return {
    params: request.params,
    query: request.query,
    body: route.takes === undefined ? request.body : undefined,
    ...(route.takes === undefined ? {} : { content: request.body as AsyncIterable<Uint8Array> }),
    session,
    source: sourceOf(request),
    user: () => {
      if (!session) throw signInFirst()
      return session.user
    },
    ...gateOf(route, session?.user, placeOf),
    setCookie,
    keepCookie: (maxAge) => setCookie(request.cookies[cookieName(instance)], maxAge),
    mark: () => request.cookies[markName(instance)],
    setMark: (value, maxAge) => {
      if (value === undefined) reply.clearCookie(markName(instance), cookieRules)
      else reply.setCookie(markName(instance), value, { ...cookieRules, maxAge })
    },
  }
}

const sendRest = (
  route: Route,
  result: Bytes | Following | FileAnswer | undefined,
  reply: FastifyReply,
): FastifyReply => {
  if (result === undefined) return reply.code(204).send()
  if ('lines' in result) {
    reply.header('content-disposition', `attachment; filename="${result.name}"`)
    return reply.type(result.type).send(Readable.from(result.lines))
  }
  const type = ('type' in result ? result.type : undefined) ?? route.produces ?? 'application/octet-stream'
  if ('follow' in result) return follow(result, type, reply)
  if (result.isForever) reply.header('cache-control', 'private, max-age=31536000, immutable')
  return reply.type(type).send(Buffer.from(result.bytes.buffer, result.bytes.byteOffset, result.bytes.byteLength))
}

const follow = (following: Following, type: string, reply: FastifyReply): FastifyReply => {
  reply.hijack()
  const { raw } = reply
  const headers = {
    ...reply.getHeaders(),
    'content-type': type,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  }
  raw.writeHead(200, headers as Record<string, string>)
  raw.flushHeaders()
  let isOver = false
  const stop = following.follow({
    write: (text) => {
      if (isOver) return false
      raw.write(text)
      if (raw.writableLength <= MAX_FOLLOWER_BYTES) return true
      raw.destroy()
      return false
    },
    end: () => {
      isOver = true
      raw.end()
    },
  })
  raw.on('error', () => {}) // told by its close
  raw.once('close', () => {
    isOver = true
    stop()
  })
  return reply
}
