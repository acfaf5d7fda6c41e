// SPDX-License-Identifier: Apache-2.0
/** The queue over a store in virtual time: what events make of it, what people do, who is told, and limits. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Event, type LiveMessage, MAX_COMMENTS } from '@openhmp/contract'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Events } from '../event/events.ts'
import { Gaps } from '../event/gaps.ts'
import { Pictures } from '../event/pictures.ts'
import { Store } from '../store/store.ts'
import { Alarms, MAX_TOLD_AT_ONCE } from './alarms.ts'
import { MAX_OWN_SEVERITIES, Severities } from './severities.ts'
import { QUIET_MS } from './write.ts'

const device = '6b1f5a4e-0000-4000-8000-000000000001' as Event['device']
const origin = { id: device, name: 'Gate', channelName: () => undefined }
const at = (kind: string, state: 'active' | 'inactive' = 'active', more: Partial<DeviceEvent> = {}): DeviceEvent => ({
  ...{ kind, type: kind, state, channel: 1, isHeartbeat: false, isRetransmission: false, targets: [], pictures: 0 },
  ...more,
})

let dataDir: string
let clock: VirtualClock
let store: Store
let stack: AsyncDisposableStack
let alarms: Alarms
let severities: Severities
let events: Events
let gaps: Gaps
const told: LiveMessage[] = []
const errors: unknown[] = []

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-alarms-'))
  stack = new AsyncDisposableStack()
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = stack.use(await Store.open({ dataDir, now: clock.now, onCrash: () => {} }))
  const onError = (error: unknown) => void errors.push(error)
  severities = await Severities.open(store)
  const publish = (message: LiveMessage) => void told.push(message)
  alarms = stack.use(new Alarms({ store, clock, severities, publish, onError }))
  const pictures = stack.use(await Pictures.open({ store, clock, snapshot: async () => new Uint8Array(0) }))
  const also = {
    writesFor: (event: Event, moment: string) => (moment === 'began' ? alarms.writesFor(event) : []),
    stored: () => {},
  }
  events = stack.use(
    await Events.open({ store, clock, pictures, onError, also, publish: (event) => alarms.changed(event) }),
  )
  const fill = () => {}
  gaps = stack.use(
    await Gaps.open({ store, clock, onError, fill, publish: (gap) => void alarms.gapChanged(gap.device) }),
  )
})
afterEach(async () => {
  await stack.disposeAsync()
  rmSync(dataDir, { recursive: true })
  told.length = 0
  expect(errors.splice(0)).toEqual([])
})

const list = async (query: object = {}) => (await alarms.list({ skip: 0, limit: 100, ...query })).alarms
/** Begins and ends; the clock goes on. */
const happen = async (kind: string, more: Partial<DeviceEvent> = {}) => {
  await events.take(origin, at(kind, 'active', more), [])
  await clock.advance(2000)
  await events.take(origin, at(kind, 'inactive', more), [])
  await clock.advance(2000)
}
const lastTold = () => told.flatMap((message) => (message.what === 'alarm' ? [message.alarm] : [])).at(-1)

describe('events', () => {
  it('of a grave kind are alarms, once for a kind at a camera until somebody closes it', async () => {
    for (const kind of ['motion', 'lineCrossing', 'loitering', 'tamper', 'lineCrossing', 'somethingNew'])
      await happen(kind)
    await happen('alarmInput', { input: 1 })
    await happen('alarmInput', { input: 2 })
    expect((await list()).map(({ severity, event, count }) => [severity, event.kind, event.input, count])).toEqual([
      ['critical', 'alarmInput', 2, 1],
      ['critical', 'alarmInput', 1, 1],
      ['critical', 'tamper', null, 1],
      ['high', 'lineCrossing', null, 2],
      ['low', 'somethingNew', null, 1],
      ['low', 'loitering', null, 1],
    ])
    expect(await alarms.counts()).toEqual({ new: { critical: 3, high: 1, low: 2 }, acknowledged: 0 })
    const [line] = await list({ severity: ['high'] })
    await alarms.close([line!.id], 'ada')
    await happen('lineCrossing')
    const again = await list({ severity: ['high'], state: ['new', 'acknowledged', 'closed'] })
    expect(again.map(({ state, count, closedBy }) => [state, count, closedBy])).toEqual([
      ['new', 1, null],
      ['closed', 2, 'ada'],
    ])
  })

  it('that come a second time by the same key count once; a fault of a device goes by its own name', async () => {
    const one = at('deviceError', 'active', { type: 'diskerror', time: '2026-10-16T12:00:00Z' })
    await events.take(origin, one, [], 'spool 1')
    await events.take(origin, one, [], 'spool 1')
    await events.take(origin, at('deviceError', 'active', { type: 'ipconflict' }), [])
    expect((await list()).map(({ severity, event, count }) => [severity, event.fault, count])).toEqual([
      ['high', 'diskError', 1],
      ['low', 'addressConflict', 1],
    ])
  })

  it('are told within a second, with their end, and with why nobody knows of it', async () => {
    const blank = { address: '', userName: null, secret: null, optionsJson: '{}', informationJson: null }
    const more = { epoch: 0, isDemo: 0, addedAt: 0, site: null, tagsJson: '[]', group: null, nextSecret: null }
    await store.db
      .insertInto('device')
      .values({ id: device, name: 'Gate', kind: 'isapi', ...blank, ...more })
      .execute()
    await gaps.heard({ id: device })
    await events.take(origin, at('tamper'), [])
    await clock.advance(500)
    expect(lastTold()).toMatchObject({ state: 'new', severity: 'critical', event: { state: 'active' } })
    await clock.advance(5000)
    await events.lost(device)
    await gaps.lost({ id: device, name: 'Gate' }, 1000, { code: 'link.timeout', text: 'no answer' })
    await clock.advance(500)
    expect(lastTold()).toMatchObject({
      event: { state: 'unknown' },
      unknownBecause: { code: 'link.timeout', text: 'no answer' },
    })
    expect((await list())[0]!.unknownBecause?.text).toBe('no answer')
  })

  it('found in a log are alarms, too, once', async () => {
    const logged = {
      ...{ kind: 'tamper', type: 'shelteralarm', channel: 1, deviceTime: '2026-10-16T11:00:00Z' },
      ...{ beganMs: clock.now() - 3_600_000, endedMs: clock.now() - 3_500_000, input: undefined },
    }
    for (let i = 0; i < 2; i++) await events.found(origin, logged, clock.now())
    expect(await list()).toMatchObject([{ count: 1, event: { source: 'log', state: 'inactive' } }])
  })

  it('that have gone take their alarms with them', async () => {
    await happen('tamper')
    const [alarm] = await list()
    await alarms.comment(alarm!.id, 'ada', 'seen')
    await store.db.deleteFrom('event').execute()
    expect(await list()).toEqual([])
    expect(await store.db.selectFrom('alarmComment').select('id').execute()).toEqual([])
  })

  it('in great number are told as one', async () => {
    for (let input = 0; input <= MAX_TOLD_AT_ONCE; input++)
      await events.take(origin, at('alarmInput', 'active', { input }), [])
    await clock.advance(1000)
    expect(told.filter(({ what }) => what === 'alarms')).toHaveLength(1)
    const first = await alarms.list({ skip: 0, limit: 150 })
    const rest = await alarms.list({ skip: 150, limit: 150 })
    expect([first.alarms.length, first.isMore, rest.alarms.length, rest.isMore]).toEqual([150, true, 51, false])
    const ids = [...first.alarms, ...rest.alarms].map(({ id }) => id)
    expect(new Set(ids).size).toBe(MAX_TOLD_AT_ONCE + 1)
    await alarms.close(ids, 'ada')
    expect(await list()).toEqual([])
    const closed = await alarms.list({ state: ['new', 'closed'], skip: 150, limit: 150 })
    expect([closed.alarms.length, closed.isMore]).toEqual([51, false])
  })
})

describe('people', () => {
  it('acknowledge, and hear again when it comes back after a quiet time', async () => {
    await happen('tamper')
    const [alarm] = await list()
    expect(await alarms.acknowledge([alarm!.id], 'ada')).toMatchObject([
      { state: 'acknowledged', acknowledgedBy: 'ada' },
    ])
    expect(await alarms.acknowledge([alarm!.id], 'bob')).toMatchObject([{ acknowledgedBy: 'ada' }])
    await happen('tamper')
    expect(await list()).toMatchObject([{ state: 'acknowledged', count: 2 }])
    await clock.advance(QUIET_MS)
    await happen('tamper')
    const [back] = await list()
    expect(back).toMatchObject({ state: 'new', count: 3, acknowledgedBy: null })
    expect(back!.since > alarm!.since).toBe(true)
  })

  it('comment and assign to those who can sign in', async () => {
    const user = { id: 'u', name: 'ada', nameKey: 'ada', passwordHash: '', isDisabled: 0, grantsJson: '[]' }
    await store.db
      .insertInto('user')
      .values({ ...user, createdAt: 0 })
      .execute()
    await happen('tamper')
    const id = (await list())[0]!.id
    expect(await alarms.assign([id], 'ada')).toMatchObject([{ assignee: 'ada' }])
    expect(await list({ assignee: 'ada' })).toHaveLength(1)
    await expect(alarms.assign([id], 'eve')).rejects.toMatchObject({ code: 'user.unknown' })
    expect(await alarms.assign([id], null)).toMatchObject([{ assignee: null }])
    await expect(alarms.placesOf([id, crypto.randomUUID()])).rejects.toMatchObject({ code: 'alarm.unknown' })
    for (let i = 0; i < MAX_COMMENTS; i++) {
      await alarms.comment(id, 'ada', `word ${i}`)
      await clock.advance(1)
    }
    const { alarm, comments } = await alarms.get(id)
    expect([alarm.commentCount, comments[0]!.text, comments.at(-1)!.text]).toEqual([MAX_COMMENTS, 'word 0', 'word 199'])
    await expect(alarms.comment(id, 'ada', 'more')).rejects.toMatchObject({ code: 'alarm.many-comments' })
  })

  it('change how grave a kind is, for what comes', async () => {
    await severities.set('motion', 'high')
    await severities.set('tamper', 'none')
    await happen('motion')
    await happen('tamper')
    expect((await list()).map(({ severity, event }) => [severity, event.kind])).toEqual([['high', 'motion']])
    const reopened = await Severities.open(store)
    expect(reopened.list().find(({ kind }) => kind === 'tamper')).toMatchObject({ severity: 'none', isDefault: false })
    await reopened.set('tamper', null)
    expect(reopened.of({ kind: 'tamper', fault: null })).toBe('critical')
    expect(reopened.of({ kind: 'constructor', fault: null })).toBe('low')
    for (let i = 1; i < MAX_OWN_SEVERITIES; i++) await reopened.set(`own${i}`, 'high')
    await expect(reopened.set('oneMore', 'high')).rejects.toMatchObject({ code: 'alarm.many-kinds' })
  })
})
