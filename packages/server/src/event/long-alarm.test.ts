// SPDX-License-Identifier: Apache-2.0
/** A device that repeats an alarm every second for a day, and times as broken devices write them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Clock, utf8 } from '@openhmp/protocol/base'
import { parseAlerts } from '@openhmp/protocol/event'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { Events } from './events.ts'
import type { Origin } from './origin.ts'
import { Pictures } from './pictures.ts'
import { listEvents } from './search.ts'

const DAY_SECONDS = 86_400
const startMs = Date.UTC(2026, 9, 24, 12)
const origin: Origin = { id: 'gate', name: 'Gate', channelName: () => undefined }
let nowMs: number
let dataDir: string
let store: Store
let events: Events
const stack: AsyncDisposable[] = []

/** Moves by hand; nobody is woken. */
const clock: Clock = {
  now: () => nowMs,
  monotonic: () => nowMs - startMs,
  sleep: (_, { signal } = {}) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
}
const onError = (error: unknown) => {
  throw error
}
const rows = async () => (await listEvents(store, { limit: 500 })).events
/** An alert as it comes, read as it is read. */
const alert = (type: string, time: string, state = 'active') =>
  parseAlerts(
    utf8(
      `<EventNotificationAlert><channelID>1</channelID><dateTime>${time}</dateTime><eventType>${type}</eventType><eventState>${state}</eventState></EventNotificationAlert>`,
    ),
  )[0]!
const take = (type: string, time: string, more: Partial<Origin> = {}, state = 'active') =>
  events.take({ ...origin, ...more }, alert(type, time, state), [])

beforeEach(async () => {
  nowMs = startMs
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-long-'))
  store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
  const pictures = await Pictures.open({ store, clock, snapshot: async () => new Uint8Array([0xff, 0xd8, 0xff]) })
  events = await Events.open({ store, clock, pictures, onError, publish: () => {} })
  stack.push(store, pictures, events)
})
afterEach(async () => {
  for (const one of stack.splice(0).toReversed()) await one[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

it('an alarm that is repeated every second for a day is one occurrence, and takes no memory', {
  timeout: 120_000,
}, async () => {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  const heap = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  let warmBytes = 0
  for (let second = 0; second < DAY_SECONDS; second++) {
    await take('IO', new Date(nowMs).toISOString())
    nowMs += 1000
    if (second === 1000) warmBytes = heap()
  }
  const grownBytes = heap() - warmBytes
  await take('IO', new Date(nowMs).toISOString(), {}, 'inactive')
  expect(await rows()).toMatchObject([{ count: DAY_SECONDS, state: 'inactive', time: new Date(startMs).toISOString() }])
  expect([events.openCount, events.counters.stored, events.counters.repeated]).toEqual([0, 1, DAY_SECONDS - 1])
  expect(grownBytes).toBeLessThan(4 * 1024 * 1024)
})

it('clocks in 1970: what happens at the same moment of two lives of a device are two events', async () => {
  for (let life = 0; life < 2; life++) {
    await take('IO', '1970-01-01T00:01:40+08:00')
    await events.lost('gate') // its power is cut, and its clock begins anew
    nowMs += 60_000
  }
  const placed = (await rows()).map(({ time, deviceTime }) => [Date.parse(time) - startMs, deviceTime])
  expect(placed).toEqual([
    [60_000, '1970-01-01T00:01:40+08:00'],
    [0, '1970-01-01T00:01:40+08:00'],
  ])
})

it('the hour that comes twice: two events an hour apart, of one local time, in their order', async () => {
  // Berlin, 2026-10-25: 02:30 in summer time, and again in winter time.
  const first = Date.UTC(2026, 9, 25, 0, 30)
  for (const [i, text] of ['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+1:00'].entries()) {
    nowMs = first + i * 3_600_000 + 500
    await take('IO', text)
    await take('IO', text, {}, 'inactive')
    await take('regionEntrance', '2026-10-25T02:30:00') // without a zone
    await take('regionEntrance', '2026-10-25T02:30:00', {}, 'inactive')
  }
  const times = async (type: string) =>
    (await rows()).filter((one) => one.type === type).map(({ time }) => Date.parse(time) - first)
  expect(await times('IO')).toEqual([3_600_000, 0])
  expect(await times('regionEntrance')).toEqual([3_600_000, 0])
})

it('an offset of one digit, a forgotten summer time, a zone that nobody told', async () => {
  nowMs = startMs + 700
  const hour = 3_600_000
  await take('a', '2026-10-24T6:00:00-6:00')
  await take('b', '2026-10-24T13:00:00Z', { clockOffsetMs: hour })
  await take('c', '2026-10-24T20:00:00')
  await take('d', 'soon')
  expect((await rows()).map(({ type, time }) => [type, Date.parse(time) - startMs]).toSorted()).toEqual([
    ['a', 0],
    ['b', 0],
    ['c', 0],
    ['d', 700],
  ])
})
