// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Gap } from '@openhmp/contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Store } from '../store/store.ts'
import { ALIVE_MS, Gaps, listGaps } from './gaps.ts'

const gate = { id: 'gate', name: 'Gate' }
const away = { code: 'link.reset', text: 'the device has cut the link' }
let dataDir: string
let clock: VirtualClock
let store: Store
let told: Gap[]
let current: Gaps | undefined

const open = async (): Promise<Gaps> => {
  current = await Gaps.open({
    store,
    clock,
    publish: (gap) => told.push(gap),
    onError: (error) => {
      throw error
    },
  })
  return current
}
const list = () => listGaps(store, { limit: 100 })
const iso = (ms: number) => new Date(ms).toISOString()

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-gaps-'))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
  told = []
  const blank = { kind: 'isapi' as const, address: 'a', userName: null, secret: null, optionsJson: '{}' }
  const more = { informationJson: null, epoch: 0, isDemo: 0, addedAt: 0, site: null, tagsJson: '[]', group: null }
  await store.db
    .insertInto('device')
    .values({ ...gate, ...blank, ...more })
    .execute()
})
afterEach(async () => {
  await current?.[Symbol.asyncDispose]()
  current = undefined
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

it('a gap reaches from the last that was heard to the first of the next stream, with the first cause', async () => {
  const gaps = await open()
  const start = clock.now()
  await gaps.heard(gate)
  await clock.advance(10_000)
  await gaps.lost(gate, 3000, away)
  await clock.advance(2000)
  await gaps.lost(gate, 5000, { code: 'link.refused', text: 'later' })
  expect(await list()).toMatchObject([{ from: iso(start + 7000), to: null, cause: away, deviceName: 'Gate' }])
  await clock.advance(1000)
  await gaps.heard(gate)
  await gaps.heard(gate)
  expect(await list()).toMatchObject([{ from: iso(start + 7000), to: iso(start + 13_000), cause: away }])
  expect(told.map(({ to }) => to)).toEqual([null, iso(start + 13_000)])
})

it('the time in which the server was away is a gap of those that were heard, and no other', async () => {
  const first = await open()
  await first.heard(gate)
  await clock.advance(60_000)
  const stopped = clock.now()
  await first[Symbol.asyncDispose]()
  await clock.advance(30_000)
  const second = await open()
  const cause = { code: 'server.away', text: expect.any(String) }
  expect(await list()).toMatchObject([{ from: iso(stopped), to: null, cause }])
  await second.heard(gate)
  expect(await list()).toMatchObject([{ from: iso(stopped), to: iso(clock.now()) }])
  await second.ended(gate.id)
  await second[Symbol.asyncDispose]()
  await open()
  expect(await list()).toHaveLength(1)
})

it('after a crash it begins no later than the last sign of life', async () => {
  const crashed = await open()
  await crashed.heard(gate)
  await clock.advance(10 * ALIVE_MS + 1234)
  const crash = clock.now()
  await clock.settle()
  const before = current
  await open() // as after a kill: nobody said goodbye
  const [gap] = await list()
  expect(Date.parse(gap!.from)).toBeLessThanOrEqual(crash)
  expect(Date.parse(gap!.from)).toBeGreaterThan(crash - 2 * ALIVE_MS)
  await before?.[Symbol.asyncDispose]()
})

it('of a device that is removed ends, and those of a time are found', async () => {
  const gaps = await open()
  const start = clock.now()
  await gaps.lost(gate, 0, away)
  await clock.advance(5000)
  await gaps.ended(gate.id)
  const of = (from: number, to: number) =>
    listGaps(store, { device: gate.id, from: iso(start + from), to: iso(start + to), limit: 10 })
  expect(await of(4000, 9000)).toHaveLength(1)
  expect(await of(5001, 9000)).toHaveLength(0)
  expect(await of(-10, -1)).toHaveLength(0)
  expect(await listGaps(store, { device: 'other', limit: 10 })).toEqual([])
})

it('when our own clock is set back, a gap lasts by the old clock as by the new one, and a crash forgets nothing', async () => {
  let setMs = 0
  const time = { now: () => clock.now() + setMs, monotonic: clock.monotonic, sleep: clock.sleep.bind(clock) }
  const onError = (error: unknown) => {
    throw error
  }
  const gaps = await Gaps.open({ store, clock: time, publish: (gap) => told.push(gap), onError })
  await gaps.heard(gate)
  await clock.advance(10_000)
  const lostMs = time.now()
  await gaps.lost(gate, 0, away)
  await clock.advance(3000)
  const beforeMs = time.now()
  setMs = -60_000
  await clock.advance(2000)
  await gaps.heard(gate)
  const [gap] = await list()
  expect(Date.parse(gap!.from)).toBeLessThanOrEqual(lostMs - 60_000)
  expect(Date.parse(gap!.to!)).toBeGreaterThanOrEqual(beforeMs)
  // Heard since, by a clock that is set back again, and then killed at once.
  await clock.advance(2000)
  setMs = -120_000
  const killedMs = time.now()
  current = await Gaps.open({ store, clock: time, publish: () => {}, onError })
  const away2 = (await list()).find(({ to }) => to === null)
  expect(Date.parse(away2!.from)).toBeLessThanOrEqual(killedMs)
  await gaps[Symbol.asyncDispose]()
})
