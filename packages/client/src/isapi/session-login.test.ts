// SPDX-License-Identifier: Apache-2.0
/** A session's life by virtual time: beaten while it is ours, dropped when the device has dropped it, never taken for a digest's loss. */
import { utf8 } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { LoginGuard } from '../login-guard.ts'
import { DeviceLogin } from './device-login.ts'
import type { WholeAnswer } from './exchange.ts'

const cap =
  '<SessionLoginCap><sessionID>ab</sessionID><challenge>cd</challenge><iterations>100</iterations></SessionLoginCap>'
const yes = '<SessionLogin><statusValue>200</statusValue><sessionID>ef</sessionID></SessionLogin>'

/** A device that answers the login's own requests by their method and path. */
const bench = (
  kind: 'auto' | 'session',
  more: Partial<Record<string, Partial<WholeAnswer> & { body?: string }>> = {},
) => {
  const clock = new VirtualClock()
  const asked: string[] = []
  const login = new DeviceLogin({
    ...{ kind, credentials: { username: 'a b', password: 'x' }, guard: new LoginGuard(clock), device: 'camera' },
    ...{ name: 'camera:80', allowBasic: false, clock, monotonic: () => clock.monotonic() },
    ask: async (method, path, _, { Cookie }) => {
      const what = `${method} ${path.replace(/^.*Security\//, '')}`
      asked.push(Cookie === undefined ? what : `${what} ${Cookie}`)
      const { body = /^GET/.test(what) ? cap : yes, status = 200, headers = {} } = more[what.split('?')[0]!] ?? {}
      return { status, headers, contentType: 'application/xml', bytes: utf8(body) }
    },
  })
  const send = (status = 200) =>
    login.send('GET', '/x', async (headers) => {
      asked.push(`GET /x ${headers['Cookie'] ?? 'without'}`)
      return { status: headers['Cookie'] === undefined ? 401 : status, headers: {} }
    })
  return { clock, asked, login, send }
}

describe('a session', () => {
  it('is opened by the first request, beaten each half minute, and given back', async () => {
    const { clock, asked, login, send } = bench('auto')
    await send()
    expect(asked.splice(0)).toEqual([
      'GET /x without',
      'GET sessionLogin/capabilities?username=a%20b',
      'POST sessionLogin?timeStamp=1792152000',
      'GET /x WebSession=ef',
    ])
    await clock.advance(60_000)
    await send()
    expect(asked.splice(0)).toEqual([...Array(2).fill('PUT sessionHeartbeat WebSession=ef'), 'GET /x WebSession=ef'])
    await login[Symbol.asyncDispose]()
    await login[Symbol.asyncDispose]()
    await clock.advance(60_000)
    expect([asked, clock.sleepers]).toEqual([['PUT sessionLogout WebSession=ef'], 0])
  })

  it('that the device has dropped is opened anew by the next request, not by the clock', async () => {
    const { clock, asked, login, send } = bench('session', { 'PUT sessionHeartbeat': { status: 401, body: '' } })
    await send()
    await clock.advance(300_000)
    expect(asked.filter((one) => one.includes('Heartbeat'))).toHaveLength(1)
    await send()
    expect(asked.filter((one) => one.startsWith('POST'))).toHaveLength(2)
    await login[Symbol.asyncDispose]()
  })

  it('is asked whether it is good before a 401 is laid to it', async () => {
    const { asked, login, send } = bench('session')
    await expect(send(401)).rejects.toMatchObject({ code: 'isapi.forbidden' })
    expect(asked.filter((one) => one.startsWith('POST'))).toHaveLength(1)
    await login[Symbol.asyncDispose]()
  })

  it.each([
    ['its own cookie', ['WebSession_0a1b=deadbeef; path=/; HttpOnly'], 'WebSession_0a1b=deadbeef'],
    ['a cookie that is something else', ['Theme=dark; WebSession=1', 'x=WebSession=2'], 'WebSession=ef'],
    ['a cookie that would be two fields', ['WebSession=1\r\nX: y'], 'WebSession=ef'],
  ])('goes by %s', async (_, cookies, cookie) => {
    const { asked, login, send } = bench('session', { 'POST sessionLogin': { headers: { 'set-cookie': cookies } } })
    await send()
    expect(asked.at(-1)).toBe(`GET /x ${cookie}`)
    await login[Symbol.asyncDispose]()
  })

  const said = (word: string) =>
    `<ResponseStatus><statusCode>4</statusCode><subStatusCode>${word}</subStatusCode></ResponseStatus>`
  it.each([
    [
      'a yes without a session',
      200,
      '<SessionLogin><statusValue>200</statusValue></SessionLogin>',
      'isapi.not-isapi',
      3,
    ],
    [
      '200 with a no inside',
      200,
      '<SessionLogin><statusValue>401</statusValue></SessionLogin>',
      'isapi.unauthorized',
      2,
    ],
    ['403 and a word', 403, said('incorrectUserNameOrPassword'), 'isapi.unauthorized', 2],
    ['401 and a page', 401, '<html></html>', 'isapi.unauthorized', 2],
    ['not activated', 403, said('notActivated'), 'isapi.not-activated', 3],
    ['busy', 503, '', 'isapi.busy', 3],
  ])('%s: told as it is', async (_, status, body, code, logins) => {
    const { asked, send } = bench('session', { 'POST sessionLogin': { status, body } })
    for (let i = 0; i < 2; i++) await expect(send()).rejects.toMatchObject({ code })
    await expect(send()).rejects.toMatchObject({ code: logins === 2 ? 'login.blocked' : code })
    expect(asked.filter((one) => one.startsWith('POST'))).toHaveLength(logins)
  })

  it('is left alone when the device asks too much of us, or sends us elsewhere', async () => {
    const many = cap.replace('100', '1000000')
    const far = bench('auto', { 'GET sessionLogin/capabilities': { body: many } })
    await expect(far.send()).rejects.toMatchObject({ code: 'isapi.login-scheme' })
    expect(far.asked.some((one) => one.startsWith('POST'))).toBe(false)
    const moved = bench('session', { 'GET sessionLogin/capabilities': { status: 302, body: '' } })
    expect((await moved.send()).status).toBe(401)
  })
})
