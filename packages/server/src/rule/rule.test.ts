// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { When } from '@openhmp/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Store } from '../store/store.ts'
import { HoldDown, isMeant, type Place } from './match.ts'
import { type DeliveryRow, GIVE_UP_MS, Outbox, waitAfter } from './outbox.ts'

const device = '6b1f5a4e-0000-4000-8000-000000000001'
const event = { kind: 'motion', device, channel: 1 } as Parameters<typeof isMeant>[1] & { channel: number }
const place: Place = { site: 'Harbour', tags: ['gate', 'outside'] }
const noon = new Date('2026-03-04T12:00:00').getTime()

describe('a rule means', () => {
  it.each<[string, object, boolean]>([
    ['all when nothing is named', {}, true],
    ['a kind', { kinds: ['motion'] }, true],
    ['no other kind', { kinds: ['tamper'] }, false],
    ['a device', { devices: [device] }, true],
    ['a site', { sites: ['Harbour', 'Airport'] }, true],
    ['no other site', { sites: ['Airport'] }, false],
    ['all tags together', { tags: ['gate', 'outside'] }, true],
    ['not one of two tags', { tags: ['gate', 'inside'] }, false],
    ['a time of day', { window: { from: '11:00', to: '13:00' } }, true],
    ['no other time of day', { window: { from: '22:00', to: '06:00' } }, false],
    ['beginnings unless told otherwise', { moments: ['ended'] }, false],
  ])('%s', (_, when, isWanted) => {
    expect(isMeant(When.parse(when), event, place, 'began', noon)).toBe(isWanted)
  })

  it('nothing twice within its hold-down', () => {
    const holdDown = new HoldDown()
    const pass = (at: number, more: object = {}) => holdDown.pass('r', { ...event, ...more }, 'began', 60, at)
    expect([pass(0), pass(59_999), pass(1000, { channel: 2 }), pass(60_000), pass(61_000)]).toEqual([
      ...[true, false, true, true, false],
    ])
  })
})

describe('what is to be told', () => {
  let dataDir: string
  let store: Store
  let clock: VirtualClock
  let outbox: Outbox | undefined
  let answers: (string | undefined)[]
  let sent: string[]

  const open = () => {
    outbox = new Outbox({
      ...{ store, clock },
      onError: (error) => {
        throw error
      },
      send: (row, attempt) => {
        if (row.ruleId === 'gone') return undefined
        sent.push(`${row.id} ${attempt}`)
        const answer = answers.length > 1 ? answers.shift() : answers[0]
        return answer === undefined ? Promise.resolve() : Promise.reject(new Error(answer))
      },
    })
    return outbox
  }
  const put = (id: string, ruleId = 'rule') => {
    const now = clock.now()
    const row: DeliveryRow = {
      ...{ id, ruleId, ruleName: 'R', eventId: 'e', target: 'host', state: 'waiting', body: '{}', attempts: 0 },
      ...{ createdAt: now, since: now, nextAt: now, endedAt: null, text: null },
    }
    return store.db.insertInto('delivery').values(row).execute()
  }
  const rows = () => store.db.selectFrom('delivery').selectAll().orderBy('id').execute()

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'hmp-rules-'))
    clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
    store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
    answers = [undefined]
    sent = []
  })
  afterEach(async () => {
    await outbox?.[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true })
  })

  it('is sent, and again later and later until it is taken', async () => {
    answers = ['it answers 500', 'no answer', undefined]
    await put('a')
    open()
    await clock.settle()
    expect(await rows()).toMatchObject([
      { state: 'waiting', attempts: 1, text: 'it answers 500', nextAt: clock.now() + 5000 },
    ])
    await clock.advance(5500)
    expect(sent).toEqual(['a 1', 'a 2'])
    await clock.advance(waitAfter(2) + 1000)
    expect(await rows()).toMatchObject([
      { state: 'sent', attempts: 3, nextAt: null, text: null, endedAt: expect.any(Number) },
    ])
    await clock.advance(60_000)
    expect(sent).toHaveLength(3)
  })

  it('is given up after a day, and by a person begun again', async () => {
    answers = ['it answers 404']
    await put('a')
    open()
    for (let hour = 0; hour < 27; hour++) await clock.advance(60 * 60_000)
    expect(await rows()).toMatchObject([{ state: 'dead', text: 'it answers 404', nextAt: null }])
    expect(sent.length).toBeGreaterThan(25)
    expect(sent.length).toBeLessThan(40)
    expect(waitAfter(100)).toBeLessThan(GIVE_UP_MS)
  })

  it('outlives the server, and goes with its rule', async () => {
    answers = ['later', undefined]
    await put('a')
    await put('b', 'gone')
    await open()[Symbol.asyncDispose]()
    await clock.settle()
    open()
    await clock.advance(10_000)
    expect(await rows()).toMatchObject([{ id: 'a', state: 'sent' }])
  })
})
