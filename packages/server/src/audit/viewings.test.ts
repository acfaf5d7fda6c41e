// SPDX-License-Identifier: Apache-2.0
/** Who watched which camera: joined over short gaps, on record at its beginning, each hour and at its end, also after a crash. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Store } from '../store/store.ts'
import { Audit } from './audit.ts'
import { MAX_VIEWINGS, Viewings } from './viewings.ts'

const ada = { who: 'Ada', source: '192.0.2.1' }
const camera = (channel: number) => ({ device: 'gate', channel })
const fail = (error: unknown) => {
  throw error
}
let dataDir: string
let stack: AsyncDisposableStack
let clock: VirtualClock
let audit: Audit
let viewings: Viewings

const start = async (): Promise<void> => {
  stack = new AsyncDisposableStack()
  const store = stack.use(await Store.open({ dataDir, now: () => 1, onCrash: fail }))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  audit = await Audit.open(store, clock.now)
  viewings = await Viewings.open({ audit, clock, onError: fail })
}
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-viewings-'))
  await start()
})
afterEach(async () => {
  await viewings[Symbol.asyncDispose]()
  await stack.disposeAsync()
  rmSync(dataDir, { recursive: true })
})

const rows = async () => (await audit.list({ action: 'viewing.', limit: 500 })).reverse()
const told = async () =>
  (await rows()).map(({ action, who, detail }) => [action, who, detail['channel'], detail['seconds']])

describe('a viewing', () => {
  it('is on record before its first picture, and when it is over', async () => {
    const one = viewings.begin(ada, camera(1), ['live', 'sound'], 'sub')
    await one.begun
    expect(await told()).toEqual([['viewing.begin', 'Ada', 1, undefined]])
    one.changed('main')
    await clock.advance(90_000)
    one.end()
    one.end()
    await clock.advance(40_000)
    expect(await told()).toEqual([
      ['viewing.begin', 'Ada', 1, undefined],
      ['viewing.end', 'Ada', 1, 90],
    ])
    expect((await rows())[1]).toMatchObject({
      from: '192.0.2.1',
      object: 'gate',
      detail: { kinds: ['live', 'sound'], streams: ['main', 'sub'], ended: 'closed' },
    })
    expect(viewings.count).toBe(0)
  })

  it('that comes again within half a minute is the same: a wall of 64 that is switched about leaves two rows a camera', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const open = Array.from({ length: 64 }, (_, i) => viewings.begin(ada, camera(i), ['live'], 'sub'))
      await clock.advance(5000)
      for (const one of open) one.end()
      await clock.advance(20_000)
    }
    await clock.advance(40_000)
    const all = await told()
    expect(all).toHaveLength(128)
    expect(new Set(all.slice(64).map(([action, , , seconds]) => `${action} ${seconds}`))).toEqual(
      new Set(['viewing.end 480']),
    )
  })

  it('of another person, from another place, or of another camera is another', async () => {
    for (const viewer of [ada, { ...ada, source: '192.0.2.2' }, { ...ada, who: 'Ben' }, { ...ada, wall: 'hall' }])
      for (const channel of [1, 2]) viewings.begin(viewer, camera(channel), ['live'], 'sub').end()
    await clock.advance(40_000)
    expect(await told()).toHaveLength(16)
  })

  it('of single pictures is one for as long as they keep coming', async () => {
    for (let i = 0; i < 5; i++) {
      await viewings.picture(ada, camera(1))
      await clock.advance(5 * 60_000)
    }
    await clock.advance(10 * 60_000)
    expect((await rows()).map(({ action, detail }) => [action, detail['kinds'], detail['pictures']])).toEqual([
      ['viewing.begin', ['snapshot'], undefined],
      ['viewing.end', ['snapshot'], 5],
    ])
  })

  it('that goes on for long is on record every hour', async () => {
    viewings.begin(ada, camera(1), ['live'], 'sub')
    await clock.advance(2 * 3_600_000 + 60_000)
    const all = await told()
    expect(all.map(([action]) => action)).toEqual(['viewing.begin', 'viewing.on', 'viewing.on'])
    expect(all[1]![3]).toBeGreaterThanOrEqual(3600)
  })

  it('ends with the server', async () => {
    viewings.begin(ada, camera(1), ['live'], 'sub')
    await clock.advance(10_000)
    await viewings[Symbol.asyncDispose]()
    expect((await rows())[1]).toMatchObject({
      action: 'viewing.end',
      detail: { seconds: 10, ended: 'server stopped' },
    })
  })

  it('that a killed server left open is closed by the next one, once', async () => {
    viewings.begin(ada, camera(1), ['live'], 'sub')
    viewings.begin(ada, camera(2), ['live'], 'sub')
    viewings.begin(ada, camera(3), ['live'], 'sub').end()
    await clock.advance(3_700_000)
    await stack.disposeAsync() // the store alone: nobody says goodbye
    for (const _ of [1, 2]) {
      await start()
      const ends = (await rows()).filter(({ action }) => action === 'viewing.end')
      expect(ends.map(({ detail }) => [detail['channel'], detail['ended']]).sort()).toEqual([
        [1, 'server restarted'],
        [2, 'server restarted'],
        [3, 'closed'],
      ])
      expect(ends[1]).toMatchObject({ who: 'Ada', from: '192.0.2.1', object: 'gate' })
      expect(Number(ends.at(-1)!.detail['seconds'])).toBeGreaterThanOrEqual(3600)
      if (_ === 1) await stack.disposeAsync()
    }
  })

  it('is refused when there is no room, and takes the place of one that was left', async () => {
    const first = viewings.begin(ada, camera(0), ['live'], 'sub')
    for (let i = 1; i < MAX_VIEWINGS; i++) viewings.begin(ada, camera(i), ['live'], 'sub')
    expect(() => viewings.begin(ada, camera(-1), ['live'], 'sub')).toThrow('too many')
    first.end()
    await viewings.begin(ada, camera(-1), ['live'], 'sub').begun
    expect(viewings.count).toBe(MAX_VIEWINGS)
  })
})
