// SPDX-License-Identifier: Apache-2.0
/** Two devices behind a site's agent, through the whole server: pictures, events over cuts and restarts, orders within the site's policy. */
import { join } from 'node:path'
import { Agent, AgentHome, Policy } from '@openhmp/agent'
import type { Event } from '@openhmp/contract'
import type { Emulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { account, emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const PATIENT_MS = 20_000

/** A site's folder with the emulator's devices in it, as cam-0, cam-1 ... */
const makeSite = (house: House, folder: string, token: string, emulator: Emulator): AgentHome => {
  const home = new AgentHome(join(folder, 'agent'), join(folder, 'agent-key', 'key'))
  home.join(house.server.url.replace('localhost', '127.0.0.1'), token)
  for (const [i, { httpUrl }] of emulator.devices.entries())
    home.addDevice({ ...{ id: `cam-${i}`, address: httpUrl }, ...account })
  return home
}

const startAgent = (home: AgentHome, more: Partial<Parameters<typeof Agent.start>[0]> = {}): Promise<Agent> =>
  Agent.start({ home, policy: new Policy(), clock: systemClock, random: () => 0, ...more })

const eventsOf = async (house: House, device: string): Promise<Event[]> =>
  (await house.call<{ events: Event[] }>('GET', `/events?limit=500&device=${device}`)).body.events

describe('an agent with two cameras', () => {
  it('gives their pictures, events and orders; what it has no policy for is refused', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    await using emulator = await emulate({ cameras: 2 })
    const site = await house.add({ kind: 'hmp', identity: 'site-1' })
    await using _agent = await startAgent(makeSite(house, join(place.dataDir, '..'), site.token!, emulator))
    await awaitState(house, site.device.id, 'online', PATIENT_MS)
    const added = [
      (await house.add({ kind: 'hmp', identity: 'site-1/cam-0' })).device,
      (await house.add({ kind: 'hmp', identity: 'site-1/cam-1' })).device,
    ]
    for (const { id } of added) await awaitState(house, id, 'online', PATIENT_MS)
    await until(
      async () => (await house.call<{ model: string }>('GET', `/devices/${added[1]!.id}`)).body.model !== '',
      PATIENT_MS,
      'the model',
    )
    const viewer = await house.view()
    for (const { id } of added) {
      const watched = await viewer.open(id)
      await watched.count(10, PATIENT_MS)
      expect(watched.units[0]!.isKey).toBe(true)
    }
    const picture = await house.call('GET', `/devices/${added[1]!.id}/channels/1/picture`)
    expect([picture.status, picture.bytes.subarray(0, 2).toString('hex')]).toEqual([200, 'ffd8'])
    emulator.raise(1, { type: 'shelteralarm', state: 'active', channel: 1, description: 'covered' })
    await until(
      async () => (await eventsOf(house, added[1]!.id)).some(({ kind }) => kind === 'tamper'),
      PATIENT_MS,
      'the event',
    )
    expect((await eventsOf(house, added[0]!.id)).filter(({ kind }) => kind === 'tamper')).toEqual([])
    expect(house.errors).toEqual([])
  }, 60_000)
})
