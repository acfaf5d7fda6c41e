// SPDX-License-Identifier: Apache-2.0
/** A CMS and two sites behind NAT, each in networks of its own, with real processes: what an agent is for. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import type { Device, Event, Link, ListBehind, Output } from '../../contract/src/index.ts'
import { until } from '../../server/test/harness.ts'
import type { CmsQuestion } from './site-cms.ts'
import { asker, CAMERA_ADDRESS, CMS_ADDRESS, objection, printed, SITES, type Site, TwoSites } from './two-sites.ts'

const PATIENT_MS = 30_000
const PASSWORD = 'a device password 7'
const hmp = fileURLToPath(new URL('../../cli/bin/hmp.mjs', import.meta.url))
const ours = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const covered = { type: 'shelteralarm', channel: 1, description: 'covered' }
type Behind = Output<(typeof ListBehind)['answer']>

interface AtSite {
  readonly raise: (alert: object) => Promise<unknown>
  readonly model: string
  readonly token: string
  readonly env: Record<string, string>
  /** Ids at the CMS. */
  agentId: string
  cameraId: string
}

const why = needs('ip') && needs('nft') && needs('conntrack') ? objection() : 'a program is missing'
if (why !== undefined) process.stderr.write(`not run: two sites behind NAT: ${why}\n`)

describe.runIf(why === undefined)('two sites behind NAT', () => {
  let world: TwoSites
  let folder: string
  let cms: <T>(question: CmsQuestion) => Promise<T>
  const at = {} as Record<Site, AtSite>

  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const question = { do: 'call' as const, method, path, ...(body ? { body } : {}) }
    const answer = await cms<{ status: number; body: T; errors: string[] }>(question)
    expect([answer.status < 300, answer.errors], `${method} ${path}: ${JSON.stringify(answer.body)}`).toEqual([
      true,
      [],
    ])
    return answer.body
  }
  const stateOf = async (id: string) => (await call<Device>('GET', `/devices/${id}`)).state
  const links = async () => (await call<{ links: Link[] }>('GET', '/links')).links
  const awaitState = (id: string, state: string) =>
    until(async () => (await stateOf(id)).state === state, PATIENT_MS, `${state} of ${id}`)
  const tampers = async (id: string): Promise<Event[]> =>
    (await call<{ events: Event[] }>('GET', `/events?limit=500&device=${id}`)).events.filter(
      ({ kind, endedAt }) => kind === 'tamper' && endedAt !== null,
    )
  /** So many times covered and free again. */
  const cover = async (site: Site, times: number) => {
    for (let i = 0; i < times; i++)
      for (const state of ['active', 'inactive']) await at[site].raise({ ...covered, state })
  }
  const kept = (site: Site) => JSON.parse(readFileSync(join(at[site].env['HMP_AGENT_DATA']!, 'agent.json'), 'utf8'))
  const statusOf = (site: Site) =>
    JSON.parse(readFileSync(join(at[site].env['HMP_AGENT_DATA']!, 'status.json'), 'utf8'))

  const openSite = async (site: Site): Promise<void> => {
    const profile = { a: 'ipc-5.7', b: 'ipc-5.5' }[site]
    const camera = world.start(`camera-${site}`, [ours('site-camera.ts'), CAMERA_ADDRESS, profile, PASSWORD])
    const [said, { token }] = await Promise.all([
      printed(camera, /ready .*\n/),
      call<{ token: string }>('POST', '/links/tokens', {
        ...{ role: 'agent', name: `Site ${site}`, site: `Site ${site}`, address: `${CMS_ADDRESS}:8443` },
      }),
    ])
    const place = { HMP_AGENT_DATA: join(folder, site), HMP_AGENT_KEY_FILE: join(folder, `${site}.key`) }
    const env = { ...place, HMP_JOIN: token, HMP_DEVICE_PASSWORD: PASSWORD }
    const { model } = JSON.parse(/ready (.*)\n/.exec(said)![1]!)
    at[site] = { raise: asker(camera), model, token, env, agentId: '', cameraId: '' }
    await printed(world.start(`box-${site}`, [hmp, 'agent', 'join'], env), / will dial /)
    await printed(world.start(`box-${site}`, [hmp, 'agent', 'add', 'gate', CAMERA_ADDRESS], env), /gate is /)
  }

  beforeAll(async () => {
    world = TwoSites.open()
    folder = mkdtempSync(join(tmpdir(), 'hmp-sites-'))
    const server = world.start('cms', [
      ...[ours('site-cms.ts'), join(folder, 'cms'), join(folder, 'cms-key', 'key'), '8443'],
    ])
    cms = asker(server)
    await printed(server, /ready/)
    await Promise.all(SITES.map(openSite))
    // Time has gone by since they joined: both renew their certificates with their first session.
    await cms({ do: 'today' })
    for (const site of SITES) {
      const before = kept(site)
      before.link.certificate.renewAfter = 0
      writeFileSync(join(folder, site, 'agent.json'), JSON.stringify(before))
      world.start(`box-${site}`, site === 'a' ? [ours('site-agent.ts')] : [hmp, 'agent'], at[site].env)
    }
    await until(async () => (await links()).filter(({ isOnline }) => isOnline).length === 2, PATIENT_MS, 'both links')
    for (const site of SITES) {
      const link = (await links()).find(({ name }) => name === `Site ${site}`)!
      at[site].agentId = link.id
      const wish = { kind: 'hmp', identity: `${link.identity}/gate` }
      at[site].cameraId = (await call<{ device: Device }>('POST', '/devices', wish)).device.id
    }
  }, 120_000)

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  it('are reached from within alone, told apart, watched and heard', async () => {
    const found = async () => (await call<Behind>('GET', `/devices/${at.b.agentId}/behind`)).found
    await found() // it looks when it is asked
    await Promise.all(SITES.map((site) => awaitState(at[site].cameraId, 'online')))
    for (const [host, port] of [
      [CAMERA_ADDRESS, 80],
      [CAMERA_ADDRESS, 554],
      ['192.168.1.50', 22],
      ['203.0.113.110', 80],
    ] as const)
      expect(await cms<string>({ do: 'knock', host, port }), `${host}:${port}`).not.toBe('open')
    const devices = await Promise.all(SITES.map((site) => call<Device>('GET', `/devices/${at[site].cameraId}`)))
    expect(devices.map(({ model }) => model)).toEqual(SITES.map((site) => at[site].model))
    expect(new Set(devices.map(({ model }) => model)).size).toBe(2)
    for (const site of SITES)
      expect(await cms({ do: 'watch', device: at[site].cameraId, units: 10 })).toMatchObject({ isKey: true })
    await cover('a', 1)
    await until(async () => (await tampers(at.a.cameraId)).length === 1, PATIENT_MS, 'the event')
    expect(await tampers(at.b.cameraId)).toEqual([])
    await until(async () => (await found()).length > 0, PATIENT_MS, 'what the agent finds')
    expect((await found()).map(({ address, model }) => [address, model])).toEqual([[CAMERA_ADDRESS, at.b.model]])
  }, 60_000)

  it('lose no event while a cable is out, and come back with the renewed certificate', async () => {
    const before = kept('a').link
    expect(before.renewed.certificate).not.toBe(before.certificate.certificate)
    world.setUplink('a', false)
    await cover('a', 5)
    await awaitState(at.a.cameraId, 'unreachable') // a silent cut: nobody has said goodbye
    await awaitState(at.b.cameraId, 'online')
    expect((await stateOf(at.a.cameraId)).cause?.code).toBe('agent.offline')
    expect((await links()).map(({ id, isOnline }) => isOnline === (id === at.b.agentId))).toEqual([true, true])
    expect((await tampers(at.a.cameraId)).length).toBe(1)
    world.setUplink('a', true)
    await awaitState(at.a.cameraId, 'online')
    await until(async () => (await tampers(at.a.cameraId)).length === 6, PATIENT_MS, 'what happened meanwhile')
    // All of that time was told: none is left of which nobody knows.
    expect(await call('GET', `/gaps?device=${at.a.cameraId}`)).toEqual({ gaps: [] })
    const { link } = kept('a')
    expect([link.certificate.certificate, link.renewed]).toEqual([before.renewed.certificate, undefined])
  }, 60_000)

  it('survive a router that starts again with another address and no memory', async () => {
    const since = async () => (await links()).find(({ id }) => id === at.a.agentId)?.since
    const before = await since()
    world.restartRouter('a')
    await cover('a', 1)
    await until(async () => (await tampers(at.a.cameraId)).length === 7, PATIENT_MS, 'the event')
    expect(await since()).not.toBe(before) // the session through the old address is gone for good
    await awaitState(at.a.cameraId, 'online')
    expect(await cms({ do: 'watch', device: at.a.cameraId, units: 3 })).toMatchObject({ isKey: true })
    expect(statusOf('a').events.lost).toBe(0)
  }, 60_000)

  it('are cut off within five seconds when they are revoked, and only they', async () => {
    await call('POST', `/links/${at.b.agentId}/revoke`)
    const took = await until(() => statusOf('b').link.cause?.code === 'hmp.revoked', PATIENT_MS, 'the end')
    expect(took).toBeLessThan(5000)
    await awaitState(at.b.cameraId, 'unreachable')
    await awaitState(at.a.cameraId, 'online')
  }, 60_000)
})
