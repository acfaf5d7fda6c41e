// SPDX-License-Identifier: Apache-2.0
/** `hmp events`, each a process of its own, against a server whose camera is told what to do. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '@openhmp/client'
import type { Alarm, Event, Gap } from '@openhmp/contract'
import { type Emulator, startEmulator } from '@openhmp/emulator'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { signIn } from '../../../tools/product/api.ts'
import { freePort, type Product } from '../../../tools/product/start.ts'
import { runHmp, startHmp } from './hmp.ts'

const PASSWORD = 'a long password for tests'
const account = { userName: 'admin', password: 'Camera12345' }
let folder: string
let port: number
let server: ChildProcess
let camera: Emulator

const env = () => ({ XDG_CONFIG_HOME: folder, HMP_PASSWORD: PASSWORD })
const hmp = (...args: string[]) => runHmp(args, env())
const list = async (...args: string[]): Promise<{ events: Event[]; gaps: Gap[] }> =>
  JSON.parse((await hmp('events', ...args, '--json')).stdout)
const raise = (type: string, state: 'active' | 'inactive') =>
  camera.raise(0, { type, state, channel: 1, description: `${type} of the test` })
const start = async (): Promise<{ url: string; caFingerprint: string }> => {
  const place = ['--data', join(folder, 'data'), '--port', String(port), '--host', '127.0.0.1', '--json']
  const keys = { HMP_KEY_FILE: join(folder, 'key'), HMP_ADMIN_PASSWORD: PASSWORD, HMP_ALLOW_LOOPBACK: 'true' }
  server = startHmp(['serve', ...place], keys)
  server.stderr!.resume()
  for await (const line of createInterface({ input: server.stdout! })) return JSON.parse(line)
  throw new Error('the server did not start')
}
const stop = async (): Promise<void> => {
  const ended = new Promise((resolve) => server.once('close', resolve))
  server.kill('SIGTERM')
  await ended
}

/** Lines of a following command, as they come. */
const follow = (...args: string[]) => {
  const child = startHmp(['events', '--follow', '--json', ...args], env())
  const lines: { atMs: number; what: string; event?: Event; gap?: Gap }[] = []
  child.stderr!.resume()
  createInterface({ input: child.stdout! }).on('line', (line) =>
    lines.push({ atMs: performance.now(), ...JSON.parse(line) }),
  )
  const until = async (fits: (line: (typeof lines)[number]) => boolean) => {
    await expect.poll(() => lines.some(fits), { timeout: 20_000, interval: 5 }).toBe(true)
    return lines.find(fits)!
  }
  const end = async (): Promise<number | null> => {
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    child.kill('SIGINT')
    return ended
  }
  return { lines, until, end }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-events-'))
  port = await freePort()
  camera = await startEmulator({
    ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: systemClock },
    ...{ user: account.userName, password: account.password },
  })
  const { url, caFingerprint } = await start()
  expect((await hmp('login', url, '--fingerprint', caFingerprint)).exitCode).toBe(0)
  const api = await signIn({ url, password: PASSWORD } as Product)
  const wish = { kind: 'isapi', name: 'Gate', address: camera.devices[0]!.httpUrl, ...account }
  await api.post('/devices', wish)
  await vi.waitUntil(() => camera.device(0).events.listeners > 0, { timeout: 20_000 })
}, 60_000)
afterAll(async () => {
  await stop()
  await camera[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

it('are told within a second, by the filters, without repeats; after a lost link, too', {
  timeout: 90_000,
}, async () => {
  const all = follow('--limit', '0', '--gaps')
  const lines = follow('--kind', 'lineCrossing', '--device', 'Gate')
  // Both follow once a first event has come to both.
  raise('linedetection', 'active')
  for (const one of [all, lines]) await one.until(({ event }) => event?.kind === 'lineCrossing')
  // The quickest of three: others may be at work on this machine.
  const took: number[] = []
  for (const type of ['fielddetection', 'regionExiting', 'audioexception']) {
    const fromMs = performance.now()
    raise(type, 'active')
    took.push((await all.until(({ event }) => event?.type === type)).atMs - fromMs)
    raise(type, 'inactive')
    await all.until(({ event }) => event?.type === type && event.state === 'inactive')
  }
  expect(Math.min(...took)).toBeLessThan(1000)
  const { event } = all.lines.find(({ event }) => event?.kind === 'fieldIntrusion')!
  expect(event).toMatchObject({ deviceName: 'Gate', state: 'active', channel: 1, source: 'told' })
  raise('linedetection', 'inactive')
  await lines.until(({ event }) => event?.state === 'inactive')
  expect(lines.lines.map(({ event }) => [event!.kind, event!.state])).toEqual([
    ['lineCrossing', 'active'],
    ['lineCrossing', 'inactive'],
  ])

  await stop()
  await start()
  await all.until(({ gap }) => gap?.cause.code === 'server.away' && gap.to !== null)
  raise('regionEntrance', 'active')
  expect((await all.until(({ event }) => event?.kind === 'regionEntrance')).event!.state).toBe('active')
  expect(await Promise.all([all.end(), lines.end()])).toEqual([0, 0])

  const kinds = async (...args: string[]) => (await list(...args)).events.map(({ kind }) => kind)
  const own = ['--kind', 'lineCrossing,fieldIntrusion,regionEntrance']
  expect(await kinds(...own)).toEqual(['regionEntrance', 'fieldIntrusion', 'lineCrossing'])
  expect(await kinds('--text', 'FIELDdetection of', '--from', '10m', '--state', 'inactive')).toEqual(['fieldIntrusion'])
  expect((await list('--gaps')).gaps).toMatchObject([{ deviceName: 'Gate', cause: { code: 'server.away' } }])
  const [people, summary, wrong] = await Promise.all([
    hmp('events', ...own),
    hmp('events', '--summary', ...own, '--json'),
    hmp('events', '--from', 'soon'),
  ])
  expect(people.stdout.trim().split('\n')).toHaveLength(3)
  expect(people.stdout).toMatch(/lineCrossing +inactive +Gate/)
  expect(JSON.parse(summary.stdout)).toMatchObject({ total: 3, isMore: false })
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('"soon" is no time')])
})

it('of grave kinds are alarms: listed, acknowledged, commented, assigned, closed', { timeout: 60_000 }, async () => {
  const alarms = async (...args: string[]) => JSON.parse((await hmp('alarms', ...args, '--json')).stdout)
  const { alarms: all, counts } = await alarms()
  expect(all.map(({ severity, event }: Alarm) => `${severity} ${event.kind}`).toSorted()).toEqual([
    'critical fieldIntrusion',
    'high lineCrossing',
    'high regionEntrance',
    'high regionExiting',
    'low audioException',
  ])
  expect(counts).toEqual({ new: { critical: 1, high: 3, low: 1 }, acknowledged: 0 })
  const { id } = all[0] as Alarm
  const deed = async (...args: string[]) => JSON.parse((await hmp('alarm', id, ...args, '--json')).stdout)
  expect((await deed('ack')).alarm).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'admin' })
  expect((await deed('comment', 'a fox')).comments).toMatchObject([{ who: 'admin', text: 'a fox' }])
  expect((await deed('assign', 'admin')).alarm.assignee).toBe('admin')
  const [people, nobody, wrong, list] = await Promise.all([
    hmp('alarm', id),
    hmp('alarm', id, 'assign', 'Eve'),
    hmp('alarm', id, 'shout'),
    hmp('alarms', '--severity', 'critical', '--device', 'Gate'),
  ])
  expect(people.stdout).toMatch(/Severity +critical\n[\s\S]*Acknowledged +admin[\s\S]*admin: a fox\n$/)
  expect(list.stdout).toMatch(
    /critical +acknowledged +fieldIntrusion [\s\S]*new: 0 critical, 3 high, 1 low; acknowledged: 1\n$/,
  )
  expect([nobody.exitCode, nobody.stderr]).toEqual([1, expect.stringContaining('[user.unknown]')])
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('"shout" is none of ack, close')])
  expect((await deed('close')).alarm).toMatchObject({ state: 'closed', closedBy: 'admin' })
  expect((await alarms('--severity', 'critical')).alarms).toEqual([])
})
