// SPDX-License-Identifier: Apache-2.0
/** What is tried at the sign-in, with sessions and with tokens: each comes from a network of its own, and leaves the server working. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { MAX_FAILURES, MAX_NETWORK_FAILURES } from '../src/access/try-limit.ts'
import { type House, makePlace, openHouse, PASSWORD } from './harness.ts'
import { type Asked, askAs } from './stranger.ts'

const BENS = 'seven unrelated words here'
const grants = [{ role: 'viewer', scope: { kind: 'all' }, hours: [] }]

const stack = new AsyncDisposableStack()
let house: House
let cookieName: string
/** Each case comes from another /24. */
let network = 1

beforeAll(async () => {
  house = stack.use(await openHouse(stack.use(makePlace())))
  cookieName = house.cookie.split('=')[0]!
})
afterAll(() => stack.disposeAsync())

const ask = (method: string, path: string, more: Asked = {}) =>
  askAs(house.server, method, path, { from: network, ...more })

const signIn = (name: unknown, password: unknown, more: Asked = {}) =>
  ask('POST', '/session', { ...more, body: { name, password } })
const enter = async (name = 'admin', password = PASSWORD): Promise<string> =>
  (await signIn(name, password)).setCookie.split(';')[0]!
const isIn = async (cookie: string): Promise<boolean> => (await ask('GET', '/session', { cookie })).status === 200
const addPerson = async (name: string): Promise<string> =>
  (await house.call<{ id: string }>('POST', '/people', { name, password: BENS, mustChangePassword: false, grants }))
    .body.id
const times = async <T>(count: number, work: () => Promise<T>): Promise<T[]> => {
  const all: T[] = []
  for (let i = 0; i < count; i++) all.push(await work())
  return all
}

const attacks: Readonly<Record<string, () => Promise<void>>> = {
  'a wrong password, and a name that nobody has: nobody can tell which': async () => {
    const [wrong, unknown] = [await signIn('admin', 'wrong'), await signIn('nobody', 'wrong')]
    expect([wrong.status, wrong.text]).toEqual([401, unknown.text])
    expect(wrong.setCookie).toBe('')
  },
  'guessing: after a few wrong ones even the right one waits': async () => {
    await times(MAX_FAILURES, () => signIn('admin', 'wrong'))
    expect((await signIn('admin', PASSWORD)).code).toBe('login.wait')
  },
  'guessing under names that look alike is guessing one name': async () => {
    for (const name of ['ADMIN', 'ａｄｍｉｎ', 'Admin', 'aDmin', 'admiN']) await signIn(name, 'wrong')
    expect((await signIn('admin', PASSWORD)).code).toBe('login.wait')
  },
  'locking the owner out from elsewhere': async () => {
    await times(MAX_FAILURES + 3, () => signIn('admin', 'wrong', { from: 200 }))
    expect((await signIn('admin', PASSWORD)).status).toBe(200)
  },
  'stuffing: many names from one network': async () => {
    let n = 0
    const codes = (await times(MAX_NETWORK_FAILURES + 2, () => signIn(`name ${n++}`, 'wrong'))).map(({ code }) => code)
    expect(codes.at(-1)).toBe('login.wait')
  },
  'pretending to come from elsewhere': async () => {
    for (let i = 0; i < MAX_FAILURES; i++)
      await signIn('admin', 'wrong', { headers: { 'x-forwarded-for': `192.0.2.${i}`, 'x-real-ip': '192.0.2.9' } })
    const headers = { 'x-forwarded-for': '192.0.2.99', forwarded: 'for=192.0.2.99' }
    expect((await signIn('admin', PASSWORD, { headers })).code).toBe('login.wait')
  },
  'a flood of sign-ins: some are refused, and everybody else is served': async () => {
    const flood = Array.from({ length: 120 }, (_, i) => signIn(`flood ${i}`, 'wrong', { from: 210 + (i % 20) }))
    expect((await house.call('GET', '/system')).status).toBe(200)
    for (const { status } of await Promise.all(flood)) expect([401, 429, 503]).toContain(status)
  },
  'a password that is an object': async () => expect((await signIn('admin', { $ne: null })).status).toBe(400),
  'a name that is a list': async () => expect((await signIn(['admin'], PASSWORD)).status).toBe(400),
  'an empty password': async () => expect((await signIn('admin', '')).status).toBe(401),
  'a password of a megabyte': async () => expect((await signIn('admin', 'x'.repeat(1_000_000))).status).toBe(400),
  'a name with a zero byte behind it': async () => expect((await signIn('admin\u0000', PASSWORD)).status).toBe(401),
  'a name with SQL in it': async () => expect((await signIn("admin' or '1'='1", PASSWORD)).status).toBe(401),
  'the right password in another case': async () =>
    expect((await signIn('admin', PASSWORD.toUpperCase())).status).toBe(401),
  'a sign-in that another site makes a browser send': async () =>
    expect((await signIn('admin', PASSWORD, { headers: { origin: 'https://evil.example' } })).code).toBe(
      'origin.foreign',
    ),
  'a sign-in by a plain form': async () => {
    const body = `name=admin&password=${encodeURIComponent(PASSWORD)}`
    const said = await ask('POST', '/session', { body, type: 'application/x-www-form-urlencoded' })
    expect([said.code, said.setCookie]).toEqual(['body.type', ''])
  },
  'a cookie that scripts, plain HTTP, other hosts or other sites could have': async () => {
    const { setCookie } = await signIn('admin', PASSWORD)
    expect(setCookie).toMatch(/^__Host-/)
    for (const flag of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) expect(setCookie).toContain(flag)
    expect(setCookie).not.toMatch(/Domain|Max-Age|Expires/i)
  },
  'a session that was there before the sign-in': async () => {
    const mine = `${cookieName}=${'A'.repeat(43)}`
    const { setCookie } = await signIn('admin', PASSWORD, { cookie: mine })
    expect(setCookie.split(';')[0]).not.toBe(mine)
    expect(await isIn(mine)).toBe(false)
  },
  'the old session after signing in again': async () => {
    const old = await enter()
    await signIn('admin', PASSWORD, { cookie: old })
    expect(await isIn(old)).toBe(false)
  },
  'a session after signing out': async () => {
    const cookie = await enter()
    expect((await ask('DELETE', '/session', { cookie })).status).toBe(204)
    expect(await isIn(cookie)).toBe(false)
  },
  'a cookie that is cut': async () => expect(await isIn((await enter()).slice(0, -1))).toBe(false),
  'a cookie that is longer': async () => expect(await isIn(`${await enter()}A`)).toBe(false),
  'a cookie of another name': async () => expect(await isIn((await enter()).replace(/^[^=]+/, 'session'))).toBe(false),
  'a cookie of ten thousand letters': async () => expect(await isIn(`${cookieName}=${'A'.repeat(10_000)}`)).toBe(false),
  'the session in the address': async () => {
    const token = (await enter()).split('=')[1]
    for (const name of ['token', 'session', cookieName])
      expect((await ask('GET', `/session?${name}=${token}`)).status).toBe(401)
  },
  'the session as a bearer': async () => {
    const token = (await enter()).split('=')[1]
    expect((await ask('GET', '/session', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
  },
  'the password with every request': async () => {
    const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`
    expect((await ask('GET', '/devices', { headers: { authorization } })).status).toBe(401)
  },
  'another method than it looks like': async () => {
    const headers = { 'x-http-method-override': 'DELETE' }
    const cookie = await enter()
    await ask('GET', '/session', { cookie, headers })
    expect(await isIn(cookie)).toBe(true)
  },
  'the first run, once more': async () => {
    const body = { code: 'AAAAA-AAAAA', name: 'eve', password: BENS }
    expect((await ask('POST', '/setup', { body })).code).toBe('setup.done')
  },
  'an account that is switched off, without its password: nobody learns that it is there': async () => {
    const id = await addPerson('off')
    await house.call('PATCH', `/people/${id}`, { isDisabled: true })
    const [wrong, right] = [await signIn('off', 'wrong'), await signIn('off', BENS)]
    expect([wrong.code, right.code, right.setCookie]).toEqual(['login.wrong', 'login.disabled', ''])
  },
  'a session whose account was switched off': async () => {
    const id = await addPerson('switched')
    const cookie = await enter('switched', BENS)
    await house.call('PATCH', `/people/${id}`, { isDisabled: true })
    expect(await isIn(cookie)).toBe(false)
  },
  'a session whose account was removed': async () => {
    const id = await addPerson('removed')
    const cookie = await enter('removed', BENS)
    await house.call('DELETE', `/people/${id}`)
    expect(await isIn(cookie)).toBe(false)
  },
  'a session from before a new password': async () => {
    const id = await addPerson('renewed')
    const cookie = await enter('renewed', BENS)
    await house.call('PATCH', `/people/${id}`, { password: 'eight other words here' })
    expect([await isIn(cookie), (await signIn('renewed', BENS)).status]).toEqual([false, 401])
  },
  'rights for oneself': async () => {
    const id = await addPerson('climber')
    const cookie = await enter('climber', BENS)
    const body = { grants: [{ role: 'administrator', scope: { kind: 'all' }, hours: [] }] }
    expect((await ask('PATCH', `/people/${id}`, { cookie, body })).status).toBe(403)
    expect((await ask('POST', '/roles', { cookie, body: { name: 'x', permissions: [] } })).status).toBe(403)
  },
  'rights for another, from who may manage people and nothing else': async () => {
    const { id } = (await house.call<{ id: string }>('POST', '/roles', { name: 'Clerk', permissions: ['user.manage'] }))
      .body
    const everywhere = [{ role: id, scope: { kind: 'all' }, hours: [] }]
    const clerk = { name: 'clerk', password: BENS, mustChangePassword: false, grants: everywhere }
    await house.call('POST', '/people', clerk)
    const cookie = await enter('clerk', BENS)
    const admin = {
      name: 'eve',
      password: BENS,
      grants: [{ role: 'administrator', scope: { kind: 'all' }, hours: [] }],
    }
    expect((await ask('POST', '/people', { cookie, body: admin })).code).toBe('person.more')
    const role = { name: 'Clerk', permissions: ['user.manage', 'system.configure'] }
    expect((await ask('PUT', `/roles/${id}`, { cookie, body: role })).code).toBe('person.more')
    const { people } = (await house.call<{ people: { id: string; name: string }[] }>('GET', '/people')).body
    const owner = people.find(({ name }) => name === 'admin')!.id
    for (const body of [{ password: BENS }, { isDisabled: true }, { grants: [] }])
      expect((await ask('PATCH', `/people/${owner}`, { cookie, body })).code).toBe('person.more')
    expect((await ask('DELETE', `/people/${owner}`, { cookie })).code).toBe('person.more')
  },
  "another's session, ended by its number": async () => {
    await addPerson('ender')
    const cookie = await enter('ender', BENS)
    const { sessions } = (await house.call<{ sessions: { id: string }[] }>('GET', '/account')).body
    expect((await ask('DELETE', `/account/sessions/${sessions[0]!.id}`, { cookie })).code).toBe('session.unknown')
  },
  "another's token, removed by its number": async () => {
    const wish = { name: 'x', permissions: ['device.view'] }
    const { token } = (await house.call<{ token: { id: string } }>('POST', '/account/tokens', wish)).body
    await addPerson('remover')
    const cookie = await enter('remover', BENS)
    expect((await ask('DELETE', `/account/tokens/${token.id}`, { cookie })).code).toBe('token.unknown')
  },
  'a token as a cookie, in the address, or under another word': async () => {
    const wish = { name: 'y', permissions: ['device.view'] }
    const { secret } = (await house.call<{ secret: string }>('POST', '/account/tokens', wish)).body
    expect((await ask('GET', '/devices', { cookie: `${cookieName}=${secret}` })).status).toBe(401)
    expect((await ask('GET', `/devices?access_token=${secret}`)).status).toBe(401)
    expect((await ask('GET', '/devices', { headers: { authorization: secret } })).status).toBe(401)
    expect((await ask('GET', '/devices', { headers: { authorization: `Token ${secret}` } })).status).toBe(401)
  },
  'live pictures with a token of a program': async () => {
    const wish = { name: 'z', permissions: ['live.view'] }
    const { secret } = (await house.call<{ secret: string }>('POST', '/account/tokens', wish)).body
    const { server } = house
    const headers = { authorization: `Bearer ${secret}`, origin: server.url, host: new URL(server.url).host }
    const options = { ca: server.caPem, servername: 'localhost', headers }
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}/api/v1/hmp`, 'hmp.1', options)
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode))
      socket.on('open', () => resolve(101))
      socket.on('error', () => {})
    })
    socket.terminate()
    expect(status).toBe(401)
  },
  'secrets in what is answered and kept on record': async () => {
    const cookie = await enter()
    const token = cookie.split('=')[1]!
    const [session, account] = [await ask('GET', '/session', { cookie }), await ask('GET', '/account', { cookie })]
    const audit = await ask('GET', '/audit?limit=500', { cookie })
    for (const { text } of [session, account, audit])
      for (const secret of [token, PASSWORD, BENS]) expect(text.includes(secret)).toBe(false)
  },
}

describe('at the sign-in', () => {
  it.each(Object.keys(attacks))('%s', async (name) => {
    network++
    await attacks[name]!()
    expect((await house.call('GET', '/session')).status).toBe(200)
  })

  it('has been tried forty times, and nothing went wrong in the server', () => {
    expect(Object.keys(attacks).length).toBeGreaterThanOrEqual(40)
    expect(house.errors).toEqual([])
  })
})
