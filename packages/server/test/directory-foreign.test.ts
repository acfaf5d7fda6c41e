// SPDX-License-Identifier: Apache-2.0
/** People sign in with a password that a real directory keeps: OpenLDAP's `slapd`. */
import type { Person, Waiting } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { type House, makePlace, openHouse, PASSWORD } from './harness.ts'
import { directoryWish, passkeyOf, setSignOn } from './sign-on-house.ts'
import { BASE, Slapd } from './slapd.ts'

const viewer = { role: 'viewer', scope: { kind: 'all' as const }, hours: [] }
const BENS = 'seven unrelated words here'

describe.runIf(needs('slapd'))('a directory', () => {
  const stack = new AsyncDisposableStack()
  let house: House
  let slapd: Slapd
  beforeAll(async () => {
    slapd = stack.use(await Slapd.open())
    house = stack.use(await openHouse(stack.use(makePlace())))
    const ben = { name: 'Ben', password: BENS, grants: [viewer], mustChangePassword: false }
    await house.call('POST', '/people', ben)
  }, 30_000)
  afterAll(() => stack.disposeAsync())

  const signIn = (name: string, password: string) =>
    house.as<{ name?: string; code?: string }>('', 'POST', '/session', { name, password })
  const outcome = async (name: string, password: string) => {
    const { body } = await signIn(name, password)
    return body.code ?? body.name
  }
  const waiting = async () => (await house.call<{ waiting: Waiting[] }>('GET', '/sign-on/waiting')).body.waiting

  it('is tried before it is put in force', async () => {
    const attempt = async (change: object) => {
      const settings = directoryWish(slapd, change)
      return (await house.call<{ code: string }>('POST', '/sign-on/try', { way: 'directory', settings })).body.code
    }
    expect(await attempt({})).toBe('directory.good')
    expect(await attempt({ url: slapd.plainUrl })).toBe('directory.good')
    expect(await attempt({ secret: 'another' })).toBe('directory.account')
    expect(await attempt({ ca: null })).toBe('directory.certificate')
    expect(await attempt({ base: 'dc=nowhere' })).toBe('directory.refused')
    expect(await attempt({ filter: '(&(objectClass=device)(uid={name}))' })).toBe('directory.nobody')
    expect(await attempt({ idAttribute: 'objectGUID' })).toBe('directory.nobody')
    expect(await attempt({ url: 'ldaps://127.0.0.1:1' })).toBe('directory.away')
    expect(await attempt({ url: 'ldaps://169.254.169.254' })).toBe('address.forbidden')
  })

  it('knows people, who wait until they are let in', async () => {
    expect(await outcome('anna', 'annas long password')).toBe('login.wrong')
    await setSignOn(house, directoryWish(slapd))
    expect(await outcome('anna', 'annas long password')).toBe('signOn.unknown')
    const [anna] = await waiting()
    expect(anna).toMatchObject({ way: 'directory', name: 'Anna Ash', subject: expect.stringMatching(/^[\da-f-]{36}$/) })
    await house.call('POST', '/sign-on/people', { waiting: anna!.id, name: 'Anna', grants: [viewer] })
    expect(await outcome('anna', 'annas long password')).toBe('Anna')
    expect(await outcome('ANNA', 'annas long password')).toBe('Anna')
    expect(await outcome('anna', 'wrong')).toBe('login.wrong')
    expect(await outcome('nobody', 'wrong')).toBe('login.wrong')
    expect(await outcome('Ben', BENS)).toBe('Ben')
  })

  it('is reached by StartTLS too', async () => {
    await setSignOn(house, directoryWish({ ...slapd, url: slapd.plainUrl }))
    expect(await outcome('anna', 'annas long password')).toBe('Anna')
    expect(await outcome('anna', 'wrong')).toBe('login.wrong')
  })

  it('makes people by their groups, which are known by their whole names', async () => {
    const groups = [{ group: `CN=guards, ou=groups, ${BASE}`, grant: viewer }]
    await setSignOn(house, directoryWish(slapd, {}, { groups, makesPeople: true }))
    expect(await outcome('bob', 'bobs long password')).toBe('Bob Birch')
    const { people } = (await house.call<{ people: Person[] }>('GET', '/people')).body
    expect(people.find(({ name }) => name === 'Bob Birch')).toMatchObject({ grants: [viewer], sessions: 1 })
    expect(await outcome('eve', 'eves long password')).toBe('signOn.unknown')
    const byAttribute = { groupsAttribute: 'departmentNumber', groupFilter: '' }
    const north = [{ group: 'North', grant: { ...viewer, role: 'operator' } }]
    await setSignOn(house, directoryWish(slapd, byAttribute, { groups: north, makesPeople: true }))
    expect(await outcome('bob', 'bobs long password')).toBe('signOn.no-group')
    // Let in by hand: keeps what was given by hand.
    expect(await outcome('anna', 'annas long password')).toBe('Anna')
  })

  it('comes first: a passkey here is the second step, and no way in by itself', async () => {
    const groups = [{ group: `cn=guards,ou=groups,${BASE}`, grant: viewer }]
    await setSignOn(house, directoryWish(slapd, {}, { groups, makesPeople: true }))
    const cookie = await house.enter('bob', 'bobs long password')
    const enter = await passkeyOf(house, cookie)
    expect(await enter()).toBe('login.vouched')
    const { ticket } = (
      await house.as<{ ticket: string }>('', 'POST', '/session', { name: 'bob', password: 'bobs long password' })
    ).body
    expect(await enter(ticket)).toBe('Bob Birch')
    expect(await enter(ticket)).toBe('login.vouched')
  })

  it('can be the only way in, but for administrators of the whole system', async () => {
    await setSignOn(house, directoryWish(slapd, {}, { passwords: 'administrators' }))
    expect(await outcome('Ben', BENS)).toBe('login.elsewhere')
    expect(await outcome('Ben', 'wrong')).toBe('login.wrong')
    expect(await outcome('admin', PASSWORD)).toBe('admin')
    expect(await outcome('anna', 'annas long password')).toBe('Anna')
    await setSignOn(house, directoryWish(slapd))
  })

  it('that is away says so, and people of this server go on', async () => {
    await slapd.stop()
    expect(await outcome('Ben', BENS)).toBe('Ben')
    expect(await outcome('anna', 'annas long password')).toBe('directory.away')
    expect(await outcome('Ben', 'wrong')).toBe('directory.away')
    await slapd.start()
    expect(await outcome('anna', 'annas long password')).toBe('Anna')
    expect(house.errors).toEqual([])
  }, 30_000)
})
