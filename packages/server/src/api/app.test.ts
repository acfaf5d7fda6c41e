// SPDX-License-Identifier: Apache-2.0
/** The API without a socket: every route of the contract is mounted, asks for a session, and answers in plain words. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@openhmp/client'
import { API_ROOT, ApiError, FollowLive, GetSystem, type Route, routes } from '@openhmp/contract'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Access } from '../access/access.ts'
import { Accounts } from '../access/accounts.ts'
import { Passwords } from '../access/password.ts'
import { Proofs } from '../access/proofs.ts'
import { Sessions } from '../access/sessions.ts'
import { SetupCode } from '../access/setup-code.ts'
import { openSignOn } from '../access/sign-on.ts'
import { Tokens } from '../access/tokens.ts'
import { TryLimit } from '../access/try-limit.ts'
import { Alarms } from '../alarm/alarms.ts'
import { Severities } from '../alarm/severities.ts'
import { Audit } from '../audit/audit.ts'
import { Demo } from '../demo/demo.ts'
import { Desired } from '../desired/desired.ts'
import { Search } from '../discovery/search.ts'
import { Pictures } from '../event/pictures.ts'
import { Library } from '../firmware/library.ts'
import { Fleet } from '../fleet/fleet.ts'
import { Presence } from '../fleet/presence.ts'
import { HealthWatch } from '../health/health-watch.ts'
import { Jobs } from '../job/jobs.ts'
import { DeviceAuthority } from '../link/device-authority.ts'
import { Issued } from '../link/issued.ts'
import { JoinTokens } from '../link/join-tokens.ts'
import { Links } from '../link/links.ts'
import { Orders } from '../order/orders.ts'
import { Plans } from '../plan/plans.ts'
import { ArmedSites } from '../rule/arming.ts'
import { Rules } from '../rule/rules.ts'
import { Subscriptions } from '../rule/subscriptions.ts'
import { Targets } from '../rule/targets.ts'
import { Keys } from '../secret/keys.ts'
import { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import { Store } from '../store/store.ts'
import { accountRoutes } from './account-routes.ts'
import { agentRoutes } from './agent-routes.ts'
import { alarmRoutes } from './alarm-routes.ts'
import { createApp, MAX_BODY_BYTES, MAX_FOLLOWER_BYTES } from './app.ts'
import { armingRoutes } from './arming-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { demoRoutes } from './demo-routes.ts'
import { deviceManyRoutes } from './device-many-routes.ts'
import { deviceRoutes } from './device-routes.ts'
import { deviceSettingsRoutes } from './device-settings-routes.ts'
import { discoveryRoutes } from './discovery-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { Feed } from './feed.ts'
import { firmwareRoutes } from './firmware-routes.ts'
import type { Handled } from './handle.ts'
import { serveHealth } from './health.ts'
import { jobRoutes } from './job-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { linkRoutes } from './link-routes.ts'
import { ownAccountRoutes } from './own-account-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { planRoutes } from './plan-routes.ts'
import { pushRoutes } from './push-routes.ts'
import { ruleRoutes } from './rule-routes.ts'
import { secondFactorRoutes } from './second-factor-routes.ts'
import { signOnRoutes } from './sign-on-routes.ts'
import { systemRoutes } from './system-routes.ts'
import { targetRoutes } from './target-routes.ts'

const stack = new AsyncDisposableStack()
const nothing = () => {}
const placeOf = () => ({ site: null, tags: [] })
const system = { product: 'OpenHMP', version: '0', canDemo: false, caFingerprint: 'AA' } as const
let app: FastifyInstance
let handlers: Handled[]
let cookie: string
let feed: Feed
let audit: Audit

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hmp-api-'))
  stack.defer(() => rmSync(dataDir, { recursive: true }))
  const clock = systemClock
  const now = () => clock.now()
  const store = stack.use(await Store.open({ dataDir, now, onCrash: nothing }))
  const accounts = await Accounts.open(store, now)
  const sessions = await Sessions.open(store, now, accounts)
  const apiTokens = await Tokens.open(store, now, accounts)
  audit = await Audit.open(store, now)
  feed = stack.use(new Feed(sessions, clock, placeOf))
  const code = new SetupCode({ now, print: nothing })
  const limit = new TryLimit(() => clock.monotonic())
  const passwords = new Passwords({ memoryKib: 64, passes: 1 })
  const monotonic = () => clock.monotonic()
  const sealer = new Sealer(new Uint8Array(32))
  const inFile = { keys: [new Uint8Array(32)], retired: [] }
  const keys = new Keys({ store, sealer, file: join(dataDir, 'key'), inFile })
  const { proofs, factors, passkeys } = Proofs.open({ store, sealer, passwords, limit, now, monotonic })
  const accessParts = { store, accounts, passwords, sessions, limit, proofs, passkeys, code, audit, now, monotonic }
  const signOn = await openSignOn({ ...{ store, sealer, accounts, sessions, clock }, reach: { allowLoopback: false } })
  const access = await Access.open(accessParts, new Secret('correct horse battery'))
  const fleet = stack.use(
    await Fleet.open({
      store,
      sealer: new Sealer(new Uint8Array(32)),
      clock,
      allowLoopback: false,
      caFingerprint: 'ca',
      makeGear: () => ({
        learned: {},
        [Symbol.asyncDispose]: async () => {},
        run: async () => {},
        inform: () => Promise.reject(new Error('not asked in this test')),
        nudge: nothing,
        openSource: () => ({ stop: async () => {} }),
        picture: async () => Uint8Array.of(0xff, 0xd8, 0xff),
        uptime: async () => undefined,
      }),
      publish: (message) => feed.publish(message),
      onEvent: async () => {},
      onEventsLost: async () => {},
      onHearing: async () => {},
      onGone: async () => {},
      onError: nothing,
    }),
  )
  const orders = new Orders({
    store,
    audit,
    clock,
    publish: nothing,
    target: (id) => fleet.orderTarget(id),
    onError: nothing,
  })
  const demo = new Demo({
    site: undefined,
    joinUrl: () => '',
    add: () => Promise.reject(new Error('no demo here')),
    remove: async () => {},
    demoDevices: () => [],
    publish: nothing,
    onError: nothing,
  })
  const jobs = new Jobs({
    ...{ store, audit, clock, onError: nothing, publish: nothing },
    ...{ target: () => undefined, isGroupThere: () => true },
  })
  const library = await Library.open({ store, clock, dataDir })
  const desired = new Desired({ store, fleet, jobs, clock, onChanged: nothing })
  const health = await HealthWatch.open({
    ...{ store, fleet, clock, random: () => 0, onError: nothing },
    issuesOf: async () => [],
  })
  const subscriptions = new Subscriptions({ store, sealer: new Sealer(new Uint8Array(32)), now })
  const arming = await ArmedSites.open(store, clock)
  const severities = await Severities.open(store)
  const alarms = stack.use(new Alarms({ store, clock, severities, publish: nothing, onError: nothing }))
  const targets = stack.use(
    await Targets.open({
      ...{ store, clock, sealer: new Sealer(new Uint8Array(32)), subscriptions, instance: 'test', onError: nothing },
      ...{ allowLoopback: false, pictureOf: async () => undefined, describe: () => undefined },
    }),
  )
  const rules = stack.use(
    await Rules.open({
      ...{ store, clock, targets, arming, onError: nothing },
      ...{ placeOf: () => ({ site: null, tags: [] }), doorOf: (device) => fleet.door(device) },
    }),
  )
  const pictures = await Pictures.open({ store, clock, snapshot: async () => new Uint8Array(0) })
  const search = stack.use(new Search({ clock, allowLoopback: false, known: () => fleet.all(), onError: nothing }))
  const tokens = new JoinTokens(store, now)
  const links = new Links({
    ...{ fleet, tokens, audit, now, presence: new Presence() },
    authority: await DeviceAuthority.load(store, new Sealer(new Uint8Array(32)), now()),
    issued: await Issued.open(store, now),
  })
  handlers = [
    ...systemRoutes({ access, sessions, audit, system }),
    ...signOnRoutes({ signOn, accounts, access, sessions, limit, audit }),
    ...deviceRoutes({ fleet, orders, audit, viewings: { picture: async () => {} }, health }),
    ...agentRoutes({ fleet, presence: new Presence() }),
    ...deviceManyRoutes({ fleet, jobs, audit }),
    ...deviceSettingsRoutes({ fleet, audit, onChanged: nothing }),
    ...discoveryRoutes({ search, fleet, audit, clock, allowLoopback: false, onError: nothing }),
    ...auditRoutes({ audit }),
    ...eventRoutes({ store, pictures, feed, fleet, audit }),
    ...ruleRoutes({ rules, store, audit }),
    ...targetRoutes({ targets, rules, subscriptions, audit }),
    ...armingRoutes({ arming, fleet, audit }),
    ...alarmRoutes({ alarms, severities, audit, deviceIds: () => [] }),
    ...ownAccountRoutes({ access, sessions, tokens: apiTokens, audit }),
    ...keyRoutes({ keys, checkpoints: { sign: async () => {}, signedUntil: 0, useKey: nothing }, audit }),
    ...secondFactorRoutes({ access, sessions, proofs, factors, passkeys, audit }),
    ...peopleRoutes({ accounts, access, sessions, proofs, factors, passkeys, audit }),
    ...pushRoutes({ fleet, push: { pathOf: () => '/push', port: 0 }, audit, port: () => 0 }),
    ...demoRoutes({ demo, audit }),
    ...planRoutes({ plans: await Plans.open({ store, dataDir }), audit }),
    ...firmwareRoutes({ library, fleet, jobs, audit }),
    ...accountRoutes({ fleet, jobs, sealer: new Sealer(new Uint8Array(32)) }),
    ...linkRoutes({
      ...{ links, tokens, fleet, audit, caFingerprint: 'ca' },
      ownAddress: () => 'localhost:8443',
      monotonic: () => clock.monotonic(),
    }),
    ...jobRoutes({ jobs, desired, audit }),
  ]
  const log = pino({ level: 'silent' })
  app = await createApp({
    handlers,
    sessions,
    tokens: apiTokens,
    audit,
    refusals: { note: nothing },
    placeOf,
    instance: 'test',
    version: '0',
    allowedOrigins: ['http://localhost:5173'],
    log,
  })
  serveHealth(app, {
    check: () => store.check(),
    figures: [{ name: 'x', help: 'y', read: () => 42 }],
    isKnown: () => false,
  })
  await app.ready()
  stack.defer(() => app.close())
  const answer = await app.inject({
    method: 'POST',
    url: `${API_ROOT}/session`,
    payload: { name: 'admin', password: 'correct horse battery' },
  })
  cookie = String(answer.headers['set-cookie']).split(';')[0]!
})
afterAll(() => stack.disposeAsync())

const UUID = '6f6f6f6f-1111-4222-8333-444444444444'
const pathOf = (route: Route) => API_ROOT + route.path.replace(':id', UUID).replace(':channel', '1')
const all = routes.map((route) => [`${route.method} ${route.path}`, route] as const)

describe('every route of the contract', () => {
  it('is mounted once', () => {
    expect(new Set(handlers.map(({ route }) => route))).toEqual(new Set(routes))
    expect(handlers).toHaveLength(routes.length)
  })

  it.each(all)('%s has a permission and a summary', (_, route) => {
    expect(route.needs).toBeTruthy()
    expect(route.summary.length).toBeGreaterThan(5)
  })

  it.each(all)('%s answers a stranger with 401, whatever the input', async (_, route) => {
    const answer = await app.inject({
      method: route.method,
      url: pathOf(route),
      ...(route.body ? { payload: { nonsense: 1 } } : {}),
    })
    if (route.needs === 'public') expect(answer.statusCode).not.toBe(401)
    else {
      expect(answer.statusCode).toBe(401)
      expect(ApiError.parse(answer.json()).code).toBe('session.missing')
    }
  })

  it.each(all.filter(([, { method }]) => method !== 'GET'))(
    '%s refuses what another site makes a browser send',
    async (_, route) => {
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
      ]) {
        const answer = await app.inject({ method: route.method, url: pathOf(route), headers: { cookie, ...headers } })
        expect([answer.statusCode, answer.json().code]).toEqual([403, 'origin.foreign'])
      }
    },
  )

  it('stands in the OpenAPI document', async () => {
    const document = (await app.inject(`${API_ROOT}/openapi.json`)).json()
    expect(document.openapi).toBe('3.1.0')
    for (const { method, path } of routes) {
      const operation = document.paths[API_ROOT + path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
      expect(operation, `${method} ${path}`).toMatchObject({ summary: expect.any(String) })
    }
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Device', 'Event', 'ApiError']))
  })
})

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) =>
  app.inject({
    method,
    url: API_ROOT + path,
    headers: { cookie, host: 'cms.example', origin: 'https://cms.example' },
    ...(payload ? { payload } : {}),
  })

describe('the API', () => {
  it('says where the input is wrong', async () => {
    const answer = await call('POST', '/devices', { kind: 'isapi', password: 'x' })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'input.invalid', at: 'body.address', retry: 'never' })
    expect((await call('GET', '/devices/nonsense')).json()).toMatchObject({ code: 'input.invalid', at: 'params.id' })
    expect((await call('GET', '/events?limit=9999')).json()).toMatchObject({ at: 'query.limit' })
  })

  it('refuses bodies that are too long, no JSON, or of another type', async () => {
    const send = (payload: string, type: string) =>
      app.inject({ method: 'POST', url: `${API_ROOT}/session`, payload, headers: { 'content-type': type } })
    expect((await send('{', 'application/json')).json().code).toBe('body.json')
    expect((await send('a=b', 'application/x-www-form-urlencoded')).json().code).toBe('body.type')
    expect((await send('{}', 'text/plain')).json().code).toBe('body.type')
    expect((await send(`"${'x'.repeat(MAX_BODY_BYTES)}"`, 'application/json')).json().code).toBe('body.long')
  })

  it('gives a device a token once and never its key again; refuses this machine as a device', async () => {
    const added = await call('POST', '/devices', { kind: 'hmp', name: 'Gate', identity: 'gate-1' })
    expect(added.statusCode).toBe(200)
    const { device, token } = added.json()
    expect(token).toMatch(/^hmp1:gate-1:[\w-]{43}:ca$/)
    expect((await call('GET', `/devices/${device.id}`)).body).not.toContain(token.split(':')[2])
    expect((await call('POST', '/devices', { kind: 'hmp', identity: 'gate-1' })).json().code).toBe('device.exists')
    const local = await call('POST', '/devices', { kind: 'isapi', address: '127.0.0.1', password: 'x' })
    expect([local.statusCode, local.json().code]).toEqual([400, 'address.forbidden'])
    const renamed = await call('PATCH', `/devices/${device.id}`, { name: 'Yard' })
    expect(renamed.json()).toMatchObject({ name: 'Yard' })
    expect((await call('POST', `/devices/${device.id}/reboot`)).json().code).toBe('order.unsupported')
    expect((await call('DELETE', `/devices/${device.id}`)).statusCode).toBe(204)
    expect((await call('GET', `/devices/${device.id}`)).json().code).toBe('device.unknown')
    const { rows } = (await call('GET', '/audit')).json()
    expect(rows.map((row: { action: string; outcome: string }) => `${row.action} ${row.outcome}`)).toEqual(
      expect.arrayContaining(['device.add done', 'device.add refused', 'device.change done', 'device.remove done']),
    )
    expect(JSON.stringify(rows)).not.toContain(token.split(':')[2])
  })

  it('sets a cookie that only this host gets over TLS, and forgets it on sign-out', async () => {
    const { headers } = await call('POST', '/session', { name: 'admin', password: 'correct horse battery' })
    expect(String(headers['set-cookie'])).toMatch(
      /^__Host-hmp-test=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    cookie = String(headers['set-cookie']).split(';')[0]!
    expect((await call('GET', '/session')).json()).toMatchObject({ name: 'admin' })
    const old = cookie
    expect((await call('DELETE', '/session')).statusCode).toBe(204)
    expect((await call('GET', '/session')).statusCode).toBe(401)
    const again = await call('POST', '/session', { name: 'admin', password: 'correct horse battery' })
    cookie = String(again.headers['set-cookie']).split(';')[0]!
    expect(cookie).not.toBe(old)
  })

  it('tells browsers what it never does', async () => {
    const { headers } = await app.inject(API_ROOT + GetSystem.path)
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  })

  it('lets the hot-reload server of development in, where it is allowed', async () => {
    const headers = { origin: 'http://localhost:5173', cookie }
    const answer = await app.inject({ method: 'POST', url: `${API_ROOT}/demo`, payload: {}, headers })
    expect(answer.json().code).toBe('demo.none')
  })

  it('shows its health, and its figures to this machine', async () => {
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' })
    expect((await app.inject('/metrics')).body).toContain('openhmp_x 42')
    expect((await app.inject({ url: '/metrics', remoteAddress: '192.0.2.1' })).statusCode).toBe(401)
  })
})

describe('a page that follows', () => {
  it('and does not read is let go when too much waits for it', async () => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(`GET ${API_ROOT}${FollowLive.path} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`)
    await once(socket, 'readable') // and is never read
    expect(feed.followerCount).toBe(1)
    const text = 'x'.repeat(64 * 1024)
    let bytes = 0
    // What the system keeps for the two sockets comes on top.
    while (feed.followerCount > 0 && bytes < 100 * MAX_FOLLOWER_BYTES) {
      feed.publish({ what: 'device-removed', id: text as never })
      bytes += text.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(feed.followerCount).toBe(0)
    expect(bytes).toBeGreaterThan(MAX_FOLLOWER_BYTES)
    socket.destroy()
  })
})

describe('a body of bytes', () => {
  const url = `${API_ROOT}/firmware?name=Summer&version=V2.0.0&models=A,B`
  const send = (type: string, to = url) =>
    app.inject({ method: 'POST', url: to, headers: { cookie, 'content-type': type }, payload: Buffer.from('image') })

  it('is taken where the route takes bytes, and nowhere else', async () => {
    const added = await send('application/octet-stream')
    expect(added.statusCode).toBe(200)
    expect(added.json()).toMatchObject({ name: 'Summer', models: ['A', 'B'], sizeBytes: 5, by: 'admin' })
    const listed = await app.inject({ method: 'GET', url: `${API_ROOT}/firmware`, headers: { cookie } })
    expect(listed.json()).toMatchObject({ firmware: [{ version: 'V2.0.0' }] })
    expect((await send('application/json')).statusCode).toBe(415)
    expect((await send('application/octet-stream', `${API_ROOT}/desired/plan`)).statusCode).toBe(415)
  })

  it('is looked at by nobody before the sign-in', async () => {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/octet-stream' },
      payload: 'x',
    })
    expect(answer.statusCode).toBe(401)
  })
})
