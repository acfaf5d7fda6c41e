// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, makePlace, openHouse, PASSWORD } from '../../test/harness.ts'
import { verifyAudit } from '../index.ts'
import { recover } from './recover.ts'

const stack = new AsyncDisposableStack()
const place = stack.use(makePlace())
const options = { ...place, passwordCost: { memoryKib: 64, passes: 1 }, now: () => Date.now() }
let house: House

beforeAll(async () => {
  house = await openHouse(place)
})
afterAll(() => stack.disposeAsync())

describe('an owner who is locked out', () => {
  it('is not let in beside a running server, nor where there is no data', async () => {
    await expect(recover(options)).rejects.toMatchObject({ code: 'store.in-use' })
    await expect(recover({ ...options, dataDir: '/nowhere' })).rejects.toMatchObject({ code: 'recover.absent' })
  })

  it('comes in with a password for one sign-in, without second proof; all is on record', async () => {
    expect((await house.call('POST', '/account/recovery')).status).toBe(200)
    await house[Symbol.asyncDispose]()
    await expect(recover({ ...options, name: 'nobody' })).rejects.toMatchObject({ code: 'person.unknown' })
    const { name, password } = await recover(options)
    expect(name).toBe('admin')
    await using again = await openHouse(place)
    expect((await again.as(house.cookie, 'GET', '/session')).status).toBe(401)
    expect((await again.as('', 'POST', '/session', { name, password: PASSWORD })).status).toBe(401)
    const cookie = await again.enter(name, password)
    expect((await again.as(cookie, 'GET', '/people')).status).toBe(403)
    const change = { old: password, password: 'words that are mine again' }
    expect((await again.as(cookie, 'PUT', '/account/password', change)).status).toBe(204)
    const { body } = await again.as(cookie, 'GET', '/audit')
    expect(JSON.stringify(body)).toContain('account.recover')
    expect(verifyAudit(place).faults.filter(({ kind }) => kind !== 'no-checkpoint')).toEqual([])
  })
})
