// SPDX-License-Identifier: Apache-2.0
/** People sign in with a real OpenID provider: let in by hand, made by their groups, and let go again. */
import type { Person, Waiting } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, makePlace, openHouse } from './harness.ts'
import { RealProvider } from './real-provider.ts'
import { Browser, passkeyOf, setSignOn, wishOf } from './sign-on-house.ts'

const stack = new AsyncDisposableStack()
let house: House
let provider: RealProvider
const viewer = { role: 'viewer', scope: { kind: 'all' as const }, hours: [] }

beforeAll(async () => {
  house = stack.use(await openHouse(stack.use(makePlace())))
  provider = stack.use(await RealProvider.open(house.server.url))
  provider.people.set('anna-1', { preferred_username: 'Anna' })
  provider.people.set('bela-2', { preferred_username: 'Béla', groups: ['guards'] })
  provider.people.set('zoe-3', { preferred_username: 'admin', groups: ['guards'] })
})
afterAll(() => stack.disposeAsync())

const signIn = async (who: string | undefined, to?: string) => {
  const browser = new Browser(house)
  provider.atTheScreen = who
  const at = await browser.comeBack(await provider.walk((await browser.begin(to)).href))
  return { browser, at, problem: at.searchParams.get('problem') }
}
const people = async () => (await house.call<{ people: Person[] }>('GET', '/people')).body.people
const waiting = async () => (await house.call<{ waiting: Waiting[] }>('GET', '/sign-on/waiting')).body.waiting

describe('an OpenID provider', () => {
  it('is not there before it is set up', async () => {
    expect((await house.as('', 'GET', '/sign-on')).body).toEqual({ oidc: null })
    expect((await house.as('', 'POST', '/sign-on/oidc', {})).body.code).toBe('signOn.off')
  })

  it('is tried before it is put in force', async () => {
    const good = wishOf(house, provider.issuer)
    const attempt = (change: object) => {
      const settings = { ...good, oidc: { ...good.oidc, ...change } }
      return house.call('POST', '/sign-on/try', { way: 'oidc', settings })
    }
    expect((await attempt({})).body).toMatchObject({ isGood: true, code: 'signOn.good' })
    expect((await attempt({ secret: 'another' })).body).toMatchObject({ isGood: false, code: 'signOn.client' })
    expect((await attempt({ clientId: 'nobody' })).body).toMatchObject({ isGood: false, code: 'signOn.client' })
    expect((await attempt({ issuer: 'http://127.0.0.1:1' })).body).toMatchObject({ code: 'signOn.unreachable' })
    expect((await attempt({ issuer: `${provider.issuer}/elsewhere` })).body).toMatchObject({ code: 'signOn.answer' })
    expect((await attempt({ issuer: 'http://192.0.2.1' })).body).toMatchObject({ code: 'signOn.plain' })
    expect((await attempt({ issuer: house.server.url })).body.code).toBe('address.forbidden')
  })

  it('keeps its secret to itself, and tells it to no other', async () => {
    const settings = await setSignOn(house, wishOf(house, provider.issuer))
    expect(settings.oidc).toMatchObject({ hasSecret: true, clientId: 'openhmp' })
    expect(JSON.stringify(settings)).not.toContain('a secret of')
    expect((await house.as('', 'GET', '/sign-on')).body).toEqual({
      oidc: { label: 'Town hall', address: house.server.url },
    })
    const { secret: _, ...known } = wishOf(house, provider.issuer).oidc!
    expect((await setSignOn(house, wishOf(house, '', { oidc: known }))).oidc?.hasSecret).toBe(true)
    const elsewhere = wishOf(house, '', { oidc: { ...known, issuer: 'https://other.example' } })
    expect((await house.call('PUT', '/sign-on/settings', elsewhere)).body.code).toBe('signOn.secret')
  })

  it('brings somebody whom nobody knows: they wait until they are let in', async () => {
    const first = await signIn('anna-1', '/devices?site=North')
    expect([first.problem, await first.browser.who()]).toEqual(['signOn.unknown', undefined])
    const [anna] = await waiting()
    expect(anna).toMatchObject({ way: 'oidc', name: 'Anna', subject: 'anna-1' })
    const letIn = { waiting: anna!.id, name: 'Anna', grants: [viewer] }
    expect((await house.call('POST', '/sign-on/people', letIn)).status).toBe(200)
    expect((await house.call('POST', '/sign-on/people', letIn)).body.code).toBe('signOn.gone')
    expect(await waiting()).toEqual([])
    const second = await signIn('anna-1', '/devices?site=North')
    expect(`${second.at.pathname} ${second.at.searchParams.get('to')}`).toBe('/signin /devices?site=North')
    expect(await second.browser.who()).toBe('Anna')
    expect((await signIn(undefined)).problem).toBe('signOn.cancelled')
  })

  it('gives nobody a password here', async () => {
    const anna = (await people()).find(({ name }) => name === 'Anna')!
    for (const password of ['', 'x', 'a long password of hers'])
      expect((await house.as('', 'POST', '/session', { name: 'Anna', password })).body.code).toBe('login.wrong')
    const change = { password: 'a long password of hers' }
    expect((await house.call('PATCH', `/people/${anna.id}`, change)).body.code).toBe('person.elsewhere')
  })

  it('is the only way in for whom it vouches: a passkey here is none', async () => {
    const { browser } = await signIn('anna-1')
    const enter = await passkeyOf(house, browser.cookie)
    expect(await enter()).toBe('login.vouched')
    expect(await enter('A'.repeat(43))).toBe('login.vouched')
  })

  it('makes people by their groups, and takes their rights when they leave them', async () => {
    const groups = [{ group: 'guards', grant: viewer }]
    await setSignOn(house, wishOf(house, provider.issuer, { groups, makesPeople: true }))
    const { browser } = await signIn('bela-2')
    expect(await browser.who()).toBe('Béla')
    const bela = (await people()).find(({ name }) => name === 'Béla')!
    expect(bela).toMatchObject({ grants: [viewer], sessions: 1, hasPassword: false })
    expect((await house.call('GET', '/sign-on/waiting')).body).toEqual({ waiting: [], byGroups: [bela.id] })
    provider.people.set('bela-2', { preferred_username: 'Béla', groups: ['cooks'] })
    expect((await signIn('bela-2')).problem).toBe('signOn.no-group')
    expect(await browser.who()).toBeUndefined()
    provider.people.set('bela-2', { preferred_username: 'Adalbert', groups: ['cooks', 'guards'] })
    expect(await (await signIn('bela-2')).browser.who()).toBe('Béla')
  })

  it('makes nobody under a name that somebody has', async () => {
    expect((await signIn('zoe-3')).problem).toBe('signOn.unknown')
    expect((await waiting()).map(({ subject }) => subject)).toEqual(['zoe-3'])
  })

  it('leaves an administrator with a password here', async () => {
    const [zoe] = await waiting()
    const grants = [{ role: 'administrator', scope: { kind: 'all' }, hours: [] }]
    await house.call('POST', '/sign-on/people', { waiting: zoe!.id, name: 'Zoe', grants })
    expect(await (await signIn('zoe-3')).browser.who()).toBe('Zoe')
    const { id } = (await people()).find(({ name }) => name === 'admin')!
    expect((await house.call('DELETE', `/people/${id}`)).body.code).toBe('person.last')
  })

  it('takes over an account that is here, and then its password is none', async () => {
    const password = 'seven unrelated words here'
    const carl = { name: 'Carl', password, grants: [viewer], mustChangePassword: true }
    const { id } = (await house.call<Person>('POST', '/people', carl)).body
    const cookie = await house.enter('Carl', password)
    provider.people.set('carl-4', { preferred_username: 'carl@example.org' })
    expect((await signIn('carl-4')).problem).toBe('signOn.unknown')
    const [waits] = await waiting()
    const owner = (await people()).find(({ name }) => name === 'admin')!
    const tie = (person: string) => house.call('POST', '/sign-on/people', { waiting: waits!.id, person })
    expect((await tie(owner.id)).body.code).toBe('person.last')
    expect((await tie(waits!.id)).body.code).toBe('person.unknown')
    expect((await tie(id)).body).toEqual({ id })
    expect(await waiting()).toEqual([])
    expect((await house.as(cookie, 'GET', '/session')).status).toBe(401)
    expect((await house.as('', 'POST', '/session', { name: 'Carl', password })).body.code).toBe('login.wrong')
    const { browser } = await signIn('carl-4')
    expect(await browser.who()).toBe('Carl')
    expect((await browser.ask('GET', '/api/v1/devices')).status).toBe(200)
  })

  it('lets go of who is switched off or removed', async () => {
    const { browser } = await signIn('anna-1')
    const { id } = (await people()).find(({ name }) => name === 'Anna')!
    await house.call('PATCH', `/people/${id}`, { isDisabled: true })
    expect((await signIn('anna-1')).problem).toBe('login.disabled')
    expect(await browser.who()).toBeUndefined()
    await house.call('DELETE', `/people/${id}`)
    expect((await signIn('anna-1')).problem).toBe('signOn.unknown')
  })

  it('stands on record, with what it was set to and without its secret', async () => {
    const { rows } = (
      await house.call<{ rows: { action: string; outcome: string; detail: object }[] }>('GET', '/audit')
    ).body
    const told = rows.map(({ action, outcome }) => `${action} ${outcome}`)
    for (const one of ['signon.change done', 'signon.try done', 'session.start done', 'session.start refused'])
      expect(told).toContain(one)
    expect(JSON.stringify(rows)).not.toContain('a secret of')
  })

  it('lets everybody go when it is not asked any more', async () => {
    const { browser } = await signIn('zoe-3')
    expect(await browser.who()).toBe('Zoe')
    await setSignOn(house, wishOf(house, provider.issuer, { oidc: null }))
    expect(await browser.who()).toBeUndefined()
    expect(house.errors).toEqual([])
  })
})
