// SPDX-License-Identifier: Apache-2.0
/** Generated from the contract: whatever is no GET leaves a row in the audit when it is done, also when its handler forgets to. */
import { API_ROOT, Permission, type Route, routes } from '@openhmp/contract'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import type { Session } from '../access/sessions.ts'
import type { Deed } from '../audit/audit.ts'
import { noteRow } from '../audit/on-record.ts'
import type { Refused } from '../audit/refusals.ts'
import { createApp } from './app.ts'
import { unrecorded } from './unrecorded.ts'

const UUID = '6f6f6f6f-1111-4222-8333-444444444444'
const nameOf = ({ method, path }: Route) => `${method} ${path}`
const urlOf = ({ path }: Route) => API_ROOT + path.replace(':id', UUID).replace(/:\w+/g, '1')
const everything = [{ permissions: new Set(Permission.options), scope: { kind: 'all' as const } }]
const nothing = [] as typeof everything

/** Every route without its schemas, so that each can be called with nothing at all. */
const world = async (
  work: (record: (deed: Deed) => Promise<void>, route: Route) => Promise<void>,
  rights = everything,
) => {
  const rows: Deed[] = []
  const refused: Refused[] = []
  const audit = {
    record: async (deed: Deed) => {
      noteRow()
      rows.push(deed)
    },
  }
  const session = { user: { id: 'ada', name: 'Ada', rights } } as unknown as Session
  const app = await createApp({
    handlers: routes.map((route) => ({
      route: { ...route, params: undefined, query: undefined, body: undefined, answer: undefined, produces: undefined },
      run: async () => work(audit.record, route),
    })),
    sessions: { find: (token: string) => (token === 'good' ? session : undefined), isFresh: () => true } as never,
    tokens: { find: () => undefined },
    refusals: { note: (one) => void refused.push(one) },
    ...{ audit, instance: 'test', version: '0', allowedOrigins: [], log: pino({ level: 'silent' }) },
    placeOf: () => ({ site: null, tags: [] }),
  })
  const call = async (route: Route, token = 'good') => {
    rows.length = 0
    const content = route.takes === undefined ? {} : { payload: '', headers: { 'content-type': route.takes } }
    const cookies = token === '' ? {} : { '__Host-hmp-test': token }
    const { statusCode } = await app.inject({ method: route.method, url: urlOf(route), cookies, ...content })
    return statusCode
  }
  return { rows, refused, call, [Symbol.asyncDispose]: () => app.close() }
}

describe('a call that is done', () => {
  it('has a row of its own, unless it is named with a reason', async () => {
    await using forgetful = await world(async () => {})
    for (const route of routes) {
      expect(await forgetful.call(route), nameOf(route)).toBe(204)
      const isOwed = route.method !== 'GET' && !unrecorded.has(nameOf(route))
      const { id = null } = route.path.includes(':id') ? { id: UUID } : {}
      const row = { who: 'Ada', source: '127.0.0.1', action: 'api.call', object: id, outcome: 'done' }
      expect(forgetful.rows, nameOf(route)).toEqual(isOwed ? [{ ...row, detail: { route: nameOf(route) } }] : [])
    }
  })

  it('has the one that its handler wrote, and no other', async () => {
    const deed = { who: 'Ada', source: '', action: 'own', object: null, outcome: 'done' } as const
    await using careful = await world(async (record) => {
      await Promise.resolve()
      await record(deed)
    })
    for (const route of routes) {
      await careful.call(route)
      expect(careful.rows, nameOf(route)).toEqual([deed])
    }
  })

  it('is only let off for a reason, and only where there is such a call', () => {
    const names = new Set(routes.filter(({ method }) => method !== 'GET').map(nameOf))
    for (const [name, reason] of unrecorded) {
      expect(names, name).toContain(name)
      expect(reason.length).toBeGreaterThan(10)
    }
    expect(unrecorded.size).toBeLessThan(10)
  })
})

describe('a call that is refused', () => {
  it('for want of rights is told, with who and where', async () => {
    await using closed = await world(async () => {}, nothing)
    for (const route of routes.filter(({ needs }) => needs !== 'public' && needs !== 'session')) {
      closed.refused.length = 0
      expect(await closed.call(route)).toBe(403)
      const object = route.path.includes(':id') ? UUID : null
      const said = { who: 'Ada', source: '127.0.0.1', route: nameOf(route), object, code: 'forbidden' }
      expect(closed.refused).toEqual([said])
    }
  })

  it('for a session that is over is told; who has none is nobody', async () => {
    await using open = await world(async () => {})
    for (const route of routes.filter(({ needs }) => needs !== 'public')) {
      open.refused.length = 0
      expect(await open.call(route, 'over')).toBe(401)
      expect(open.refused).toMatchObject([{ who: '', route: nameOf(route), code: 'session.missing' }])
      expect(await open.call(route, '')).toBe(401)
      expect(open.refused).toHaveLength(1)
    }
  })
})
