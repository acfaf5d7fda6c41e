// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { doorOver, type LoggedEntry } from '@openhmp/client'
import type { Event, Gap } from '@openhmp/contract'
import { LinkError, utf8 } from '@openhmp/protocol/base'
import { type DeviceEvent, localText, logPathOf } from '@openhmp/protocol/event'
import { parseXml, textAt } from '@openhmp/protocol/xml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Store } from '../store/store.ts'
import { Events } from './events.ts'
import { GapFiller, MAX_READS, MAX_TRIES, READS_MS, SETTLE_MS } from './gap-filler.ts'
import { Gaps, listGaps } from './gaps.ts'
import { pairsOf } from './log-pairs.ts'
import type { Origin } from './origin.ts'
import { Pictures } from './pictures.ts'
import { listEvents } from './search.ts'

const origin: Origin = { id: 'gate', name: 'Gate', channelName: (channel) => `Channel ${channel}` }
const away = { code: 'link.reset', text: 'the device has cut the link' }
const motion = (state: 'active' | 'inactive'): DeviceEvent => ({
  ...{ kind: 'motion', type: 'VMD', state, isHeartbeat: false, channel: 1, targets: [], pictures: 0 },
  isRetransmission: false,
})
let dataDir: string
let clock: VirtualClock
let store: Store
let events: Events
let gaps: Gaps
let filler: GapFiller
let told: (Event | Gap)[]
/** Lines of the device's log: path and time. */
let log: [path: string, atMs: number][]
let asked: number
/** What keeps the device from answering. */
let trouble: (() => Error | undefined) | undefined

const door = doorOver('gate', async ({ method, body }) => {
  asked++
  const error = trouble?.()
  if (error) throw error
  const answer = (text: string) => ({ status: 200, contentType: 'application/xml', bytes: utf8(text) })
  if (method === 'GET')
    return answer(`<Time><timeMode>NTP</timeMode><localTime>${localText(clock.now())}</localTime></Time>`)
  const time = (name: string) => Date.parse(textAt(parseXml(body!), `timeSpanList/timeSpan/${name}`)!)
  const items = log
    .filter(([, ms]) => ms >= time('startTime') && ms <= time('endTime'))
    .map(
      ([path, ms]) =>
        `<searchMatchItem><logDescriptor><metaId>${path}</metaId><StartDateTime>${localText(ms)}</StartDateTime></logDescriptor></searchMatchItem>`,
    )
  return answer(
    `<CMSearchResult><responseStatusStrg>OK</responseStatusStrg><matchList>${items.join('')}</matchList></CMSearchResult>`,
  )
})
const note = (moment: 'began' | 'ended' | 'happened', type = 'VMD', place = 1) =>
  log.push([logPathOf(type, moment, place), Math.floor(clock.now() / 1000) * 1000])
const onError = (error: unknown) => {
  throw error
}
const openFiller = () =>
  GapFiller.open({
    ...{ store, clock, onError, publish: (gap) => told.push(gap), doorOf: () => door },
    found: (_, one, untilMs) => events.found(origin, one, untilMs),
  })
const rows = async () => (await listEvents(store, { limit: 100 })).events
const gap = async () => (await listGaps(store, { limit: 1 }))[0]!
/** Long enough for a gap to be looked up. */
const settle = () => clock.advance(SETTLE_MS + 2000)

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-fill-'))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
  ;[told, log, asked, trouble] = [[], [], 0, undefined]
  const blank = { kind: 'isapi' as const, address: 'a', userName: null, secret: null, optionsJson: '{}' }
  const more = { informationJson: null, epoch: 0, isDemo: 0, addedAt: 0, site: null, tagsJson: '[]', group: null }
  await store.db
    .insertInto('device')
    .values({ id: 'gate', name: 'Gate', ...blank, ...more })
    .execute()
  const pictures = await Pictures.open({
    store,
    clock,
    snapshot: () => Promise.reject(new LinkError('link.none', 'none')),
  })
  events = await Events.open({ store, clock, pictures, onError, publish: (event) => told.push(event) })
  filler = await openFiller()
  gaps = await Gaps.open({ store, clock, onError, publish: (one) => told.push(one), fill: (one) => filler.add(one) })
  await gaps.heard(origin)
  await clock.advance(10_000)
})
afterEach(async () => {
  for (const one of [gaps, filler, events, store]) await one[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

describe('a gap and the log of its device', () => {
  it('what was missed is stored once, marked, and the gap says how much it was', async () => {
    await gaps.lost(origin, 0, away)
    await clock.advance(5000)
    note('began')
    await clock.advance(3000)
    note('ended')
    await clock.advance(10_000)
    note('happened', 'IO', 2)
    // Two faults of one second are two.
    note('happened', 'diskfull', 0)
    note('happened', 'nicbroken', 0)
    await clock.advance(10_000)
    await gaps.heard(origin)
    expect((await gap()).fill).toEqual({ state: 'filling', count: 0, why: null })
    await settle()
    expect((await gap()).fill).toEqual({ state: 'filled', count: 4, why: null })
    const faults = (await rows()).filter(({ kind }) => kind === 'deviceError')
    expect(faults.map(({ fault, channel }) => [fault, channel]).toSorted()).toEqual([
      ['diskFull', null],
      ['networkBroken', null],
    ])
    const [input, moved] = (await rows()).filter(({ kind }) => kind !== 'deviceError')
    expect(moved).toMatchObject({
      kind: 'motion',
      source: 'log',
      state: 'inactive',
      channelName: 'Channel 1',
      isLate: true,
    })
    expect(Date.parse(moved!.endedAt!) - Date.parse(moved!.time)).toBe(3000)
    expect(input).toMatchObject({ kind: 'alarmInput', type: 'IO', input: 2, channel: null, source: 'log' })
    expect(told.filter((one) => 'kind' in one)).toHaveLength(4)
  })

  it('what was seen is not stored again, and what was lost from sight gets its end', async () => {
    note('began')
    await events.take(origin, motion('active'), [])
    await clock.advance(4000)
    await gaps.lost(origin, 0, away)
    await events.lost('gate')
    expect((await rows())[0]).toMatchObject({ state: 'unknown', endedAt: null })
    await clock.advance(6000)
    note('ended')
    const endedMs = log.at(-1)![1]
    await clock.advance(20_000)
    // Goes on when the stream is back, and is told by it.
    note('began')
    await clock.advance(1000)
    await gaps.heard(origin)
    await clock.advance(1000)
    await events.take(origin, motion('active'), [])
    await settle()
    expect((await gap()).fill).toMatchObject({ state: 'filled', count: 0 })
    expect(await rows()).toMatchObject([
      { source: 'told', state: 'active' },
      { source: 'told', state: 'inactive', endedAt: new Date(endedMs).toISOString() },
    ])
    // Its end is known now: a repeat is another occurrence.
    await events.take(origin, motion('inactive'), [])
    expect((await rows()).map(({ state }) => state)).toEqual(['inactive', 'inactive'])
  })

  it('goes on after a restart, and twice is as once', async () => {
    trouble = () => new LinkError('link.refused', 'nobody there')
    await gaps.lost(origin, 0, away)
    await clock.advance(5000)
    note('began')
    await clock.advance(5000)
    note('ended')
    await clock.advance(5000)
    await gaps.heard(origin)
    await settle()
    expect(await gap()).toMatchObject({ fill: { state: 'filling' } })
    await filler[Symbol.asyncDispose]()
    trouble = undefined
    for (let i = 0; i < 2; i++) {
      await store.db.updateTable('eventGap').set({ fill: 'filling' }).execute()
      filler = await openFiller()
      expect(filler.waiting).toBe(1)
      await settle()
      expect(await rows()).toHaveLength(1)
      expect(await gap()).toMatchObject({ fill: { state: 'filled', count: 1 } })
      if (i === 0) await filler[Symbol.asyncDispose]()
    }
  })

  it('a device that ends its stream all the time is asked once for many gaps, and not all the time', async () => {
    for (let i = 0; i < 24; i++) {
      await gaps.lost(origin, 0, away)
      await clock.advance(1000)
      note('happened', 'IO', i + 1)
      await clock.advance(1000)
      await gaps.heard(origin)
      await clock.advance(13_000)
    }
    expect(asked).toBeLessThanOrEqual(2 * (2 * MAX_READS + 1)) // the time, and the log
    await clock.advance(READS_MS)
    const filled = await listGaps(store, { limit: 100 })
    expect(filled.map(({ fill }) => fill)).toEqual(Array(24).fill({ state: 'filled', count: 1, why: null }))
    expect((await rows()).map(({ input }) => input)).toEqual(Array.from({ length: 24 }, (_, i) => 24 - i))
  })

  it('what began between two gaps and ended in the second gets its end, when both are looked up together', async () => {
    trouble = () => new LinkError('link.busy', 'not now')
    for (let i = 0; i < 2; i++) {
      await gaps.lost(origin, 0, away)
      await events.lost('gate')
      await clock.advance(10_000)
      if (i === 1) note('ended')
      await clock.advance(3000)
      await gaps.heard(origin)
      await clock.advance(10_000)
      if (i === 0) {
        note('began')
        await events.take(origin, motion('active'), [])
        await clock.advance(3000)
      }
    }
    expect(await rows()).toMatchObject([{ state: 'unknown' }])
    trouble = undefined
    await clock.advance(READS_MS)
    expect((await listGaps(store, { limit: 2 })).map(({ fill }) => fill?.state)).toEqual(['filled', 'filled'])
    expect(await rows()).toMatchObject([{ state: 'inactive', source: 'told' }])
  })

  it('of a device that does not answer is given up, with the reason', async () => {
    trouble = () => new LinkError('link.refused', 'nobody there')
    await gaps.lost(origin, 0, away)
    await clock.advance(5000)
    await gaps.heard(origin)
    await clock.advance(15 * 60_000)
    expect(asked).toBe(MAX_TRIES)
    expect(await gap()).toMatchObject({ fill: { state: 'unfillable', count: 0, why: 'nobody there' } })
    expect(filler.waiting).toBe(0)
  })
})

it('entries become occurrences: regions overlap, ends and beginnings may be missing', () => {
  const entry = (moment: LoggedEntry['moment'], atMs: number, more: Partial<LoggedEntry> = {}): LoggedEntry => ({
    ...{ kind: 'motion', type: 'VMD', moment, channel: 1, atMs, deviceTime: String(atMs), ...more },
  })
  const pairs = pairsOf([
    entry('ended', 1),
    entry('began', 2),
    entry('began', 3),
    entry('began', 3, { channel: 2 }),
    entry('ended', 4),
    entry('ended', 5),
    entry('happened', 6, { kind: 'alarmInput', type: 'IO' }),
    entry('began', 7),
  ])
  expect(pairs.map(({ channel, beganMs, endedMs }) => [channel, beganMs, endedMs])).toEqual([
    [1, undefined, 1],
    [1, 2, 5],
    [2, 3, undefined],
    [1, 6, 6],
    [1, 7, undefined],
  ])
})
