// SPDX-License-Identifier: Apache-2.0
import { GetDevice, ListEvents, SignIn } from '@openhmp/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiProblem, address, call } from './call.ts'
import { identity } from './identity.ts'

const answer = (status: number, body: string, type = 'application/json') =>
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status, headers: { 'content-type': type } })))
const asking = () => call(SignIn, { body: { name: 'a', password: 'b' } })

afterEach(() => vi.unstubAllGlobals())

describe('address', () => {
  it('fills the path and leaves nothing dangerous in it', () => {
    expect(address(GetDevice, { id: 'a/../b' })).toBe('/api/v1/devices/a%2F..%2Fb')
  })
  it('writes what is set of a query', () => {
    expect(address(ListEvents, {}, { kind: 'motion', before: undefined, limit: 5 })).toBe(
      '/api/v1/events?kind=motion&limit=5',
    )
  })
})

describe('call', () => {
  it('gives the answer', async () => {
    answer(200, '{"name":"ann","permissions":["live.view"],"everywhere":[]}')
    await expect(asking()).resolves.toEqual({ name: 'ann', permissions: ['live.view'], everywhere: [] })
  })
  it.each([
    ['a refusal', 403, '{"code":"login.wrong","text":"no"}', 'login.wrong'],
    ['a refusal without words', 502, '<html>', 'status'],
    ['an answer that breaks the contract', 200, '{"name":7}', 'answer'],
    ['an answer that is no JSON', 200, '', 'answer'],
  ])('names %s', async (_, status, body, code) => {
    answer(status, body)
    await expect(asking()).rejects.toMatchObject({ code, status })
  })
  it('asks who is there where the server wants to know, once, and goes on', async () => {
    const answers = [
      new Response('{"code":"session.stale","text":"show"}', { status: 403 }),
      new Response('{"code":"session.stale","text":"show"}', { status: 403 }),
      new Response('{"name":"ann","permissions":[],"everywhere":[]}'),
      new Response('{"name":"ann","permissions":[],"everywhere":[]}'),
    ]
    vi.stubGlobal('fetch', () => Promise.resolve(answers.shift()))
    let asked = 0
    identity.prove = async () => {
      asked++
      return true
    }
    await Promise.all([asking(), asking()])
    expect([asked, answers.length]).toEqual([1, 0])
    answer(403, '{"code":"session.stale","text":"show"}')
    identity.prove = async () => false
    await expect(asking()).rejects.toMatchObject({ code: 'session.stale' })
  })
  it('names silence', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
    await expect(asking()).rejects.toBeInstanceOf(ApiProblem)
    await expect(asking()).rejects.toMatchObject({ code: 'network', status: 0 })
  })
})
