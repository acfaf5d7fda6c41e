// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveMessage, Scope } from '@openhmp/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Accounts } from '../access/accounts.ts'
import { ABSOLUTE_MS, type Session, Sessions } from '../access/sessions.ts'
import { Store } from '../store/store.ts'
import { Feed, MAX_FOLLOWERS } from './feed.ts'
import type { Writer } from './handle.ts'

const near = '6b1f5a4e-0000-4000-8000-000000000001'
const far = '6b1f5a4e-0000-4000-8000-000000000002'

class Page implements Writer {
  readonly texts: string[] = []
  isOver = false
  write(text: string): boolean {
    this.texts.push(text)
    return true
  }
  end(): void {
    this.isOver = true
  }
}

let dataDir: string
let store: Store
let clock: VirtualClock
let sessions: Sessions
let session: Session
/** Sees the site North alone. */
let guard: Session
let feed: Feed

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-feed-'))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
  const accounts = await Accounts.open(store, clock.now)
  const grants = (scope: Scope) => [{ role: 'viewer', scope, hours: [] }]
  const add = (id: string, scope: Scope) => accounts.add({ id, name: id, passwordHash: '', grants: grants(scope) })
  sessions = await Sessions.open(store, clock.now, accounts)
  session = sessions.find(await sessions.start(await add('Ada', { kind: 'all' }), 's'))!
  guard = sessions.find(await sessions.start(await add('Ben', { kind: 'site', site: 'North' }), 's'))!
  feed = new Feed(sessions, clock, (device) => ({ site: device === near ? 'North' : 'South', tags: [] }))
})
afterEach(async () => {
  await feed[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

describe('the live feed', () => {
  it('tells every page, beats, and keeps the session alive', async () => {
    const pages = [new Page(), new Page()]
    const leave = pages.map((page) => feed.follow(session).follow(page))
    for (const cameras of [0, 1]) feed.publish({ what: 'demo', demo: { state: 'stopped', cameras } })
    await clock.advance(20)
    const told = [0, 1].map((n) => `data: {"what":"demo","demo":{"state":"stopped","cameras":${n}}}\n\n`)
    for (const page of pages) expect(page.texts.slice(1)).toEqual([told.join('')])
    await clock.advance(60 * 60_000)
    expect(pages[0]!.texts.filter((text) => text === ': beat\n\n').length).toBeGreaterThan(200)
    expect(pages[0]!.isOver).toBe(false)
    leave[1]!()
    const { length } = pages[1]!.texts
    feed.publish({ what: 'demo', demo: { state: 'stopped', cameras: 0 } })
    await clock.advance(20)
    expect(pages[1]!.texts).toHaveLength(length)
  })

  it('tells each what they may know, and lets go of pages whose rights change', async () => {
    const pages = [new Page(), new Page()]
    ;[session, guard].forEach((one, i) => void feed.follow(one).follow(pages[i]!))
    const told = (page: Page) =>
      page.texts
        .slice(1)
        .join('')
        .split('\n\n')
        .filter(Boolean)
        .map((text) => JSON.parse(text.slice(6)))
    const event = (device: string) => ({ what: 'event', event: { device } }) as unknown as LiveMessage
    const messages = [event(near), event(far), { what: 'job', job: {} } as LiveMessage, { what: 'alarms' } as const]
    for (const message of messages) feed.publish(message)
    await clock.advance(20)
    expect(pages.map(told)).toEqual([messages, [messages[0], messages[3]]])
    feed.publish(event(far))
    await clock.advance(20)
    expect(pages[1]!.texts).toHaveLength(2)
    feed.cut('Ben')
    expect(pages.map(({ isOver }) => isOver)).toEqual([false, true])
  })

  it('does not gather more than it may hold', () => {
    const page = new Page()
    feed.follow(session).follow(page)
    const id = 'x'.repeat(100_000) as never
    for (let i = 0; i < 3; i++) feed.publish({ what: 'device-removed', id })
    expect(page.texts.at(-1)?.length).toBeGreaterThan(300_000)
  })

  it('ends with the session, by age or by signing out', async () => {
    const page = new Page()
    feed.follow(session).follow(page)
    await clock.advance(ABSOLUTE_MS + 60_000)
    expect(page.isOver).toBe(true)
    const user = session.user
    const other = sessions.find(await sessions.start(user, 's'))!
    const second = new Page()
    feed.follow(other).follow(second)
    await sessions.end(other)
    expect(second.isOver).toBe(true)
  })

  it('has room for so many', () => {
    for (let i = 0; i < MAX_FOLLOWERS; i++) feed.follow(session).follow(new Page())
    expect(() => feed.follow(session)).toThrow(expect.objectContaining({ code: 'live.full' }))
  })
})
