// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event } from '@openhmp/contract'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Store } from '../store/store.ts'
import { Events, MAX_WAITING_PER_DEVICE } from './events.ts'
import { MAX_OPEN_PER_DEVICE, Occurrences } from './occurrences.ts'
import type { Origin } from './origin.ts'
import { MAX_PICTURE_BYTES, Pictures } from './pictures.ts'
import { listEvents } from './search.ts'

const origin: Origin = { id: 'device', name: 'Gate', channelName: (channel) => `Channel ${channel}` }
const motion = (more: Partial<DeviceEvent> = {}): DeviceEvent => ({
  kind: 'motion',
  type: 'VMD',
  state: 'active',
  isHeartbeat: false,
  channel: 1,
  targets: [],
  pictures: 0,
  isRetransmission: false,
  ...more,
})
const jpeg = (size = 4): Uint8Array => Uint8Array.from({ length: size }, (_, i) => [0xff, 0xd8, 0xff][i] ?? i & 255)

let dataDir: string
let store: Store
let clock: VirtualClock
let told: Event[]
let snapshots: string[]
let open: (limits?: { totalBytes: number; pictures: number }) => Promise<{ events: Events; pictures: Pictures }>
const stack: AsyncDisposable[] = []

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-events-'))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
  told = []
  snapshots = []
  open = async (limits) => {
    const snapshot = async (device: string, channel: number) => {
      snapshots.push(`${device}/${channel}`)
      return jpeg()
    }
    const pictures = await Pictures.open({ store, clock, snapshot, ...(limits ? { limits } : {}) })
    const onError = (error: unknown) => {
      throw error
    }
    const events = await Events.open({ store, clock, pictures, publish: (event) => told.push(event), onError })
    stack.push(events, pictures)
    return { events, pictures }
  }
})
afterEach(async () => {
  for (const one of stack.splice(0)) await one[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})
const rows = async () => (await listEvents(store, { limit: 500 })).events

describe('events', () => {
  it('stores an occurrence once, extends it by repeats, ends it', async () => {
    const { events } = await open()
    for (let i = 0; i < 10; i++) {
      await events.take(origin, motion(), [])
      await clock.advance(1000)
    }
    await events.take(origin, motion({ state: 'inactive' }), [])
    expect(await rows()).toMatchObject([
      { state: 'inactive', count: 10, kind: 'motion', type: 'VMD', channelName: 'Channel 1', deviceName: 'Gate' },
    ])
    expect(told[0]).toMatchObject({ state: 'active', count: 1 })
    expect(told.at(-1)).toMatchObject({ state: 'inactive', endedAt: expect.any(String) })
    await events.take(origin, motion(), [])
    expect(await rows()).toHaveLength(2)
  })

  it('keeps channels, types and inputs apart, and leaves heartbeats and ends without beginning out', async () => {
    const { events } = await open()
    const several = [
      motion(),
      motion({ channel: 2 }),
      motion({ type: 'IO', kind: 'alarmInput', input: 1 }),
      motion({ type: 'IO', kind: 'alarmInput', input: 2 }),
    ]
    for (const one of several) await events.take(origin, one, [])
    await events.take(origin, motion({ isHeartbeat: true, type: 'videoloss', state: 'inactive' }), [])
    await events.take(origin, motion({ type: 'shelteralarm', kind: 'tamper', state: 'inactive' }), [])
    expect(await rows()).toHaveLength(4)
    expect(events.openCount).toBe(4)
  })

  it('says unknown, never ended, when the link is lost or the server was away', async () => {
    const { events } = await open()
    await events.take(origin, motion(), [])
    await events.lost(origin.id)
    expect(await rows()).toMatchObject([{ state: 'unknown', endedAt: null }])
    await clock.advance(5000)
    await events.take(origin, motion(), [])
    await open() // as a new run begins
    expect((await rows()).map(({ state }) => state)).toEqual(['unknown', 'unknown'])
  })

  it('ends an unknown one when the device tells its end after all, and begins anew when it tells a beginning', async () => {
    const { events } = await open()
    await events.take(origin, motion(), [], 's|1')
    await events.lost(origin.id)
    await events.take(origin, motion({ state: 'inactive' }), [], 's|2')
    expect(await rows()).toMatchObject([{ state: 'inactive', endedAt: expect.any(String) }])
    await clock.advance(2000)
    await events.take(origin, motion({ channel: 2 }), [])
    const { events: next } = await open()
    expect((await rows())[0]).toMatchObject({ channel: 2, state: 'unknown' })
    await next.take(origin, motion({ channel: 2, state: 'inactive' }), [])
    expect((await rows())[0]).toMatchObject({ channel: 2, state: 'inactive' })
    await next.take(origin, motion({ channel: 3 }), [])
    await next.lost(origin.id)
    await clock.advance(2000)
    await next.take(origin, motion({ channel: 3 }), [])
    await next.take(origin, motion({ channel: 3, state: 'inactive' }), [])
    const third = (await rows()).filter(({ channel }) => channel === 3)
    expect(third.map(({ state }) => state)).toEqual(['inactive', 'unknown'])
  })

  it('goes on with an unknown one when a sender that keeps its events tells it again', async () => {
    const { events } = await open()
    await events.take(origin, motion(), [], 's|1')
    await events.lost(origin.id)
    await events.take(origin, motion(), [], 's|1')
    expect(await rows()).toMatchObject([{ state: 'unknown', count: 1 }])
    await events.take(origin, motion(), [], 's|2')
    expect(await rows()).toMatchObject([{ state: 'active', count: 2 }])
    expect(events.openCount).toBe(1)
    await events.take(origin, motion({ state: 'inactive' }), [], 's|3')
    expect(await rows()).toMatchObject([{ state: 'inactive', count: 2 }])
  })

  it('knows an arrival again', async () => {
    const { events } = await open()
    for (let i = 0; i < 3; i++) await events.take(origin, motion(), [], 'spool|1')
    expect(await rows()).toMatchObject([{ count: 1 }])
    await events.take(origin, motion(), [], 'spool|2')
    expect(await rows()).toMatchObject([{ count: 2 }])
    await events.take(origin, motion({ state: 'inactive' }), [], 'spool|3')
    await events.take(origin, motion({ state: 'inactive' }), [], 'spool|3')
    expect(await rows()).toMatchObject([{ state: 'inactive' }])
  })

  it('works on what a device says in its order, and refuses a flood', async () => {
    const { events } = await open()
    const flood = Array.from({ length: MAX_WAITING_PER_DEVICE + 3 }, (_, i) =>
      events.take(origin, motion({ state: i % 2 ? 'inactive' : 'active', timeMs: clock.now() + i * 1000 }), []),
    )
    const outcomes = await Promise.allSettled(flood)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    expect(await rows()).toHaveLength(500)
    expect(events.counters.dropped).toBe(3)
  })

  it('keeps what the device knows besides', async () => {
    const { events } = await open()
    const targets = [{ x: 0.1, y: 0.2, width: 0.3, height: 0.4, type: 'human' }]
    await events.take(origin, motion({ time: '2026-1-1T0:00:00', region: 2, targets }), [])
    expect(await rows()).toMatchObject([
      { deviceTime: '2026-1-1T0:00:00', isLate: false, detail: { region: 2, targets } },
    ])
    await events.take(origin, motion({ channel: 2 }), [])
    expect((await rows()).find(({ channel }) => channel === 2)).toMatchObject({ deviceTime: null, detail: null })
  })

  it('places what was kept where it happened, and says that it is late', async () => {
    const { events } = await open()
    const timeMs = clock.now() - 3_600_000
    await events.take({ ...origin, clockOffsetMs: 60_000 }, motion({ timeMs }), [], 's|1')
    expect(await rows()).toMatchObject([{ isLate: true, time: new Date(timeMs - 60_000).toISOString() }])
  })

  it("believes a device's clock only when it is about right", async () => {
    const { events } = await open()
    await events.take(origin, motion({ timeMs: clock.now() - 2000 }), [])
    await events.take(origin, motion({ channel: 2, timeMs: 0 }), [])
    const [late, early] = await rows()
    expect(Date.parse(late!.time)).toBe(clock.now())
    expect(Date.parse(early!.time)).toBe(clock.now() - 2000)
  })

  it('gives pages, newest first, without a gap or a double', async () => {
    const { events } = await open()
    for (let i = 0; i < 25; i++) await events.take(origin, motion({ channel: i + 1 }), [])
    const seen: string[] = []
    let before: string | undefined
    do {
      const page = await listEvents(store, { limit: 10, before })
      seen.push(...page.events.map(({ id }) => id))
      before = page.next ?? undefined
    } while (before !== undefined)
    expect(new Set(seen).size).toBe(25)
    await expect(listEvents(store, { limit: 1, before: 'x' })).rejects.toMatchObject({ code: 'event.cursor' })
    expect((await listEvents(store, { limit: 50, kinds: ['videoLoss'] })).events).toEqual([])
  })
})

describe('pictures of events', () => {
  it('are those of the alert, else a snapshot taken at once', async () => {
    const { events, pictures } = await open()
    await events.take(origin, motion(), [jpeg(10)])
    await events.take(origin, motion({ channel: 2 }), [])
    await events.take(origin, motion({ channel: 3 }), [Uint8Array.of(1, 2, 3)])
    await expect.poll(async () => (await rows()).filter(({ hasPicture }) => hasPicture)).toHaveLength(3)
    expect(snapshots.toSorted()).toEqual(['device/2', 'device/3'])
    const first = (await rows()).find(({ channel }) => channel === 1)!
    expect(await pictures.of(first.id)).toEqual(jpeg(10))
    await expect.poll(() => told.filter(({ hasPicture }) => hasPicture)).toHaveLength(3)
  })

  it('stay within their limits', async () => {
    const { events, pictures } = await open({ totalBytes: 100, pictures: 5 })
    for (let i = 1; i <= 12; i++) {
      await events.take(origin, motion({ channel: i }), [jpeg(30)])
      await expect.poll(() => told.some((event) => event.channel === i && event.hasPicture)).toBe(true)
      await clock.advance(10)
    }
    expect(pictures.totalBytes).toBeLessThanOrEqual(100)
    await events.take(origin, motion({ channel: 20 }), [jpeg(MAX_PICTURE_BYTES + 1)])
    await clock.advance(10)
    const kept = (await rows()).filter(({ hasPicture }) => hasPicture)
    expect(kept.map(({ channel }) => channel)).toEqual(expect.arrayContaining([12, 11]))
    expect(kept.length).toBeLessThanOrEqual(3)
  })
})

describe('occurrences', () => {
  it('are limited for each device', () => {
    const all = new Occurrences()
    for (let i = 0; i < MAX_OPEN_PER_DEVICE + 10; i++) {
      const subject = { device: 'd', channel: i, type: 'x', input: undefined }
      all.add({ id: String(i), subject, lastSeenAt: 0, count: 1, writtenAt: 0 })
    }
    expect(all.count).toBe(MAX_OPEN_PER_DEVICE)
    for (const { subject } of all.of('d')) all.remove(subject)
    expect(all.count).toBe(0)
  })
})
