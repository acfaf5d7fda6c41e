// SPDX-License-Identifier: Apache-2.0
/** Rules over a store in virtual time: what is written with an event, groups, the dry run, and limits. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Event, MAX_RULES, MAX_TARGETS, NewRule, NewTarget } from '@openhmp/contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Events } from '../event/events.ts'
import { Pictures } from '../event/pictures.ts'
import { Sealer } from '../secret/sealer.ts'
import { Store } from '../store/store.ts'
import { ArmedSites } from './arming.ts'
import { listFirings } from './firings.ts'
import { Rules } from './rules.ts'
import { MAX_SUBSCRIPTIONS, Subscriptions } from './subscriptions.ts'
import { Targets } from './targets.ts'

const device = '6b1f5a4e-0000-4000-8000-000000000001' as Event['device']
const origin = { id: device, name: 'Gate', channelName: () => undefined }
const at = (type: string, state: 'active' | 'inactive', more: object = {}) => ({
  ...{
    kind: type === 'VMD' ? 'motion' : 'tamper',
    type,
    state,
    channel: 1,
    isHeartbeat: false,
    isRetransmission: false,
  },
  ...{ targets: [], pictures: 0, ...more },
})

let dataDir: string
let clock: VirtualClock
let store: Store
let stack: AsyncDisposableStack
let rules: Rules
let targets: Targets
let events: Events
let arming: ArmedSites
let subscriptions: Subscriptions
const errors: unknown[] = []

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-rules-'))
  stack = new AsyncDisposableStack()
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = stack.use(await Store.open({ dataDir, now: clock.now, onCrash: () => {} }))
  const onError = (error: unknown) => void errors.push(error)
  const sealer = new Sealer(new Uint8Array(32))
  subscriptions = new Subscriptions({ store, sealer, now: clock.now })
  arming = await ArmedSites.open(store, clock)
  targets = stack.use(
    await Targets.open({
      ...{ store, clock, sealer, subscriptions, instance: 'test', allowLoopback: false, onError },
      ...{ pictureOf: async () => undefined, describe: () => undefined },
    }),
  )
  rules = stack.use(
    await Rules.open({
      ...{ store, clock, targets, arming, onError, placeOf: () => ({ site: 'Harbour', tags: [] }) },
      doorOf: () => {
        throw new Error('no device here')
      },
    }),
  )
  const pictures = stack.use(await Pictures.open({ store, clock, snapshot: async () => new Uint8Array(0) }))
  events = stack.use(await Events.open({ store, clock, pictures, onError, also: rules, publish: () => {} }))
})
afterEach(async () => {
  await stack.disposeAsync()
  rmSync(dataDir, { recursive: true })
  expect(errors.splice(0)).toEqual([])
})

const push = async () => (await targets.add(NewTarget.parse({ name: 'Guards', way: { kind: 'push' } }), 'admin')).target
const rule = async (more: object) => {
  const deeds = [{ kind: 'tell', target: (await push()).id }]
  return rules.add(NewRule.parse({ name: 'R', when: {}, deeds, ...more }), 'admin')
}
const deliveries = () => store.db.selectFrom('delivery').selectAll().orderBy('createdAt').execute()

it('one message is made of what comes within a while, and a new one afterwards', async () => {
  await rule({ groupSeconds: 30 })
  for (const type of ['VMD', 'shelteralarm']) await events.take(origin, at(type, 'active'), [])
  await clock.advance(40_000)
  await events.take(origin, at('linedetection', 'active'), [])
  const rows = await deliveries()
  expect(rows.map(({ nextAt, createdAt }) => nextAt! - createdAt)).toEqual([31_000, 31_000])
  const firings = await listFirings(store, { limit: 10 })
  expect(firings.map(({ isGrouped, outcomes }) => [isGrouped, outcomes[0]!.id])).toEqual([
    [true, rows[1]!.id],
    [true, rows[0]!.id],
    [true, rows[0]!.id],
  ])
})

it('the same event over a second link fires no second time', async () => {
  await rule({})
  const timeMs = clock.now()
  await events.take(origin, at('VMD', 'active', { timeMs }), [], 'spool 1')
  await events.take(origin, at('VMD', 'active', { timeMs }), [], 'spool 1')
  expect(await listFirings(store, { limit: 10 })).toHaveLength(1)
  expect(await deliveries()).toHaveLength(1)
})

it('an event that is told late is told, and moves nothing', async () => {
  const output = { kind: 'output', device, output: 1 }
  const wish = NewRule.parse({ name: 'R', when: {}, deeds: [{ kind: 'tell', target: (await push()).id }] })
  const { id } = await rules.add(wish, 'admin')
  await rules.remove(id)
  const row = { id, createdAt: 0, by: 'admin' }
  const ruleJson = JSON.stringify({ ...wish, deeds: [...wish.deeds, output] })
  await store.db
    .insertInto('rule')
    .values({ ...row, ruleJson })
    .execute()
  const parts = { store, clock, targets, arming, placeOf: () => ({ site: null, tags: [] }), onError: () => {} }
  await using again = await Rules.open({ ...parts, doorOf: () => Promise.reject() as never })
  const late = { id: crypto.randomUUID(), kind: 'motion', device, deviceName: 'Gate', channelName: null, isLate: true }
  const sql = again.writesFor(late as Event, 'began').map((query) => query.compile())
  const reason = JSON.parse(String(sql[0]!.parameters.find((one) => String(one).includes('heldDown'))))
  expect([sql.length, reason.notes]).toEqual([2, ['late']])
  const soon = again.writesFor({ ...late, isLate: false } as Event, 'began')
  expect(soon).toHaveLength(3)
})

it("what is found in a device's log is told late, once, with its end; the end of what was lost, too", async () => {
  await rule({ when: { moments: ['began', 'ended'] } })
  await events.take(origin, at('shelteralarm', 'active'), [])
  await events.lost(origin.id)
  const lostAtMs = clock.now()
  await clock.advance(600_000)
  const logged = { kind: 'motion', type: 'VMD', channel: 1, input: undefined, deviceTime: '2026-11-23T10:00:00' }
  const found = { ...logged, beganMs: lostAtMs + 60_000, endedMs: lostAtMs + 70_000 }
  const ended = { ...logged, kind: 'tamper', type: 'shelteralarm', beganMs: undefined, endedMs: lostAtMs + 80_000 }
  for (const one of [found, found, ended]) await events.found(origin, one, clock.now())
  const firings = (await listFirings(store, { limit: 10 })).map(({ kind, moment }) => `${kind} ${moment}`)
  expect(firings.sort()).toEqual(['motion began', 'motion ended', 'tamper began', 'tamper ended'])
})

it('a link that is lost is a moment of its own', async () => {
  await rule({ when: { moments: ['lost'] } })
  await events.take(origin, at('VMD', 'active'), [])
  expect(await listFirings(store, { limit: 10 })).toEqual([])
  await events.lost(device)
  expect(await listFirings(store, { limit: 10 })).toMatchObject([{ moment: 'lost', kind: 'motion' }])
})

it('the dry run tells what would have been, of the past that is known', async () => {
  for (let i = 0; i < 6; i++) {
    await events.take(origin, at('VMD', 'active'), [])
    await clock.advance(i < 3 ? 5000 : 20_000)
    await events.take(origin, at('VMD', 'inactive'), [])
    await clock.advance(60_000)
  }
  const run = (more: object) => {
    const { when, holdDownSeconds, groupSeconds } = NewRule.parse({
      name: 'R',
      when: {},
      deeds: [{ kind: 'bookmark' }],
      ...more,
    })
    return rules.replay({ when, holdDownSeconds, groupSeconds }, 7)
  }
  expect(await run({})).toMatchObject({ fired: 6, messages: 6, looked: 6, isAll: true, unknown: [] })
  expect(await run({ when: { moments: ['began', 'ended'] } })).toMatchObject({ fired: 12 })
  expect(await run({ when: { minSeconds: 10 } })).toMatchObject({ fired: 3 })
  expect(await run({ when: { kinds: ['tamper'] } })).toMatchObject({ fired: 0, events: [] })
  expect(await run({ when: { arming: 'disarmed' } })).toMatchObject({ fired: 6, unknown: ['arming'] })
  expect(await run({ when: { after: { kinds: ['motion'], seconds: 70 } } })).toMatchObject({ fired: 3 })
  expect(await run({ holdDownSeconds: 100 })).toMatchObject({ fired: 3 })
  expect(await run({ groupSeconds: 140 })).toMatchObject({ fired: 6, messages: 3 })
  expect(await listFirings(store, { limit: 10 })).toEqual([])
})

it('armed is what nobody has switched, also over a restart', async () => {
  expect([arming.isArmed('Harbour'), arming.isArmed(null)]).toEqual([true, true])
  await arming.set('Harbour', false, 'admin')
  const again = await ArmedSites.open(store, clock)
  expect([again.isArmed('Harbour'), again.of('Harbour').by]).toEqual([false, 'admin'])
})

it('has its limits', async () => {
  const { deeds } = await rule({})
  for (let i = 1; i < MAX_RULES; i++) await rules.add(NewRule.parse({ name: 'R', when: {}, deeds }), 'admin')
  await expect(rule({ deeds })).rejects.toMatchObject({ code: 'rule.many' })
  await expect(
    rules.add(NewRule.parse({ name: 'R', when: {}, deeds: [{ kind: 'tell', target: device }] }), 'a'),
  ).rejects.toMatchObject({ code: 'rule.many' })
  while ((await targets.list()).length < MAX_TARGETS) await push()
  await expect(push()).rejects.toMatchObject({ code: 'target.many' })
  const browser = (i: number) => ({
    endpoint: `https://push.example/${i}`,
    keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) },
  })
  for (let i = 0; i < MAX_SUBSCRIPTIONS; i++) expect(await subscriptions.add(browser(i), 'admin')).toBe(i + 1)
  expect(await subscriptions.add(browser(0), 'admin')).toBe(MAX_SUBSCRIPTIONS)
  await expect(subscriptions.add(browser(-1), 'admin')).rejects.toMatchObject({ code: 'subscription.many' })
}, 30_000)
