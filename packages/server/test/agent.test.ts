// SPDX-License-Identifier: Apache-2.0
/** Two devices behind a site's agent, through the whole server: pictures, events over cuts and restarts, orders within the site's policy. */
import { join } from 'node:path'
import { Agent, AgentHome, DEFAULT_POLICY, Policy } from '@openhmp/agent'
import type { Device, Event, ListBehind, Order, Output } from '@openhmp/contract'
import type { Emulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { Cable } from './cable.ts'
import { account, emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, type Place, until } from './harness.ts'

const PATIENT_MS = 20_000
const THIN_BITS = 600_000

/** A site's folder with the emulator's devices in it, as cam-0, cam-1 ... */
const makeSite = async (
  place: Place,
  url: string | undefined,
  token: string,
  emulator: Emulator,
): Promise<AgentHome> => {
  const root = join(place.dataDir, '..')
  const home = new AgentHome(join(root, 'agent'), join(root, 'agent-key', 'key'))
  await home.join(token, url, AbortSignal.timeout(PATIENT_MS))
  for (const [i, { httpUrl }] of emulator.devices.entries())
    home.addDevice({ ...{ id: `cam-${i}`, address: httpUrl }, ...account })
  return home
}

const urlOf = (house: House, port = house.server.port) => `hmps://127.0.0.1:${port}`

const startAgent = (home: AgentHome, more: Partial<Parameters<typeof Agent.start>[0]> = {}): Promise<Agent> =>
  Agent.start({ home, policy: new Policy(), clock: systemClock, random: () => 0, ...more })

const eventsOf = async (house: House, device: string): Promise<Event[]> =>
  (await house.call<{ events: Event[] }>('GET', `/events?limit=500&device=${device}`)).body.events

const awaitEvent = async (house: House, device: string, fits: (event: Event) => boolean): Promise<Event> => {
  let found: Event | undefined
  const look = async () => {
    found = (await eventsOf(house, device)).find(fits)
    return found !== undefined
  }
  await until(look, PATIENT_MS, 'the event')
  return found!
}

const covered = { type: 'shelteralarm', state: 'active', channel: 1, description: 'covered' } as const
type Behind = Output<(typeof ListBehind)['answer']>
const isTamper = ({ kind }: Event) => kind === 'tamper'

describe('an agent with two cameras', () => {
  it('gives their pictures and events, and orders that its site allows', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    await using emulator = await emulate({ cameras: 2, fault: 'reboot=300ms' })
    const site = await house.add({ kind: 'hmp', identity: 'site-1' })
    const home = await makeSite(place, urlOf(house), site.token!, emulator)
    home.addDevice({ id: 'cam-2', address: emulator.devices[1]!.httpUrl, userName: 'admin', password: 'Wrong12345' })
    const policy = new Policy({
      ...DEFAULT_POLICY,
      rules: [
        { allow: false, methods: ['PUT'], paths: ['/ISAPI/System/reboot'], devices: ['cam-0'], text: 'ask the porter' },
        { allow: true, methods: ['PUT'], paths: ['/ISAPI/System/reboot'], devices: ['*'] },
        ...DEFAULT_POLICY.rules,
      ],
    })
    const lines: string[] = []
    await using agent = await startAgent(home, { policy, onLine: (line) => lines.push(line) })
    await awaitState(house, site.device.id, 'online', PATIENT_MS)
    const add = async (id: string) => (await house.add({ kind: 'hmp', identity: `site-1/${id}` })).device.id
    const [first, second, third, none] = [
      await add('cam-0'),
      await add('cam-1'),
      await add('cam-2'),
      await add('cam-9'),
    ]
    for (const id of [first, second]) await awaitState(house, id, 'online', PATIENT_MS)
    expect((await awaitState(house, third, 'refused', PATIENT_MS)).state.cause?.code).toBe('isapi.unauthorized')
    expect((await awaitState(house, none, 'unreachable', PATIENT_MS)).state.cause?.code).toBe('agent.unknown-device')
    const listed = (await house.call<Behind>('GET', `/devices/${site.device.id}/behind`)).body
    expect(listed.devices.map(({ identity, device }) => [identity, device])).toEqual([
      ['site-1/cam-0', first],
      ['site-1/cam-1', second],
      ['site-1/cam-2', third],
    ])
    expect(listed.events).toMatchObject({ lost: 0 })
    expect((await house.call('GET', `/devices/${first}/behind`)).body.code).toBe('agent.none')
    const told = async () => (await house.call<Device>('GET', `/devices/${second}`)).body
    await until(async () => (await told()).model === emulator.devices[1]!.model, PATIENT_MS, 'what it is')
    expect((await told()).channels.map(({ id, streams }) => [id, streams[0]!.codec])).toEqual([[1, 'h264']])

    const viewer = await house.view()
    const watched = [await viewer.open(first), await viewer.open(second)]
    for (const one of watched) await one.count(10, PATIENT_MS)
    expect(watched.map(({ units }) => units[0]!.isKey)).toEqual([true, true])
    await (await viewer.open(second, { media: ['audio'], profile: 'sub' })).count(5, PATIENT_MS)
    const picture = await house.call('GET', `/devices/${second}/channels/1/picture`)
    expect([picture.status, picture.bytes.subarray(0, 2).toString('hex')]).toEqual([200, 'ffd8'])

    emulator.raise(1, covered)
    await awaitEvent(house, second, isTamper)
    expect((await eventsOf(house, first)).filter(isTamper)).toEqual([])

    const order = async (id: string) => (await house.call<Order>('POST', `/devices/${id}/reboot`)).body.id
    const [refused] = [await order(first), await order(second)]
    await until(() => emulator.device(1).reboots === 1, PATIENT_MS, 'the restart')
    const failed = async () =>
      (await house.call<{ orders: Order[] }>('GET', '/orders')).body.orders.find(({ id }) => id === refused)
    await until(async () => (await failed())?.state === 'failed', PATIENT_MS, 'the refusal')
    expect(JSON.stringify(await failed())).toContain('ask the porter')
    expect(emulator.device(0).reboots).toBe(0)
    // A camera that goes away is away; the other one and the site stay.
    await until(() => lines.some((line) => line.startsWith('cam-1 is offline')), PATIENT_MS, 'its absence')
    await awaitState(house, first, 'online')

    await house.call('DELETE', `/devices/${site.device.id}`)
    expect((await awaitState(house, first, 'unreachable', PATIENT_MS)).state.cause?.code).toBe('agent.offline')
    await until(() => /^hmp\.(revoked|login)$/.test(agent.status.link.cause?.code ?? ''), PATIENT_MS, 'the goodbye')
    expect(house.errors).toEqual([])
  }, 90_000)

  it('keeps events while there is no link, over a restart of its own, and tells them in order', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    await using emulator = await emulate({ cameras: 2 })
    await using cable = await Cable.to(house.server.port)
    const site = await house.add({ kind: 'hmp', identity: 'site-1' })
    const home = await makeSite(place, urlOf(house, cable.port), site.token!, emulator)
    const camera = (await house.add({ kind: 'hmp', identity: 'site-1/cam-1' })).device.id
    {
      await using agent = await startAgent(home)
      await awaitState(house, camera, 'online', PATIENT_MS)
      cable.pull() // who dials again waits in vain
      cable.cut()
      await awaitState(house, camera, 'unreachable', PATIENT_MS)
      const { waiting } = agent.status.events
      emulator.raise(1, covered)
      emulator.raise(1, { ...covered, state: 'inactive', description: 'free again' })
      await until(() => agent.status.events.waiting >= waiting + 2, PATIENT_MS, 'both on disk')
    }
    expect((await eventsOf(house, camera)).filter(isTamper)).toEqual([])
    cable.plugIn()
    await using agent = await startAgent(home)
    const event = await awaitEvent(house, camera, (one) => isTamper(one) && one.endedAt !== null)
    expect(event).toMatchObject({ channel: 1, state: 'inactive' })
    await until(() => agent.status.events.waiting === 0, PATIENT_MS, 'an empty spool')
    expect(agent.status.events.lost).toBe(0)
    expect((await eventsOf(house, camera)).filter(isTamper).length).toBe(1)
    expect(house.errors).toEqual([])
  }, 90_000)

  it('joins by token and certificate, and gets an event through a link that its pictures fill', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    await using emulator = await emulate({ cameras: 2 })
    await using cable = await Cable.to(house.server.port)
    const { token } = (
      await house.call<{ token: string }>('POST', '/links/tokens', {
        ...{ role: 'agent', name: 'Harbour', address: `127.0.0.1:${cable.port}` },
      })
    ).body
    const home = await makeSite(place, undefined, token, emulator)
    const { identity, certificate, key } = home.link!
    expect([certificate?.role, key]).toEqual(['agent', undefined])
    await using agent = await startAgent(home)
    await until(() => agent.status.link.isUp, PATIENT_MS, 'the link')
    const add = async (id: string) => (await house.add({ kind: 'hmp', identity: `${identity}/${id}` })).device.id
    const [first, second] = [await add('cam-0'), await add('cam-1')]
    for (const id of [first, second]) await awaitState(house, id, 'online', PATIENT_MS)
    const viewer = await house.view()
    for (const id of [first, second]) await (await viewer.open(id)).count(3, PATIENT_MS)
    cable.thin(THIN_BITS) // two main streams want more
    await until(() => agent.status.unitsShed > 0, PATIENT_MS, 'a full link')
    emulator.raise(1, covered)
    await awaitEvent(house, second, isTamper) // how soon is measured in virtual time, with the session
    expect(house.errors).toEqual([])
  }, 60_000)

  it('is not let in with another key', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    await using emulator = await emulate()
    const site = await house.add({ kind: 'hmp', identity: 'site-1' })
    const home = await makeSite(
      place,
      urlOf(house),
      site.token!.replace(/:[\w-]{43}:/, `:${'A'.repeat(43)}:`),
      emulator,
    )
    await using agent = await startAgent(home)
    await until(() => agent.status.link.cause?.code === 'hmp.login', PATIENT_MS, 'the refusal')
    expect((await awaitState(house, site.device.id, 'unreachable')).state.cause?.code).toBe('hmp.offline')
    const stray = await house.call('POST', '/devices', { kind: 'hmp', identity: 'site-2/cam-0' })
    expect([stray.status, stray.body.code]).toEqual([404, 'agent.unknown'])
    expect(house.errors).toEqual([])
  }, 60_000)
})
