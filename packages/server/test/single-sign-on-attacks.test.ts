// SPDX-License-Identifier: Apache-2.0
/** What is tried when people come in with another's word: against a real provider, and against one that lies. None comes in, or comes in as another. */
import { API_ROOT, FinishOidc, type Waiting } from '@openhmp/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MAX_EXCHANGES } from '../src/access/oidc.ts'
import { MAX_NETWORK_FAILURES } from '../src/access/try-limit.ts'
import { type House, makePlace, openHouse, until } from './harness.ts'
import { RealProvider } from './real-provider.ts'
import { ScriptedProvider } from './scripted-provider.ts'
import { Browser, setSignOn, wishOf } from './sign-on-house.ts'

const stack = new AsyncDisposableStack()
let house: House
let real: RealProvider
let liar: ScriptedProvider
const grantOf = (role: string) => ({ role, scope: { kind: 'all' as const }, hours: [] })
const table = { groups: [{ group: 'admins', grant: grantOf('administrator') }], makesPeople: true }

beforeAll(async () => {
  house = stack.use(await openHouse(stack.use(makePlace())))
  real = stack.use(await RealProvider.open(house.server.url))
  liar = stack.use(await ScriptedProvider.open())
  for (const who of ['eve', 'anna']) real.people.set(who, { preferred_username: who, groups: ['admins'] })
})
afterAll(() => stack.disposeAsync())

const problemOf = (at: URL): string | null => at.searchParams.get('problem')
const waiting = async () => (await house.call<{ waiting: Waiting[] }>('GET', '/sign-on/waiting')).body.waiting

const withReal: Readonly<Record<string, () => Promise<void>>> = {
  'an answer that is played again': async () => {
    const browser = new Browser(house)
    real.atTheScreen = 'anna'
    const answer = await real.walk((await browser.begin()).href)
    expect(problemOf(await browser.comeBack(answer))).toBeNull()
    expect(problemOf(await browser.comeBack(answer))).toBe('signOn.state')
  },
  'an answer in another browser: the victim would work in the attacker’s account': async () => {
    const [eve, victim] = [new Browser(house), new Browser(house)]
    real.atTheScreen = 'eve'
    const answer = await real.walk((await eve.begin()).href)
    await victim.begin()
    expect(problemOf(await victim.comeBack(answer))).toBe('signOn.state')
    expect(await victim.who()).toBeUndefined()
    expect(problemOf(await eve.comeBack(answer))).toBe('signOn.state')
  },
  'an answer in a browser that began nothing': async () => {
    real.atTheScreen = 'eve'
    const answer = await real.walk((await new Browser(house).begin()).href)
    expect(problemOf(await new Browser(house).comeBack(answer))).toBe('signOn.state')
  },
  'the code of another, put into one’s own sign-in': async () => {
    const [anna, eve] = [new Browser(house), new Browser(house)]
    real.atTheScreen = 'anna'
    const code = new URL(await real.walk((await anna.begin()).href)).searchParams.get('code')!
    const state = (await eve.begin()).searchParams.get('state')!
    expect(problemOf(await eve.comeBack({ code, state, iss: real.issuer }))).toBe('signOn.code')
    expect(await eve.who()).toBeUndefined()
  },
  'a code that was used': async () => {
    const browser = new Browser(house)
    real.atTheScreen = 'anna'
    const answer = new URL(await real.walk((await browser.begin()).href))
    await browser.comeBack(answer.href)
    const state = (await browser.begin()).searchParams.get('state')!
    const code = answer.searchParams.get('code')!
    expect(problemOf(await browser.comeBack({ code, state, iss: real.issuer }))).toBe('signOn.code')
  },
  'a challenge that is no challenge: every sign-in has PKCE, a state and a nonce of its own': async () => {
    const browser = new Browser(house)
    const both = [await browser.begin(), await browser.begin()].map((url) => url.searchParams)
    for (const search of both)
      expect([search.get('code_challenge_method'), search.get('response_type')]).toEqual(['S256', 'code'])
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const [one, other] = both.map((search) => search.get(name)!)
      expect(one).not.toBe(other)
      expect(one!.length).toBeGreaterThanOrEqual(43)
    }
  },
  'another way back, at the provider': async () => {
    const url = await new Browser(house).begin()
    url.searchParams.set('redirect_uri', 'https://evil.example/')
    real.atTheScreen = 'anna'
    await expect(real.walk(url.href)).rejects.toThrow(/400/)
  },
  'settings that change under way': async () => {
    const browser = new Browser(house)
    real.atTheScreen = 'anna'
    const answer = await real.walk((await browser.begin()).href)
    await setSignOn(house, wishOf(house, real.issuer, table))
    expect(problemOf(await browser.comeBack(answer))).toBe('signOn.state')
  },
  'a session that was there before': async () => {
    const browser = new Browser(house)
    real.atTheScreen = 'anna'
    await browser.comeBack(await real.walk((await browser.begin()).href))
    const before = browser.cookie
    await browser.comeBack(await real.walk((await browser.begin()).href))
    expect(browser.cookie).not.toBe(before)
    expect((await house.as(before, 'GET', '/session')).status).toBe(401)
  },
}

/** A sign-in at the one that lies, with what it says and what the browser brings back. */
const lie = async (bring: Record<string, string> = {}, browser = new Browser(house)): Promise<string> => {
  const { searchParams } = await browser.begin()
  liar.nonce = searchParams.get('nonce')!
  const at = await browser.comeBack({ code: 'x', state: searchParams.get('state')!, ...bring })
  expect(at.origin).toBe(house.server.url)
  return problemOf(at) ?? (await browser.who()) ?? 'nobody'
}
const claim = (claims: Record<string, unknown>, outcome: string) => async () => {
  liar.claims = claims
  expect(await lie()).toBe(outcome)
}
const nowS = () => Math.floor(Date.now() / 1000)

const withLiar: Readonly<Record<string, () => Promise<void>>> = {
  'nothing at all: the lies below are the only thing that is wrong': claim({}, 'signOn.unknown'),
  'no state': async () => {
    const browser = new Browser(house)
    await browser.begin()
    expect(problemOf(await browser.comeBack({ code: 'x' }))).toBe('signOn.state')
  },
  'a state that nobody gave': async () => expect(await lie({ state: 'A'.repeat(43) })).toBe('signOn.state'),
  'two states': async () => {
    const browser = new Browser(house)
    const state = (await browser.begin()).searchParams.get('state')!
    const to = `https://x/?code=x&state=${state}&state=${state}`
    expect(problemOf(await browser.comeBack(to))).toBe('signOn.state')
  },
  'two codes': async () => {
    const browser = new Browser(house)
    const state = (await browser.begin()).searchParams.get('state')!
    expect(problemOf(await browser.comeBack(`https://x/?code=x&code=y&state=${state}`))).toBe('signOn.answer')
  },
  'no code': async () => {
    const browser = new Browser(house)
    const state = (await browser.begin()).searchParams.get('state')!
    expect(problemOf(await browser.comeBack({ state }))).toBe('signOn.answer')
  },
  'the ID token in the address': async () =>
    expect(await lie({ id_token: 'a.b.c', access_token: 'a' })).not.toBe('Sam'),
  'the wrong nonce': claim({ nonce: 'another' }, 'signOn.answer'),
  'no nonce': claim({ nonce: undefined }, 'signOn.answer'),
  'a token of another issuer': claim({ iss: 'https://other.example' }, 'signOn.answer'),
  'a token for another': claim({ aud: 'another' }, 'signOn.answer'),
  'a token for several, given to another': claim({ aud: ['openhmp', 'another'], azp: 'another' }, 'signOn.answer'),
  'a token that is over': async () => {
    liar.claims = { exp: nowS() - 600, iat: nowS() - 900 }
    expect(await lie()).toBe('signOn.clock')
  },
  'a token of tomorrow': async () => {
    liar.claims = { nbf: nowS() + 86_400 }
    expect(await lie()).toBe('signOn.clock')
  },
  'a token without end': claim({ exp: undefined }, 'signOn.answer'),
  'a token of nobody': claim({ sub: '' }, 'signOn.answer'),
  'a subject of a thousand letters': claim({ sub: 'x'.repeat(1000) }, 'signOn.subject'),
  'a subject that is a list': claim({ sub: ['sam-1'] }, 'signOn.answer'),
  'a token that nobody has signed': async () => {
    liar.signing = 'none'
    expect(await lie()).toBe('signOn.answer')
  },
  'a token signed by another': async () => {
    liar.signing = 'by another'
    expect(await lie()).toBe('signOn.answer')
  },
  'a token signed with our own secret': async () => {
    liar.signing = 'by our secret'
    expect(await lie()).toBe('signOn.answer')
  },
  'no token': async () => {
    liar.onToken = (response) =>
      response.setHeader('content-type', 'application/json').end('{"access_token":"a","token_type":"Bearer"}')
    expect(await lie()).toBe('signOn.answer')
  },
  'mix-up: the answer of another provider': async () => {
    liar.metadata = { authorization_response_iss_parameter_supported: true }
    await setSignOn(house, wishOf(house, liar.issuer, table))
    expect(await lie({ iss: 'https://other.example' })).toBe('signOn.answer')
    expect(await lie()).toBe('signOn.answer')
    expect(await lie({ iss: liar.issuer })).toBe('signOn.unknown')
  },
  'what it says of itself says another name': async () => {
    liar.metadata = { issuer: 'https://other.example' }
    await setSignOn(house, wishOf(house, liar.issuer, table))
    const { body } = await new Browser(house).ask('POST', `${API_ROOT}/sign-on/oidc`, {})
    expect(body.code).toBe('signOn.answer')
  },
  'what it says of itself leads to plain HTTP elsewhere, and to the cloud’s metadata': async () => {
    for (const [token_endpoint, problem] of [
      ['http://192.0.2.1/token', 'signOn.plain'],
      ['https://169.254.169.254/token', 'address.forbidden'],
      [`${house.server.url}/token`, 'address.forbidden'],
    ] as const) {
      liar.metadata = { token_endpoint }
      await setSignOn(house, wishOf(house, liar.issuer, table))
      expect(await lie()).toBe(problem)
    }
  },
  'a page for people at plain HTTP elsewhere, or a script': async () => {
    for (const authorization_endpoint of [
      'http://192.0.2.1/auth',
      'javascript:alert(1)//x',
      'https://a:b@evil.example/',
    ]) {
      liar.metadata = { authorization_endpoint }
      await setSignOn(house, wishOf(house, liar.issuer, table))
      const { status, body } = await new Browser(house).ask('POST', `${API_ROOT}/sign-on/oidc`, {})
      expect(status).toBeGreaterThanOrEqual(400)
      expect(body.code).toMatch(/^signOn\.(plain|answer)$/)
    }
  },
  'an answer that goes on to another address': async () => {
    liar.onToken = (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    expect(await lie()).toBe('signOn.answer')
  },
  'an answer without end': async () => {
    liar.onToken = (response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536, 32)));
      }
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .on('drain', more)
        .on('error', () => {})
      more()
    }
    expect(await lie()).toBe('signOn.long')
  },
  'what else is known of somebody else': async () => {
    liar.claims = { preferred_username: undefined }
    liar.userInfo = { sub: 'another', preferred_username: 'Sam', groups: ['admins'] }
    expect(await lie()).toBe('signOn.answer')
  },
  'a name that an administrator has here': async () => {
    liar.claims = { preferred_username: 'admin', email: 'admin@cms.example', email_verified: true, groups: ['admins'] }
    expect(await lie()).toBe('signOn.unknown')
  },
  'a name of control characters': async () => {
    liar.claims = { sub: 'strange-1', preferred_username: '\u202eADMIN\u0000\n' }
    expect(await lie()).toBe('signOn.unknown')
    expect((await waiting())[0]).toMatchObject({ name: 'ADMIN', subject: 'strange-1' })
  },
  'groups that nobody vouches for, in the address': async () =>
    expect(await lie({ groups: 'admins', scope: 'groups' })).toBe('signOn.unknown'),
  'groups in other forms than a list of texts': async () => {
    for (const groups of [
      { admins: true },
      { 0: 'admins' },
      [['admins']],
      [{ name: 'admins' }],
      true,
      1,
      'Admins',
      ' admins',
    ]) {
      liar.claims = { sub: 'gina', groups }
      expect(await lie()).toBe('signOn.unknown')
    }
  },
  'a claim that every object has': async () => {
    const wish = wishOf(house, liar.issuer, table)
    for (const groupsClaim of ['__proto__', 'constructor.name', 'toString']) {
      await setSignOn(house, { ...wish, oidc: { ...wish.oidc!, groupsClaim } })
      expect(await lie()).toBe('signOn.unknown')
    }
  },
  'the same subject at another provider': async () => {
    const grants = [grantOf('viewer')]
    liar.claims = { sub: 'anna', preferred_username: 'Liar' }
    expect(await lie()).toBe('signOn.unknown')
    const { id } = (await waiting()).find(({ subject }) => subject === 'anna')!
    expect((await house.call('POST', '/sign-on/people', { waiting: id, name: 'Liar', grants })).status).toBe(200)
    expect(await lie()).toBe('Liar')
  },
  'something dangerous in a browser that somebody left, known at the provider': async () => {
    const wish = { name: 'Program', permissions: ['device.view'], days: 1 }
    const makes = async (claims: object, again = false): Promise<string> => {
      const browser = new Browser(house)
      const { searchParams } = await browser.begin('/', again)
      expect(searchParams.get('prompt')).toBe(again ? 'login' : null)
      Object.assign(liar, { nonce: searchParams.get('nonce')!, claims: { sub: 'anna', ...claims } })
      const at = await browser.comeBack({ code: 'x', state: searchParams.get('state')! })
      const { status, body } = await browser.ask('POST', `${API_ROOT}/account/tokens`, wish)
      return problemOf(at) ?? (status === 200 ? 'made' : body.code)
    }
    expect(await makes({})).toBe('session.stale')
    expect(await makes({ auth_time: nowS() - 3600 })).toBe('session.stale')
    expect(await makes({ auth_time: nowS() - 3600 }, true)).toBe('signOn.again')
    expect(await makes({}, true)).toBe('signOn.answer')
    expect(await makes({ auth_time: nowS() }, true)).toBe('made')
  },
  'words of the provider on our page': async () => {
    const browser = new Browser(house)
    const state = (await browser.begin()).searchParams.get('state')!
    const said = { error: 'access_denied', error_description: 'call 0900 12345', state }
    const at = await browser.comeBack(said)
    expect(at.search).toBe('?problem=signOn.cancelled')
  },
  'somewhere else to go afterwards': async () => {
    liar.claims = { sub: 'anna' }
    for (const to of [
      ...['https://evil.example', '//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', 'evil'],
      ...['javascript:alert(1)', '/a\r\nSet-Cookie: x=y', '/./\\evil.example', '/..//evil.example', '/api/v1/session'],
    ]) {
      const browser = new Browser(house)
      const { searchParams } = await browser.begin(to)
      liar.nonce = searchParams.get('nonce')!
      const at = await browser.comeBack({ code: 'x', state: searchParams.get('state')! })
      expect([to, at.origin, at.searchParams.get('to')]).toEqual([to, house.server.url, '/'])
    }
  },
  'settings by somebody who may only manage people': async () => {
    const { body: role } = await house.call<{ id: string }>('POST', '/roles', {
      name: 'Porter',
      permissions: ['user.manage'],
    })
    const porter = { name: 'Porter', password: 'seven unrelated words here', grants: [grantOf(role.id)] }
    await house.call('POST', '/people', { ...porter, mustChangePassword: false })
    const cookie = await house.enter(porter.name, porter.password)
    const settings = wishOf(house, 'https://evil.example')
    expect((await house.as(cookie, 'PUT', '/sign-on/settings', settings)).body.code).toBe('person.more')
    expect((await house.as(cookie, 'POST', '/sign-on/try', { way: 'oidc', settings })).body.code).toBe('person.more')
    liar.claims = { sub: 'wants-more' }
    await lie()
    const { id } = (await waiting()).find(({ subject }) => subject === 'wants-more')!
    const grants = [grantOf('administrator')]
    const letIn = { waiting: id, name: 'More', grants }
    expect((await house.as(cookie, 'POST', '/sign-on/people', letIn)).body.code).toBe('person.more')
  },
  'an issuer that is this server, the cloud, plain, or with an account in it': async () => {
    const wish = wishOf(house, liar.issuer)
    for (const issuer of [
      ...['https://169.254.169.254', house.server.url, 'http://evil.example', 'https://a:b@idp.example'],
      ...['https://[::ffff:169.254.169.254]', 'https://0.0.0.0', 'ftp://idp.example'],
    ]) {
      const settings = { ...wish, oidc: { ...wish.oidc!, issuer } }
      const { body } = await house.call<{ isGood: boolean; code: string }>('POST', '/sign-on/try', {
        way: 'oidc',
        settings,
      })
      expect([issuer, body.isGood]).toEqual([issuer, false])
      expect(body.code).toMatch(/^(address\.forbidden|signOn\.plain)$/)
    }
  },
  'a flood of answers that nobody asked for: nobody is called, and nothing is written': async () => {
    const rows = async () =>
      (await house.call<{ rows: { sequence: number }[] }>('GET', '/audit')).body.rows[0]!.sequence
    const [asked, before] = [liar.asked, await rows()]
    const flood = Array.from({ length: 100 }, (_, n) =>
      house.as('', 'GET', `${FinishOidc.path}?code=x&state=${n}`).then(({ status }) => status),
    )
    expect(new Set(await Promise.all(flood))).toEqual(new Set([303]))
    expect([liar.asked, await rows()]).toEqual([asked, before])
  },
  'a provider whose clock is wrong: the trial says so before anybody is shut out': async () => {
    liar.time = Date.now() - 3_600_000
    const settings = wishOf(house, liar.issuer)
    const { body } = await house.call('POST', '/sign-on/try', { way: 'oidc', settings })
    expect(body).toMatchObject({ code: 'signOn.clock', text: expect.stringMatching(/ (3599|360\d) s apart/) })
  },
  'a provider that keeps everybody waiting: some wait, the rest is told': async () => {
    const waiting: (() => void)[] = []
    liar.onToken = (response) => waiting.push(() => response.writeHead(500).end())
    const all = Array.from({ length: MAX_EXCHANGES }, () => lie())
    await until(() => waiting.length === MAX_EXCHANGES, 10_000)
    expect(await lie()).toBe('login.busy')
    expect((await house.call('GET', '/session')).status).toBe(200)
    for (const answer of waiting) answer()
    expect(new Set(await Promise.all(all))).toEqual(new Set(['signOn.answer']))
  },
  'guessing codes: after some, the network waits, and the others come in': async () => {
    liar.onToken = (response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
    const codes: string[] = []
    for (let n = 0; n < MAX_NETWORK_FAILURES && codes.at(-1) !== 'login.wait'; n++)
      codes.push(await lie().catch(String))
    const { body } = await new Browser(house).ask('POST', `${API_ROOT}/sign-on/oidc`, {})
    expect(body.code).toBe('login.wait')
  },
}

describe('coming in with another’s word, at a real provider', () => {
  beforeAll(() => setSignOn(house, wishOf(house, real.issuer, table)))
  it.each(Object.entries(withReal))('fails: %s', (_, attack) => attack())
})

describe('coming in with another’s word, at a provider that lies', () => {
  beforeEach(async () => {
    liar.reset()
    await setSignOn(house, wishOf(house, liar.issuer, table))
  })
  it.each(Object.entries(withLiar))('fails: %s', (_, attack) => attack())
  it('leaves the server as it was', async () => {
    expect(house.errors).toEqual([])
    expect((await house.call('GET', '/session')).status).toBe(200)
  })
})
