// SPDX-License-Identifier: Apache-2.0
/** The engine of jobs, on virtual time: waves, limits, groups, windows, pauses, and restarts at any point. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rollout } from '@openhmp/contract'
import { PeerError } from '@openhmp/protocol/base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Audit } from '../audit/audit.ts'
import type { KnownDevice } from '../fleet/device-row.ts'
import { Store } from '../store/store.ts'
import { Jobs, MAX_JOBS } from './jobs.ts'
import { type JobKind, SkipDevice } from './kind.ts'
import { isWindowOpen, wavesOf } from './waves.ts'

const by = { who: 'Ada', source: 's' }
let dataDir: string
let store: Store
let clock: VirtualClock
/** `begin 3`, `end 3`: what the kind did, over all runs of the server. */
let deeds: string[]
let failing: Set<string>
let labels: Map<string, Partial<KnownDevice>>
let absent: Set<string>
let open: Jobs | undefined
const errors: unknown[] = []

/** Works a second at each device, and remembers that it began. */
const work: JobKind<unknown, { began: boolean }, string> = {
  kind: 'work',
  needs: 'device.configure',
  run: async ({ known: { id } }, _, { memo, remember, signal, log }) => {
    deeds.push(memo ? `again ${id}` : `begin ${id}`)
    if (!memo) await remember({ began: true })
    if (id === 'skip') throw new SkipDevice('work.none', 'nothing to do')
    await clock.sleep(1000, { signal })
    if (failing.has(id)) throw new PeerError('work.refused', `${id} says no`, { retry: 'never' })
    log(`${id} is done`)
    deeds.push(`end ${id}`)
    return id
  },
}

const openJobs = async (): Promise<Jobs> => {
  const jobs = new Jobs({
    store,
    clock,
    audit: await Audit.open(store, clock.now),
    publish: () => {},
    onError: (error) => errors.push(error),
    isGroupThere: (id) => !absent.has(id),
    target: (id) => ({
      known: { id, name: id, site: null, group: null, ...labels.get(id) } as KnownDevice,
      door: {} as never,
    }),
  })
  jobs.register(work)
  open = jobs
  return jobs
}
const devices = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `${i + 1}`, name: `${i + 1}` }))
const start = (jobs: Jobs, list: { id: string; name: string }[], rollout: Rollout = {}) =>
  jobs.start({ kind: 'work', title: 'Work', spec: {}, devices: list, rollout, by })

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-jobs-'))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
  deeds = []
  failing = new Set()
  labels = new Map()
  absent = new Set()
  errors.length = 0
})
afterEach(async () => {
  await open?.[Symbol.asyncDispose]()
  open = undefined
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
  expect(errors).toEqual([])
})

describe('a job', () => {
  it('goes wave by wave, within its concurrency, and tells counts and log', async () => {
    const jobs = await openJobs()
    const { id } = await start(jobs, devices(10), { waves: [1, '50%'], concurrency: 3 })
    await clock.advance(500)
    expect(deeds).toEqual(['begin 1'])
    await clock.advance(1000)
    expect((await jobs.get(id)).counts).toMatchObject({ done: 1, running: 3, waiting: 6 })
    await clock.advance(20_000)
    const job = await jobs.get(id)
    expect(job).toMatchObject({ state: 'done', counts: { total: 10, done: 10 } })
    expect(job.waves).toEqual([
      { number: 1, total: 1, ended: 1, failed: 0 },
      { number: 2, total: 4, ended: 4, failed: 0 },
      { number: 3, total: 5, ended: 5, failed: 0 },
    ])
    const { rows } = await jobs.log(id, { after: 0, limit: 5 })
    expect(rows[0]).toMatchObject({ sequence: 1, text: '1 is done' })
    const page = await jobs.devices(id, { after: 0, limit: 4 })
    expect([page.devices.length, page.next]).toEqual([4, 4])
  })

  it('pauses at too many failures, goes on when told, and does the failed ones again as a new job', async () => {
    failing = new Set(['1', '2'])
    const jobs = await openJobs()
    const { id } = await start(jobs, devices(5), { concurrency: 1, maxFailures: 1 })
    await clock.advance(10_000)
    expect(await jobs.get(id)).toMatchObject({ state: 'paused', note: '2 devices have failed, more than 1' })
    expect(deeds.filter((deed) => deed.startsWith('begin'))).toHaveLength(2)
    await jobs.goOn(id, by)
    await clock.advance(10_000)
    expect(await jobs.get(id)).toMatchObject({ state: 'failed', counts: { done: 3, failed: 2 } })
    failing.clear()
    const again = await jobs.retry(id, by)
    await clock.advance(10_000)
    expect(await jobs.get(again.id)).toMatchObject({ state: 'done', counts: { total: 2, done: 2 } })
  })

  it('stops when it is cancelled, also while it is paused', async () => {
    const jobs = await openJobs()
    const { id } = await start(jobs, devices(5), { concurrency: 1 })
    await clock.advance(1500)
    await jobs.pause(id, by)
    await clock.advance(5000)
    expect(await jobs.get(id)).toMatchObject({ state: 'paused', counts: { done: 2, waiting: 3 } })
    await jobs.cancel(id, by)
    await clock.advance(2000)
    expect(await jobs.get(id)).toMatchObject({ state: 'cancelled', counts: { done: 2, cancelled: 3 } })
    await expect(jobs.cancel(id, by)).rejects.toMatchObject({ code: 'job.state' })
  })

  it('never has two of a group at work, nor one while another of them is away, and minds the sites', async () => {
    for (const id of ['1', '2']) labels.set(id, { group: 'gate' })
    for (const id of ['3', '4', '5']) labels.set(id, { site: 'Harbour' })
    absent.add('1')
    const jobs = await openJobs()
    const { id } = await start(jobs, devices(5), { concurrency: 5, perSite: 1 })
    await clock.advance(500)
    expect(deeds).toEqual(['begin 2', 'begin 3'])
    await clock.advance(5000)
    const note = 'waits: another device of the group "gate" is not there'
    expect(await jobs.get(id)).toMatchObject({ state: 'running', note, counts: { done: 4, waiting: 1 } })
    absent.clear()
    await clock.advance(5000)
    expect(await jobs.get(id)).toMatchObject({ state: 'done', note: null })
  })

  it('waits for its maintenance window', async () => {
    const now = new Date(clock.now())
    const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toTimeString().slice(0, 5)
    const jobs = await openJobs()
    const { id } = await start(jobs, devices(2), { window: { from: at(10), to: at(20) } })
    await clock.advance(60_000)
    expect(deeds).toEqual([])
    expect((await jobs.get(id)).note).toBe(`waits for its maintenance window, ${at(10)} to ${at(20)}`)
    await clock.advance(11 * 60_000)
    expect((await jobs.get(id)).state).toBe('done')
  })

  it('begins no more than so many of a site in a minute', async () => {
    for (const id of ['1', '2', '3', '4']) labels.set(id, { site: 'Harbour' })
    const jobs = await openJobs()
    const { id } = await start(jobs, devices(5), { perSiteMinute: 2 })
    await clock.advance(30_000)
    expect(deeds.filter((deed) => deed.startsWith('begin'))).toEqual(['begin 1', 'begin 2', 'begin 5'])
    expect((await jobs.get(id)).note).toContain('2 devices of a site')
    await clock.advance(32_000)
    expect(await jobs.get(id)).toMatchObject({ state: 'done', counts: { done: 5 } })
  })

  it('is kept while it is one of the last thousand', async () => {
    const jobs = await openJobs()
    const old = await start(jobs, devices(1))
    await clock.advance(2000)
    const blank = { note: null, by: '', title: '', specJson: '{}', rolloutJson: '{}' }
    const ended = Array.from({ length: MAX_JOBS }, (_, i) => ({ id: `j${i}`, kind: 'work', state: 'done' as const }))
    for (let at = 0; at < ended.length; at += 500) {
      const rows = ended
        .slice(at, at + 500)
        .map((one, i) => ({ ...one, ...blank, createdAt: clock.now() + i, endedAt: 1 }))
      await store.db.insertInto('job').values(rows).execute()
    }
    await start(jobs, devices(1))
    await expect(jobs.get(old.id)).rejects.toMatchObject({ code: 'job.unknown' })
    expect(await store.db.selectFrom('jobDevice').select('jobId').where('jobId', '=', old.id).execute()).toEqual([])
    expect((await jobs.get('j0')).state).toBe('done')
  })

  it('leaves out what has nothing to do', async () => {
    const jobs = await openJobs()
    const { id } = await start(jobs, [{ id: 'skip', name: 'skip' }])
    await clock.advance(2000)
    expect((await jobs.get(id)).counts).toMatchObject({ skipped: 1, total: 1 })
    const [device] = (await jobs.devices(id, { after: 0, limit: 1 })).devices
    expect(device).toMatchObject({ state: 'skipped', errorCode: 'work.none', text: 'nothing to do' })
  })

  it('forgets no device and does none twice, wherever the server is stopped', async () => {
    const { id } = await start(await openJobs(), devices(12), { waves: [2, 4], concurrency: 3 })
    for (const ms of [10, 700, 1300, 400, 999, 1, 1800, 50]) {
      await clock.advance(ms)
      await open![Symbol.asyncDispose]()
      await (await openJobs()).resume()
    }
    await clock.advance(30_000)
    expect(await open!.get(id)).toMatchObject({ state: 'done', counts: { total: 12, done: 12 } })
    const ends = deeds.filter((deed) => deed.startsWith('end'))
    expect(new Set(ends).size).toBe(12)
    expect(ends).toHaveLength(12)
    // What was begun before is begun again with what it remembered, never from the start.
    const begins = deeds.filter((deed) => deed.startsWith('begin'))
    expect(new Set(begins).size).toBe(begins.length)
  })

  it('refuses to be empty', async () => {
    await expect(start(await openJobs(), [])).rejects.toMatchObject({ code: 'job.empty' })
  })
})

describe('waves and windows', () => {
  it.each<[number, Rollout['waves'], number[]]>([
    [3, undefined, [1, 1, 1]],
    [4, [1, '50%', '100%'], [1, 2, 3, 3]],
    [3, [5], [1, 1, 1]],
    [4, ['5%', '25%'], [1, 2, 3, 3]],
  ])('%i devices by %j', (total, sizes, waves) => {
    expect(wavesOf(total, sizes)).toEqual(waves)
  })

  it.each([
    ['22:00', '02:00', [5], '2026-01-02T23:00', true],
    ['22:00', '02:00', [5], '2026-01-03T01:59', true],
    ['22:00', '02:00', [5], '2026-01-03T02:00', false],
    ['22:00', '02:00', [5], '2026-01-02T01:00', false],
    ['02:00', '04:00', undefined, '2026-01-02T03:00', true],
    ['02:00', '04:00', undefined, '2026-01-02T04:00', false],
  ])('from %s to %s on %j at %s: %s', (from, to, days, at, isOpen) => {
    expect(isWindowOpen({ from, to, days }, new Date(at).getTime())).toBe(isOpen)
  })
})
