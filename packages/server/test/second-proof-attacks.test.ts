// SPDX-License-Identifier: Apache-2.0
/** What is tried with second proofs, passkeys, proofs of identity and screens of control rooms, mostly by who knows the password. */
import { API_ROOT, routes } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHALLENGE_MS } from '../src/access/challenges.ts'
import { PROOF_MS } from '../src/access/sessions.ts'
import { codeOf } from '../src/access/totp.ts'
import { MAX_FAILURES } from '../src/access/try-limit.ts'
import { systemClock } from '../src/index.ts'
import { type House, makePlace, openHouse } from './harness.ts'
import { type Lies, SoftwarePasskey } from './software-passkey.ts'
import { type Asked, askAs } from './stranger.ts'

const WORDS = 'seven unrelated words here'
const HOST = 'cms.example'
const STEP_MS = 30_000
const MINUTE_MS = 60_000

const stack = new AsyncDisposableStack()
let house: House
let cookieName: string
let network = 1
/** The server's clocks stand still, and go on when a case says so. */
let nowMs = Math.ceil(Date.now() / STEP_MS) * STEP_MS

beforeAll(async () => {
  const clock = { ...systemClock, now: () => nowMs, monotonic: () => nowMs }
  house = stack.use(await openHouse(stack.use(makePlace()), { clock }))
  cookieName = house.cookie.split('=')[0]!
})
afterAll(() => stack.disposeAsync())

const ask = (method: string, path: string, more: Asked = {}) =>
  askAs(house.server, method, path, { from: network, ...more })
const answerOf = async <T>(method: string, path: string, more: Asked = {}): Promise<T> => {
  const { status, text } = await ask(method, path, more)
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
  return (text === '' ? {} : JSON.parse(text)) as T
}
const signIn = (name: string, more: Asked = {}) => ask('POST', '/session', { ...more, body: { name, password: WORDS } })
const cookieOf = ({ setCookie }: { setCookie: string }): string => setCookie.split(';')[0]!
const isIn = async (cookie: string, more: Asked = {}): Promise<boolean> =>
  (await ask('GET', '/session', { ...more, cookie })).status === 200

interface Person {
  readonly id: string
  readonly name: string
  /** Of a session whose proof is fresh. */
  readonly cookie: string
}
let count = 0
const come = async (role = 'viewer', more: object = {}): Promise<Person> => {
  const name = `person ${++count}`
  const grants = [{ role, scope: { kind: 'all' }, hours: [] }]
  // The administrator signs in anew: in these cases hours go by.
  const admin = await house.enter('admin', 'correct horse battery')
  const body = { name, password: WORDS, mustChangePassword: false, grants, ...more }
  const { id } = await answerOf<{ id: string }>('POST', '/people', { cookie: admin, body })
  return { id, name, cookie: cookieOf(await signIn(name)) }
}
interface WithApp extends Person {
  readonly recovery: readonly string[]
  /** What the app shows at that step from now. */
  code(offset?: number): string
}
const comeWithApp = async (role?: string): Promise<WithApp> => {
  const person = await come(role)
  const { cookie } = person
  const { secret } = await answerOf<{ secret: string }>('POST', '/account/app', { cookie })
  const bits = [...secret].map((one) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'))
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  )
  const code = (offset = 0) => codeOf(key, Math.floor(nowMs / STEP_MS) + offset)
  const body = { code: code(-1) }
  const { recovery } = await answerOf<{ recovery: string[] }>('PUT', '/account/app', { cookie, body })
  return { ...person, recovery, code }
}
const ticketOf = async ({ name }: Person): Promise<string> =>
  (JSON.parse((await signIn(name)).text) as { ticket: string }).ticket
const finish = (ticket: string, code: string, more: Asked = {}) =>
  ask('POST', '/session/code', { ...more, body: { ticket, code } })

interface Question {
  readonly id: string
  readonly options: Record<string, unknown>
}
const register = async ({ cookie }: Person, lies: Lies = {}) => {
  const passkey = new SoftwarePasskey(HOST)
  const asked = await answerOf<Question>('POST', '/account/passkeys/challenge', { cookie, body: { host: HOST } })
  const body = { id: asked.id, name: 'Key', response: passkey.create(asked.options, lies) }
  return { passkey, said: await ask('POST', '/account/passkeys', { cookie, body }) }
}
const comeWithPasskey = async (role?: string) => {
  const person = await come(role)
  const { passkey, said } = await register(person)
  expect(said.status).toBe(200)
  return { ...person, passkey }
}
const challenge = (): Promise<Question> => answerOf('POST', '/session/passkey/challenge', { body: { host: HOST } })
const enterBy = async (passkey: SoftwarePasskey, lies: Lies = {}, asked?: Question) => {
  const { id, options } = asked ?? (await challenge())
  return ask('POST', '/session/passkey', { body: { id, response: passkey.get(options, lies) } })
}

const attacks: Readonly<Record<string, () => Promise<void>>> = {
  'the password alone: no session': async () => {
    const said = await signIn((await comeWithApp()).name)
    expect([said.status, said.setCookie, said.text.includes('"ways":["code","recovery"]')]).toEqual([200, '', true])
  },
  'the ticket as a session, a cookie, a bearer': async () => {
    const ticket = await ticketOf(await comeWithApp())
    expect(await isIn(`${cookieName}=${ticket}`)).toBe(false)
    expect(await isIn('', { headers: { authorization: `Bearer ${ticket}` } })).toBe(false)
  },
  'a ticket twice': async () => {
    const person = await comeWithApp()
    const ticket = await ticketOf(person)
    expect((await finish(ticket, person.code())).status).toBe(200)
    expect((await finish(ticket, person.code(1))).code).toBe('code.late')
  },
  'a ticket too late': async () => {
    const person = await comeWithApp()
    const ticket = await ticketOf(person)
    nowMs += CHALLENGE_MS
    expect((await finish(ticket, person.code())).code).toBe('code.late')
  },
  'a ticket that nobody was given': async () => {
    expect((await finish('A'.repeat(43), '123456')).code).toBe('code.late')
  },
  'a ticket of one with the code of another': async () => {
    const [mine, other] = [await comeWithApp(), await comeWithApp()]
    expect((await finish(await ticketOf(other), mine.code())).code).toBe('code.wrong')
  },
  'guessing codes: after a few even the right one waits': async () => {
    const person = await comeWithApp()
    const ticket = await ticketOf(person)
    for (let i = 0; i < MAX_FAILURES; i++) await finish(ticket, '000000')
    expect((await finish(ticket, person.code())).code).toBe('login.wait')
  },
  'guessing codes from many networks, with a new ticket each time': async () => {
    const person = await comeWithApp()
    for (let i = 0; i < MAX_FAILURES; i++) {
      const from = 230 + i
      const { ticket } = JSON.parse((await signIn(person.name, { from })).text) as { ticket: string }
      await finish(ticket, '000000', { from })
    }
    expect((await finish(await ticketOf(person), person.code())).code).toBe('login.wait')
  },
  'shutting the owner out by wrong codes: a code that was kept still lets them in': async () => {
    const person = await comeWithApp()
    for (let i = 0; i <= MAX_FAILURES; i++) await finish(await ticketOf(person), '000000', { from: 240 })
    expect((await finish(await ticketOf(person), person.recovery[0]!)).status).toBe(200)
  },
  'a code that was seen over a shoulder, once more': async () => {
    const person = await comeWithApp()
    const code = person.code()
    expect((await finish(await ticketOf(person), code)).status).toBe(200)
    expect((await finish(await ticketOf(person), code)).code).toBe('code.wrong')
  },
  'a code of the step before one that was used': async () => {
    const person = await comeWithApp()
    expect((await finish(await ticketOf(person), person.code(1))).status).toBe(200)
    expect((await finish(await ticketOf(person), person.code())).code).toBe('code.wrong')
  },
  'one code by two at the same moment: one comes in': async () => {
    const person = await comeWithApp()
    const tickets = [await ticketOf(person), await ticketOf(person), await ticketOf(person)]
    const said = await Promise.all(tickets.map((ticket) => finish(ticket, person.code())))
    expect(said.filter(({ status }) => status === 200)).toHaveLength(1)
  },
  'a code of a minute ago, and of a minute ahead': async () => {
    const person = await comeWithApp()
    nowMs += 4 * STEP_MS
    for (const offset of [-2, 2])
      expect((await finish(await ticketOf(person), person.code(offset))).code).toBe('code.wrong')
  },
  'a code in other digits, longer, shorter, as a number': async () => {
    const person = await comeWithApp()
    const ticket = await ticketOf(person)
    expect((await finish(ticket, '١٢٣٤٥٦')).code).toBe('code.wrong')
    expect((await finish(ticket, `${person.code()}0`)).code).toBe('code.wrong')
    expect((await finish(ticket, '12345')).status).toBe(400)
    expect((await ask('POST', '/session/code', { body: { ticket, code: 123456 } })).status).toBe(400)
  },
  'a recovery code twice, by two at once, and of somebody else': async () => {
    const [person, other] = [await comeWithApp(), await comeWithApp()]
    const [first, second] = person.recovery as [string, string]
    expect((await finish(await ticketOf(person), first)).status).toBe(200)
    expect((await finish(await ticketOf(person), first)).code).toBe('code.wrong')
    const tickets = [await ticketOf(person), await ticketOf(person)]
    const said = await Promise.all(tickets.map((ticket) => finish(ticket, second)))
    expect(said.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await finish(await ticketOf(other), person.recovery[2]!)).code).toBe('code.wrong')
  },
  'recovery codes from before new ones': async () => {
    const person = await comeWithApp()
    await answerOf('POST', '/account/recovery', { cookie: person.cookie })
    expect((await finish(await ticketOf(person), person.recovery[0]!)).code).toBe('code.wrong')
  },
  'secrets in what an account is told of itself later': async () => {
    const person = await comeWithPasskey()
    const { text } = await ask('GET', '/account/factors', { cookie: person.cookie })
    expect(Object.keys(JSON.parse(text) as object).sort()).toEqual([
      'hasApp',
      'hasPassword',
      'passkeys',
      'recoveryLeft',
    ])
    expect(text).not.toMatch(/secret|publicKey|hash/i)
  },
  'a passkey on a page that only looks like ours': async () => {
    const { passkey } = await comeWithPasskey()
    for (const origin of [
      'https://cms.example.evil.test',
      'http://cms.example:8443',
      'null',
      'https://evil.test/cms.example',
    ])
      expect((await enterBy(passkey, { origin })).code).toBe('passkey.wrong')
  },
  'a passkey that says it is for another name': async () => {
    const { passkey } = await comeWithPasskey()
    expect((await enterBy(passkey, { rpId: 'evil.test' })).code).toBe('passkey.wrong')
  },
  'a passkey without finger, face or PIN': async () => {
    const { passkey } = await comeWithPasskey()
    expect((await enterBy(passkey, { isVerified: false })).code).toBe('passkey.wrong')
  },
  'what a passkey said once, once more': async () => {
    const { passkey } = await comeWithPasskey()
    const asked = await challenge()
    const body = { id: asked.id, response: passkey.get(asked.options) }
    expect((await ask('POST', '/session/passkey', { body })).status).toBe(200)
    expect((await ask('POST', '/session/passkey', { body })).code).toBe('passkey.late')
    const next = await challenge()
    expect((await ask('POST', '/session/passkey', { body: { ...body, id: next.id } })).code).toBe('passkey.wrong')
  },
  'an answer to a question of six minutes ago': async () => {
    const { passkey } = await comeWithPasskey()
    const asked = await challenge()
    nowMs += CHALLENGE_MS + MINUTE_MS
    expect((await enterBy(passkey, {}, asked)).code).toBe('passkey.late')
  },
  'a copy of a passkey, which counts from an older number': async () => {
    const { passkey } = await comeWithPasskey()
    expect((await enterBy(passkey, { counter: 50 })).status).toBe(200)
    expect((await enterBy(passkey, { counter: 7 })).code).toBe('passkey.wrong')
  },
  'a passkey that nobody has registered, and one that was removed': async () => {
    expect((await enterBy(new SoftwarePasskey(HOST))).code).toBe('passkey.unknown')
    const { passkey, cookie } = await comeWithPasskey()
    await answerOf('DELETE', `/account/passkeys/${passkey.id}`, { cookie })
    expect((await enterBy(passkey)).code).toBe('passkey.unknown')
  },
  'a signature by another key under a known name': async () => {
    const { passkey } = await comeWithPasskey()
    const asked = await challenge()
    const response = { ...new SoftwarePasskey(HOST).get(asked.options), id: passkey.id, rawId: passkey.id }
    expect((await ask('POST', '/session/passkey', { body: { id: asked.id, response } })).code).toBe('passkey.wrong')
  },
  'a registration as a sign-in, and the other way round': async () => {
    const person = await comeWithPasskey()
    expect((await enterBy(person.passkey, { type: 'webauthn.create' })).code).toBe('passkey.wrong')
    expect((await register(person, { type: 'webauthn.get' })).said.code).toBe('passkey.wrong')
  },
  'a new passkey for somebody else’s question': async () => {
    const [mine, other] = [await come(), await come()]
    const path = '/account/passkeys/challenge'
    const asked = await answerOf<Question>('POST', path, { cookie: mine.cookie, body: { host: HOST } })
    const body = { id: asked.id, name: 'Key', response: new SoftwarePasskey(HOST).create(asked.options) }
    expect((await ask('POST', '/account/passkeys', { cookie: other.cookie, body })).code).toBe('passkey.wrong')
  },
  'a passkey that belongs to another account, registered again': async () => {
    const [mine, other] = [await comeWithPasskey(), await come()]
    const path = '/account/passkeys/challenge'
    const asked = await answerOf<Question>('POST', path, { cookie: other.cookie, body: { host: HOST } })
    const body = { id: asked.id, name: 'Key', response: mine.passkey.create(asked.options) }
    expect((await ask('POST', '/account/passkeys', { cookie: other.cookie, body })).code).toBe('passkey.wrong')
  },
  'a passkey for a bare address, for a list of names, for nothing': async () => {
    for (const host of ['127.0.0.1', '[::1]', 'a.example,b.example', 'a b', 'x/../y'])
      expect((await ask('POST', '/session/passkey/challenge', { body: { host } })).code).toBe('passkey.host')
  },
  'bytes that are no passkey': async () => {
    const { passkey } = await comeWithPasskey()
    const asked = await challenge()
    const real = passkey.get(asked.options)
    const broken = { ...real, response: { ...real.response, authenticatorData: 'AAAA' } }
    expect((await ask('POST', '/session/passkey', { body: { id: asked.id, response: broken } })).code).toBe(
      'passkey.wrong',
    )
    expect((await ask('POST', '/session/passkey', { body: { id: 'x', response: { id: 'y' } } })).status).toBe(400)
  },
  'a passkey of an account that is switched off': async () => {
    const { id, passkey } = await comeWithPasskey()
    const cookie = await house.enter('admin', 'correct horse battery')
    await answerOf('PATCH', `/people/${id}`, { cookie, body: { isDisabled: true } })
    const said = await enterBy(passkey)
    expect([said.code, said.setCookie]).toEqual(['login.disabled', ''])
  },
  'everything dangerous with a session that was left open': async () => {
    const { cookie } = await come('administrator')
    nowMs += PROOF_MS
    const dangerous = routes.filter(({ fresh }) => fresh)
    expect(dangerous.length).toBeGreaterThan(15)
    for (const { method, path } of dangerous) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} }
      const said = await ask(method, path.replaceAll(/:\w+/g, 'x'), { cookie, ...body })
      expect([said.status, said.code], `${method} ${API_ROOT}${path}`).toEqual([403, 'session.stale'])
    }
  },
  'the password as the proof of an account that has a second one': async () => {
    const { cookie } = await comeWithApp()
    nowMs += PROOF_MS
    expect((await ask('POST', '/session/proof', { cookie, body: { password: WORDS } })).code).toBe('proof.second')
    expect((await ask('DELETE', '/account/app', { cookie })).code).toBe('session.stale')
  },
  'a wrong password, a wrong code, and somebody else’s passkey as the proof': async () => {
    const [plain, app, other] = [await come(), await comeWithApp(), await comeWithPasskey()]
    nowMs += PROOF_MS
    const prove = (cookie: string, body: object) => ask('POST', '/session/proof', { cookie, body })
    expect((await prove(plain.cookie, { password: 'wrong' })).code).toBe('password.wrong')
    expect((await prove(app.cookie, { code: '000000' })).code).toBe('code.wrong')
    const { id, options } = await challenge()
    const passkey = { id, response: other.passkey.get(options) }
    expect((await prove(plain.cookie, { passkey })).code).toBe('proof.other')
    for (const { cookie } of [plain, app]) expect((await ask('POST', '/account/recovery', { cookie })).status).toBe(403)
    expect((await prove(plain.cookie, { password: WORDS })).status).toBe(204)
    expect((await ask('POST', '/account/recovery', { cookie: plain.cookie })).status).toBe(200)
  },
  'a token of a program at its owner’s second proofs': async () => {
    const { cookie } = await come()
    const wish = { name: 'x', permissions: ['device.view'] }
    const { secret } = await answerOf<{ secret: string }>('POST', '/account/tokens', { cookie, body: wish })
    const headers = { authorization: `Bearer ${secret}` }
    for (const [method, path] of [
      ['POST', '/account/app'],
      ['GET', '/account/factors'],
      ['POST', '/account/recovery'],
    ] as const)
      expect((await ask(method, path, { headers })).code).toBe('token.limited')
  },
  'a password that an administrator gave, used for anything but changing it': async () => {
    const { cookie } = await come('administrator', { mustChangePassword: true })
    expect((await ask('GET', '/devices', { cookie })).status).toBe(403)
    expect((await ask('GET', '/people', { cookie })).status).toBe(403)
    const wish = { name: 'x', permissions: ['user.manage'] }
    expect((await ask('POST', '/account/tokens', { cookie, body: wish })).code).toBe('password.change-first')
    expect((await ask('POST', '/account/app', { cookie })).code).toBe('password.change-first')
    expect((await ask('POST', '/account/wall', { cookie, body: { name: 'x' } })).code).toBe('password.change-first')
    const same = { old: WORDS, password: WORDS }
    expect((await ask('PUT', '/account/password', { cookie, body: same })).code).toBe('password.same')
    const body = { old: WORDS, password: 'eight words of one’s own' }
    expect((await ask('PUT', '/account/password', { cookie, body })).status).toBe(204)
    expect((await ask('GET', '/people', { cookie })).status).toBe(200)
  },
  'a screen of a control room that wants more than to look': async () => {
    const { cookie } = await come('administrator')
    const wall = cookieOf(await ask('POST', '/account/wall', { cookie, body: { name: 'North' } }))
    expect([await isIn(cookie), await isIn(wall)]).toEqual([false, true])
    expect((await ask('GET', '/devices', { cookie: wall })).status).toBe(200)
    for (const path of ['/people', '/audit']) expect((await ask('GET', path, { cookie: wall })).status).toBe(403)
    for (const path of ['/account', '/account/factors'])
      expect((await ask('GET', path, { cookie: wall })).code).toBe('wall.limited')
    expect((await ask('POST', '/session/proof', { cookie: wall, body: { password: WORDS } })).code).toBe('wall.limited')
    nowMs += 400 * 24 * 60 * MINUTE_MS
    expect(await isIn(wall)).toBe(true)
  },
  'the cookie of a screen in another network': async () => {
    const { cookie, name } = await come()
    const wall = cookieOf(await ask('POST', '/account/wall', { cookie, body: { name: 'North' } }))
    expect([await isIn(wall, { from: 250 }), await isIn(wall)]).toEqual([false, true])
    const own = cookieOf(await signIn(name))
    await answerOf('DELETE', '/account/sessions', { cookie: own })
    expect(await isIn(wall)).toBe(false)
  },
  'taking the second proof of somebody who has more': async () => {
    const owner = await comeWithApp('administrator')
    const admin = await house.enter('admin', 'correct horse battery')
    const permissions = ['user.manage']
    const role = await answerOf<{ id: string }>('POST', '/roles', {
      cookie: admin,
      body: { name: `c${count}`, permissions },
    })
    const clerk = await come(role.id)
    expect((await ask('DELETE', `/people/${owner.id}/factors`, { cookie: clerk.cookie })).code).toBe('person.more')
    expect((await ask('DELETE', `/people/${owner.id}/factors`, { cookie: admin })).status).toBe(204)
    expect([await isIn(owner.cookie), (await signIn(owner.name)).setCookie === '']).toEqual([false, false])
  },
}

describe('with second proofs', () => {
  it.each(Object.keys(attacks))('%s', async (name) => {
    network++
    // What is bounded by the minute begins anew.
    nowMs += 20 * MINUTE_MS
    await attacks[name]!()
    expect((await ask('GET', '/system')).status).toBe(200)
  })

  it('nothing went wrong in the server', () => expect(house.errors).toEqual([]))
})
