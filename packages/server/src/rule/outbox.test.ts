// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Store } from '../store/store.ts'
import { Dropped } from './message.ts'
import { type DeliveryRow, GIVE_UP_MS, Outbox, waitAfter } from './outbox.ts'

const HOUR_MS = 60 * 60_000

describe('what is to be told', { timeout: 20_000 }, () => {
  let dataDir: string
  let store: Store
  let clock: VirtualClock
  let outbox: Outbox | undefined
  let answers: (string | undefined)[]
  let sent: string[]
  let answer: ((id: string, attempt: number) => Promise<void>) | undefined

  const open = () => {
    outbox = new Outbox({
      ...{ store, clock },
      onError: (error) => {
        throw error
      },
      send: (row, attempt) => {
        if (row.ruleId === 'gone') return undefined
        sent.push(`${row.id} ${attempt}`)
        if (answer) return answer(row.id, attempt)
        if (row.lane === 'nothing') return Promise.reject(new Dropped('it ended too soon'))
        if (row.lane === 'broken') return Promise.reject(new Error('nobody listens'))
        const word = answers.length > 1 ? answers.shift() : answers[0]
        return word === undefined ? Promise.resolve() : Promise.reject(new Error(word))
      },
    })
    outbox.start()
    return outbox
  }
  const put = (id: string, { ruleId = 'rule', lane = 't', deedJson = null as string | null } = {}) => {
    const now = clock.now()
    const row: DeliveryRow = {
      ...{ id, ruleId, ruleName: 'R', eventId: 'e', target: 'host', state: 'waiting', body: '{}', attempts: 0 },
      ...{ kind: 'webhook', targetId: 't', lane, batch: '', deedJson },
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
    answer = undefined
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
    await put('b', { ruleId: 'gone' })
    await open()[Symbol.asyncDispose]()
    await clock.settle()
    open()
    await clock.advance(10_000)
    expect(await rows()).toMatchObject([{ id: 'a', state: 'sent' }])
  })

  it('waits for no other target', async () => {
    for (let i = 0; i < 100; i++) await put(`broken ${i}`, { lane: 'broken' })
    for (let i = 0; i < 20; i++) await put(`t ${i}`)
    open()
    await clock.settle()
    const done = await store.db.selectFrom('delivery').select('id').where('state', '=', 'sent').execute()
    expect(done).toHaveLength(20)
    expect(sent.filter((line) => line.startsWith('broken'))).toHaveLength(100)
  })

  it('goes out at once when a receiver that failed answers again', async () => {
    answers = ['it answers 503']
    for (const id of ['a', 'b', 'c']) await put(id)
    open()
    for (let hour = 0; hour < 6; hour++) await clock.advance(60 * 60_000)
    expect(await rows()).toMatchObject([{ state: 'waiting' }, { state: 'waiting' }, { state: 'waiting' }])
    answers = [undefined]
    await put('d')
    outbox!.nudge()
    await clock.settle()
    expect((await rows()).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent'])
  })

  it('does not wait for a clock that was set back', async () => {
    answers = ['later', undefined]
    await put('a')
    await put('b')
    const ahead = { createdAt: clock.now() + 5 * HOUR_MS, since: 0, nextAt: clock.now() + 5 * HOUR_MS + 2000 }
    await store.db.updateTable('delivery').set(ahead).where('id', '=', 'b').execute()
    open()
    await clock.advance(3000)
    expect(sent).toEqual(['a 1', 'b 1'])
  })

  it('is not hurried by what else is taken, when the receiver dislikes it alone', async () => {
    answer = (id) => (id === 'a' ? Promise.reject(new Error('it answers 400')) : Promise.resolve())
    await put('a')
    open()
    for (let i = 0; i < 60; i++) {
      await put(`b${i}`)
      outbox!.nudge()
      await clock.advance(1000)
    }
    expect(sent.filter((line) => line.startsWith('a '))).toEqual(['a 1', 'a 2', 'a 3'])
  })

  it('gets to a receiver that fails for a while, or takes it and cannot say so: all of it, once by its id', async () => {
    const taken = new Map<string, number>()
    answer = (id, attempt) => {
      // Away for seven hours, then deaf in one ear.
      if (clock.monotonic() < 7 * HOUR_MS) return Promise.reject(new Error('nobody listens'))
      taken.set(id, (taken.get(id) ?? 0) + 1)
      return attempt % 2 === 0 ? Promise.resolve() : Promise.reject(new Error('no answer in 10 s'))
    }
    open()
    for (let hour = 0; hour < 12; hour++) {
      for (let i = 0; i < 5; i++) await put(`${hour}.${i}`)
      outbox!.nudge()
      await clock.advance(HOUR_MS)
    }
    await clock.advance(2 * HOUR_MS)
    expect((await rows()).filter(({ state }) => state !== 'sent')).toEqual([])
    expect(taken.size).toBe(60)
    expect([...taken.values()].some((times) => times > 1)).toBe(true)
  }, 30_000)

  it('ends when it came to nothing, and at a device after a minute', async () => {
    await put('short', { lane: 'nothing' })
    await put('door', { lane: 'broken', deedJson: '{}' })
    open()
    for (let i = 0; i < 40; i++) await clock.advance(3000)
    expect(await rows()).toMatchObject([
      { id: 'door', state: 'dead', text: 'nobody listens' },
      { id: 'short', state: 'dropped', text: 'it ended too soon', attempts: 1 },
    ])
    expect(sent.filter((line) => line.startsWith('door'))).toEqual(['door 1', 'door 2', 'door 3'])
  })
})
