// SPDX-License-Identifier: Apache-2.0
/** One's own account over a whole server: tokens of programs, sessions, the password. */
import { request } from 'node:https'
import { API_ROOT, type ApiToken, type OwnSession } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, makePlace, openHouse, PASSWORD } from './harness.ts'

const stack = new AsyncDisposableStack()
let house: House

beforeAll(async () => {
  house = stack.use(await openHouse(stack.use(makePlace())))
})
afterAll(() => stack.disposeAsync())

interface Own {
  readonly sessions: OwnSession[]
  readonly tokens: ApiToken[]
}
const own = async () => (await house.call<Own>('GET', '/account')).body
const addToken = async (body: object) =>
  (await house.call<{ token: ApiToken; secret: string }>('POST', '/account/tokens', body)).body

/** As a program: no cookie, no origin. */
const bearer = (secret: string, method: string, path: string, body?: object) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const { server } = house
    const payload = body && JSON.stringify(body)
    const headers = {
      host: new URL(server.url).host,
      authorization: `Bearer ${secret}`,
      ...(payload ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) } : {}),
    }
    const tls = {
      host: '127.0.0.1',
      port: server.port,
      ca: server.caPem,
      servername: 'localhost',
      agent: false as const,
    }
    const asking = request({ ...tls, method, path: API_ROOT + path, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode!, text }))
    })
    asking.on('error', reject)
    asking.end(payload)
  })

describe('a token', () => {
  it('does what it was given for its owner, is never shown again, and ends at once', async () => {
    const { token, secret } = await addToken({ name: 'Dashboard', permissions: ['device.view'], days: 1 })
    expect(secret).toMatch(/^hmp_[\w-]{43}$/)
    expect((await bearer(secret, 'GET', '/devices')).status).toBe(200)
    expect((await bearer(secret, 'GET', '/events')).status).toBe(403)
    expect((await bearer(secret, 'POST', '/devices', { kind: 'hmp', name: 'x' })).status).toBe(403)
    const { tokens } = await own()
    expect(tokens).toMatchObject([{ id: token.id, name: 'Dashboard', permissions: ['device.view'] }])
    expect(tokens[0]!.lastUsedAt).not.toBeNull()
    const rows = await house.call('GET', '/audit')
    expect(JSON.stringify([tokens, rows.body])).not.toContain(secret.slice(4))
    expect((await house.call('DELETE', `/account/tokens/${token.id}`)).status).toBe(204)
    expect((await bearer(secret, 'GET', '/devices')).status).toBe(401)
  })

  it('makes no tokens, changes no password, ends no session, signs nobody out', async () => {
    const { secret } = await addToken({ name: 'All', permissions: ['user.manage', 'device.view'] })
    for (const [method, path, body] of [
      ['GET', '/account'],
      ['POST', '/account/tokens', { name: 'x', permissions: ['device.view'] }],
      ['PUT', '/account/password', { old: PASSWORD, password: 'seven unrelated words' }],
      ['DELETE', '/account/sessions'],
    ] as const) {
      const { status, text } = await bearer(secret, method, path, body)
      expect([status, text.includes('token.limited')], path).toEqual([403, true])
    }
    expect((await own()).sessions).toHaveLength(1)
  })

  it.each([
    ['made up', `hmp_${'a'.repeat(43)}`],
    ['of another form', 'hmp_short'],
    ['with more behind it', `hmp_${'a'.repeat(43)} x`],
    ['empty', ''],
  ])('%s opens nothing', async (_, secret) => {
    expect((await bearer(secret, 'GET', '/devices')).status).toBe(401)
  })

  it('has less when its owner has less, and nothing when there is no owner', async () => {
    const grants = [{ role: 'viewer', scope: { kind: 'all' }, hours: [] }]
    const ben = { name: 'ben', password: 'seven unrelated words', mustChangePassword: false, grants }
    const { id } = (await house.call<{ id: string }>('POST', '/people', ben)).body
    const cookie = await house.enter(ben.name, ben.password)
    const { body } = await house.as<{ secret: string }>(cookie, 'POST', '/account/tokens', {
      ...{ name: 'x', permissions: ['device.view', 'user.manage'] },
    })
    const devices = async () => (await bearer(body.secret, 'GET', '/devices')).status
    expect([await devices(), (await bearer(body.secret, 'GET', '/people')).status]).toEqual([200, 403])
    await house.call('PATCH', `/people/${id}`, { grants: [] })
    expect(await devices()).toBe(403)
    await house.call('PATCH', `/people/${id}`, { grants, isDisabled: true })
    expect(await devices()).toBe(401)
    await house.call('DELETE', `/people/${id}`)
    expect(await devices()).toBe(401)
  })
})

describe('one’s own sessions and password', () => {
  it('are listed and ended; a new password ends the others', async () => {
    const other = await house.enter('admin', PASSWORD)
    const third = await house.enter('admin', PASSWORD)
    const { sessions } = await own()
    expect(sessions.map(({ isThis }) => isThis)).toEqual([true, false, false])
    expect((await house.call('DELETE', `/account/sessions/${sessions[1]!.id}`)).status).toBe(204)
    expect((await house.as(other, 'GET', '/session')).status).toBe(401)
    const change = (old: string, password: string) => house.call('PUT', '/account/password', { old, password })
    expect((await change('wrong', 'eight unrelated words')).body.code).toBe('password.wrong')
    expect((await change(PASSWORD, 'aaaaaaaaaaaaaaa')).body.code).toBe('password.weak')
    expect((await change(PASSWORD, 'eight unrelated words')).status).toBe(204)
    expect((await house.as(third, 'GET', '/session')).status).toBe(401)
    expect((await house.call('GET', '/session')).status).toBe(200)
    expect(await house.enter('admin', 'eight unrelated words')).toContain('=')
    expect((await house.call('DELETE', '/account/sessions')).status).toBe(204)
    expect((await own()).sessions).toHaveLength(1)
  })
})
