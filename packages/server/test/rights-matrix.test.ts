// SPDX-License-Identifier: Apache-2.0
/**
 * Every route of the contract against every role, in every scope, on what is theirs, on what is another site's, on what is
 * gone, and signed out. What roles may, whose a route's objects are, and which permission a route needs (`route-permissions.ts`)
 * stands here, not in the code that is tested. What changes something is tried where it must be refused.
 */
import { Agent, request } from 'node:https'
import { API_ROOT, Permission, type Route, routes, type Scope } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../tools/testing/virtual-clock.ts'
import { Alarms } from '../src/alarm/alarms.ts'
import { Severities } from '../src/alarm/severities.ts'
import { Events } from '../src/event/events.ts'
import { Pictures } from '../src/event/pictures.ts'
import { Store } from '../src/store/store.ts'
import { type AddedDevice, type House, makePlace, openHouse } from './harness.ts'
import { routePermissions } from './route-permissions.ts'

const GONE = '6f6f6f6f-1111-4222-8333-444444444444'
const PASSWORD = 'seven unrelated words here'
/** Alike on both devices: what a scoped list must not show is known by it. */
const NAMES = { own: 'Gate of ours', other: 'Gate of theirs' }

const watching: Permission[] = ['live.view', 'live.listen', 'event.view', 'device.view']
/** As they are documented. */
const roles: Readonly<Record<string, readonly Permission[]>> = {
  administrator: Permission.options,
  operator: [...watching, 'event.export', 'alarm.handle', 'site.arm', 'device.reboot'],
  viewer: watching,
  technician: [...watching, 'device.configure', 'device.reboot', 'device.firmware', 'device.account'],
  auditor: ['audit.view', 'device.view', 'event.view', 'event.export'],
}

/** Lists that show what one may see of them, to whoever may see anything. */
const filtered = new Set([
  ...['GET /devices', 'GET /orders', 'GET /events', 'GET /events/summary', 'GET /events/export', 'GET /gaps'],
  ...['GET /alarms', 'GET /alarms/counts', 'GET /plans'],
])
/** Of one object, that is not a device; where its id stands. */
const objects: Readonly<Record<string, 'event' | 'alarm' | 'alarms' | 'plan'>> = {
  'GET /events/:id/picture': 'event',
  'GET /alarms/:id': 'alarm',
  'POST /alarms/:id/comments': 'alarm',
  'POST /alarms/acknowledge': 'alarms',
  'POST /alarms/assign': 'alarms',
  'POST /alarms/close': 'alarms',
  'GET /plans/:id/picture': 'plan',
}
/** What a route wants before it asks for the object. */
const bodies: Readonly<Record<string, object>> = {
  'PATCH /devices/:id': {},
  'POST /devices/:id/certificate': { fingerprint: 'a'.repeat(64) },
  'PATCH /devices/:id/settings': { changes: [{ section: 'time', channel: null, fields: {} }] },
  'POST /alarms/:id/comments': { text: 'x' },
  'PUT /devices/:id/push': {},
}
const queries: Readonly<Record<string, string>> = {
  'GET /events/summary': '?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z',
  'GET /events/export': '?format=csv',
}

interface Persona {
  readonly name: string
  readonly role: string
  readonly scope: Scope
  cookie: string
}
interface Ids {
  readonly device: string
  readonly event: string
  readonly alarm: string
}
type Target = 'own' | 'other' | 'gone'

const stack = new AsyncDisposableStack()
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
let house: House
let ids: Record<'own' | 'other', Ids>
let personas: Persona[]
let checks = 0

beforeAll(async () => {
  const place = stack.use(makePlace())
  const added: Record<'own' | 'other', string> = { own: '', other: '' }
  {
    await using first = await openHouse(place)
    for (const [which, site, tag] of [
      ['own', 'North', 'gate'],
      ['other', 'South', 'yard'],
    ] as const) {
      const { device } = await first.add({ kind: 'hmp', name: NAMES[which], identity: which } as never)
      added[which] = (device as AddedDevice['device']).id
      await first.call('PATCH', `/devices/${device.id}`, { site, tags: [tag] })
    }
  }
  ids = { own: await happen(place.dataDir, added.own), other: await happen(place.dataDir, added.other) }
  house = stack.use(await openHouse(place))
  const scopes: Scope[] = [
    { kind: 'all' },
    { kind: 'site', site: 'North' },
    { kind: 'tag', tag: 'gate' },
    { kind: 'device', device: added.own as never },
    { kind: 'camera', device: added.own as never, channel: 1 },
  ]
  personas = []
  for (const role of Object.keys(roles))
    for (const scope of scopes) {
      const name = `${role} ${scope.kind}`
      const body = { name, password: PASSWORD, mustChangePassword: false, grants: [{ role, scope, hours: [] }] }
      const { status } = await house.call('POST', '/people', body)
      expect(status).toBe(200)
      const { headers } = await ask('POST', '/session', '', { name, password: PASSWORD })
      personas.push({ name, role, scope, cookie: String(headers['set-cookie']).split(';')[0]! })
    }
}, 60_000)
afterAll(async () => {
  agent.destroy()
  await stack.disposeAsync()
})

/** An event and its alarm at a device. */
const happen = async (dataDir: string, device: string): Promise<Ids> => {
  const onError = (error: unknown) => {
    throw error
  }
  await using store = await Store.open({ dataDir, now: () => Date.now(), onCrash: onError })
  const clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  const severities = await Severities.open(store)
  await using alarms = new Alarms({ store, clock, severities, publish: () => {}, onError })
  await using pictures = await Pictures.open({ store, clock, snapshot: async () => new Uint8Array() })
  const also = { writesFor: (event: never) => alarms.writesFor(event), stored: () => {} }
  await using events = await Events.open({ store, clock, pictures, onError, also: also as never, publish: () => {} })
  const origin = { id: device, name: NAMES[device === ids?.own.device ? 'own' : 'other'], channelName: () => undefined }
  const what = { kind: 'tamper', type: 'shelteralarm', state: 'active', channel: 1, targets: [], pictures: 0 } as const
  await events.take(origin, { ...what, isHeartbeat: false, isRetransmission: false }, [])
  const event = await store.db.selectFrom('event').select('id').where('deviceId', '=', device).executeTakeFirstOrThrow()
  const alarm = await store.db.selectFrom('alarm').select('id').where('deviceId', '=', device).executeTakeFirstOrThrow()
  return { device, event: event.id, alarm: alarm.id }
}

const ask = (method: string, path: string, cookie: string, body?: object) =>
  new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const { server } = house
    const payload = body && JSON.stringify(body)
    const headers = {
      ...{ host: new URL(server.url).host, origin: server.url, cookie },
      ...(payload ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) } : {}),
    }
    const tls = { host: '127.0.0.1', port: server.port, ca: server.caPem, servername: 'localhost', agent }
    const asking = request({ ...tls, method, path: API_ROOT + path, headers }, (answer) => {
      const isFeed = answer.headers['content-type'] === 'text/event-stream'
      const done = (text: string) => resolve({ status: answer.statusCode!, text, headers: answer.headers })
      if (isFeed) {
        asking.destroy()
        done('')
        return
      }
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => done(text))
    })
    asking.on('error', reject)
    asking.end(payload)
  })

const keyOf = ({ method, path }: Route) => `${method} ${path}`
const kindOf = (route: Route): 'device' | 'filtered' | 'event' | 'alarm' | 'alarms' | 'plan' | 'system' => {
  const key = keyOf(route)
  if (filtered.has(key)) return 'filtered'
  return objects[key] ?? (route.path.startsWith('/devices/:id') ? 'device' : 'system')
}
const requestOf = (route: Route, target: Target): { path: string; body: object | undefined } => {
  const key = keyOf(route)
  const kind = kindOf(route)
  const of = (what: keyof Ids) => (target === 'gone' ? GONE : ids[target][what])
  const id = kind === 'device' || kind === 'event' || kind === 'alarm' ? of(kind) : GONE
  const path = route.path.replace(':id', id).replace(':channel', '1').replace(':kind', 'tamper') + (queries[key] ?? '')
  if (kind === 'alarms') return { path, body: { alarms: [of('alarm')], assignee: null } }
  return { path, body: route.body ? (bodies[key] ?? {}) : undefined }
}

const needsOf = (route: Route): Route['needs'] => routePermissions.get(keyOf(route))?.needs ?? 'user.manage'
/** What of a device somebody with its one camera may ask for. */
const ofCamera = new Set(['GET /devices/:id', 'GET /devices/:id/channels/:channel/picture'])

type Expected = 'allowed' | 'forbidden' | 'absent'
const expectedOf = (route: Route, { role, scope }: Persona, target: Target): Expected => {
  const needs = needsOf(route)
  if (needs === 'public' || needs === 'session') return 'allowed'
  if (!roles[role]!.includes(needs)) return 'forbidden'
  const kind = kindOf(route)
  if (kind === 'filtered') return 'allowed'
  if (kind === 'system') return scope.kind === 'all' ? 'allowed' : 'forbidden'
  if (kind === 'plan' || target === 'gone') return 'absent'
  if (scope.kind === 'camera' && target === 'own' && kind === 'device' && !ofCamera.has(keyOf(route)))
    return 'forbidden'
  return scope.kind === 'all' || target === 'own' ? 'allowed' : 'absent'
}

/** What would change or end something for the next check is not done where it is allowed: that it is, others test. */
const isHarmless = (route: Route): boolean => route.method === 'GET'

const check = async (route: Route, persona: Persona, target: Target): Promise<string | undefined> => {
  const expected = expectedOf(route, persona, target)
  if (expected === 'allowed' && !isHarmless(route)) return undefined
  const { path, body } = requestOf(route, target)
  const { status, text } = await ask(route.method, path, persona.cookie, body)
  checks++
  const code = /"code":"([^"]+)"/.exec(text)?.[1] ?? ''
  const found =
    status === 403 && code === 'forbidden'
      ? 'forbidden'
      : status === 404 && /\.unknown$/.test(code)
        ? 'absent'
        : 'allowed'
  // That a job or a plan is not there is said to who may know.
  const isRight = found === expected || (expected === 'allowed' && found === 'absent' && kindOf(route) === 'system')
  if (isRight && status !== 500) return undefined
  return `${persona.name}, ${target}: ${keyOf(route)} is ${found} (${status} ${code}), not ${expected}`
}

const targetsOf = (route: Route): readonly Target[] =>
  ['device', 'event', 'alarm', 'alarms'].includes(kindOf(route)) ? ['own', 'other', 'gone'] : ['gone']

describe('rights', () => {
  it('are asked for by every route as the table says, and the table names no other', () => {
    const told = routes.map((route) => [keyOf(route), { needs: route.needs, reach: route.reach ?? 'system' }] as const)
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(routePermissions))
  })

  it.each(Object.keys(roles))(
    'of every route: %s, everywhere, at a site, by a tag, of a device, of a camera',
    async (role) => {
      const wrong: string[] = []
      for (const persona of personas.filter((one) => one.role === role))
        for (const route of routes.filter(
          ({ path, needs }) => needs !== 'public' && path !== '/session' && !path.startsWith('/account'),
        ))
          for (const target of targetsOf(route)) {
            const fault = await check(route, persona, target)
            if (fault) wrong.push(fault)
          }
      expect(wrong).toEqual([])
    },
    60_000,
  )

  it('of nobody: every route but the public ones', async () => {
    const wrong: string[] = []
    for (const route of routes.filter(({ needs }) => needs !== 'public'))
      for (const target of targetsOf(route))
        for (const cookie of ['', 'session=made-up']) {
          const { path, body } = requestOf(route, target)
          const { status } = await ask(route.method, path, cookie, body)
          checks++
          if (status !== 401) wrong.push(`${keyOf(route)}: ${status}`)
        }
    expect(wrong).toEqual([])
  }, 60_000)

  it('of lists: nothing of another site is in them, and all of one’s own', async () => {
    for (const { role, scope, cookie, name } of personas)
      for (const route of routes.filter((one) => filtered.has(keyOf(one)))) {
        const needs = needsOf(route)
        if (needs === 'public' || needs === 'session' || !roles[role]!.includes(needs)) continue
        const { path } = requestOf(route, 'gone')
        const { text } = await ask('GET', path, cookie)
        checks++
        const said = `${name}: ${keyOf(route)}`
        if (scope.kind !== 'all') expect(text.includes(ids.other.device), said).toBe(false)
        if (['/devices', '/events', '/alarms'].includes(route.path))
          expect(text.includes(ids.own.device), said).toBe(true)
      }
  }, 60_000)

  it('that hold at some hours or places give nobody more: not oneself, not by moving a device', async () => {
    const always = [
      { from: '00:00', to: '12:00' },
      { from: '12:00', to: '00:00' },
    ]
    const come = async (name: string, grants: object[]) => {
      const { body } = await house.call<{ id: string }>('POST', '/people', {
        name,
        password: PASSWORD,
        mustChangePassword: false,
        grants,
      })
      return { id: body.id, cookie: await house.enter(name, PASSWORD) }
    }
    const owner = { role: 'administrator', scope: { kind: 'all' } }
    const byDay = await come('by day', [{ ...owner, hours: always }])
    const wider = [{ ...owner, hours: [] }]
    const { body: chiefs } = await house.call<{ id: string }>('POST', '/people/groups', {
      name: 'Chiefs',
      grants: wider,
    })
    for (const [method, path, body] of [
      ['PATCH', `/people/${byDay.id}`, { grants: wider }],
      ['POST', '/people', { name: 'a friend', password: PASSWORD, grants: wider }],
      ['POST', '/roles', { name: 'more', permissions: ['audit.view'] }],
      ['POST', '/people/groups', { name: 'more', grants: wider }],
      ['PUT', `/people/groups/${chiefs.id}`, { name: 'Chiefs', grants: [] }],
      ['DELETE', `/people/groups/${chiefs.id}`, undefined],
      ['PATCH', `/people/${byDay.id}`, { groups: [chiefs.id] }],
      ['POST', '/people', { name: 'a friend', password: PASSWORD, grants: [], groups: [chiefs.id] }],
    ] as const) {
      const { status, body: said } = await house.as(byDay.cookie, method, path, body)
      expect([status, said.code], `${method} ${path}`).toEqual([403, 'person.more'])
    }
    const mover = await come('mover', [
      { role: 'technician', scope: { kind: 'site', site: 'North' }, hours: [] },
      { role: 'operator', scope: { kind: 'tag', tag: 'moved' }, hours: [] },
    ])
    const path = `/devices/${ids.own.device}`
    for (const body of [{ site: 'South' }, { tags: ['moved'] }, { address: 'http://192.0.2.1' }]) {
      const { status, body: said } = await house.as(mover.cookie, 'PATCH', path, body)
      expect([status, said.code], JSON.stringify(body)).toEqual([403, 'forbidden'])
    }
    expect((await house.as(mover.cookie, 'PATCH', path, { name: NAMES.own })).status).toBe(200)
  }, 30_000)

  it('are held against at least three thousand requests', () => {
    expect(checks).toBeGreaterThan(3000)
  })
})
