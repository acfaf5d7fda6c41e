// SPDX-License-Identifier: Apache-2.0
/** Devices found by a range and added many at once, through the whole server. */
import { ActivateDevices, AddDevices, type AuditRow, DiscoveryState, type Output } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { type House, makePlace, openHouse, until } from './harness.ts'

const portOf = ({ httpUrl }: { readonly httpUrl: string }) => Number(new URL(httpUrl).port)

const searched = async (house: House, body: object): Promise<DiscoveryState> => {
  const started = await house.call<DiscoveryState>('POST', '/discovery', body)
  expect(started.status).toBe(200)
  let state = DiscoveryState.parse(started.body)
  await until(async () => {
    state = DiscoveryState.parse((await house.call('GET', '/discovery')).body)
    return state.state !== 'running'
  }, 20_000)
  return state
}
const addAll = async (house: House, devices: object[]): Promise<Output<typeof AddDevices.answer>['results']> => {
  const { status, body } = await house.call('POST', '/devices/batch', { devices })
  expect(status).toBe(200)
  return AddDevices.answer.parse(body).results
}

describe('a search of a range', { timeout: 30_000 }, () => {
  it('finds devices, says which are known and which have no password, and leaves accounts alone', async () => {
    using place = makePlace()
    await using emulator = await emulate({ cameras: 2, recorders: 1 })
    await using fresh = await emulate({ isActivated: false })
    await using house = await openHouse(place)
    const ports = [...emulator.devices, ...fresh.devices].map(portOf)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    const state = await searched(house, { methods: ['range'], range: '127.0.0.1', ports })
    expect(state).toMatchObject({ state: 'done', progress: { done: 1, total: 1 }, problem: null })
    const seen = new Map(state.found.map((one) => [one.httpPort, one]))
    expect([...seen.keys()].toSorted()).toEqual(ports.toSorted())
    expect(seen.get(ports[0]!)).toMatchObject({ kind: 'hikvision', known: device.id, methods: ['range'] })
    expect(seen.get(ports[1]!)).toMatchObject({ kind: 'hikvision', known: null })
    expect(seen.get(ports[3]!)).toMatchObject({ isActivated: false, known: null })
    // Nothing was logged in with: the next login is the first.
    const [added] = await addAll(house, [{ kind: 'isapi', address: emulator.devices[1]!.httpUrl, ...account }])
    expect(added).toMatchObject({ problem: null, name: expect.any(String) })
  })

  it('is one at a time, can be stopped, and stays within private networks', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    expect((await house.call<DiscoveryState>('GET', '/discovery')).body).toMatchObject({ state: 'idle', found: [] })
    const foreign = await house.call('POST', '/discovery', { methods: ['range'], range: '8.8.8.0/28' })
    expect([foreign.status, foreign.body.code]).toEqual([400, 'range.foreign'])
    // Nobody is in 10.255.255.0/24 here: it takes its time.
    const wish = { methods: ['range'], range: '10.255.252.0/22', ports: [80, 81, 82, 83] }
    expect((await house.call('POST', '/discovery', wish)).status).toBe(200)
    const second = await house.call('POST', '/discovery', wish)
    expect([second.status, second.body.code]).toEqual([409, 'discovery.busy'])
    const { body } = await house.call<DiscoveryState>('DELETE', '/discovery')
    expect(body).toMatchObject({ state: 'stopped', endedAt: expect.any(String) })
    expect((await searched(house, { methods: ['range'], range: '127.0.0.9', ports: [9] })).found).toEqual([])
    const { rows } = (await house.call<{ rows: AuditRow[] }>('GET', '/audit')).body
    const own = rows.map(({ action }) => action).filter((action) => action.startsWith('discovery'))
    expect(own.toReversed()).toEqual(['discovery.start', 'discovery.stop', 'discovery.start'])
  })
})

describe('devices from their box', { timeout: 30_000 }, () => {
  it('get their first password, many at once, and can be added then; others keep theirs', async () => {
    using place = makePlace()
    await using fresh = await emulate({ cameras: 2, isActivated: false })
    await using old = await emulate()
    await using house = await openHouse(place)
    const addresses = [...fresh.devices, ...old.devices].map(({ httpUrl }) => new URL(httpUrl).host)
    const ports = addresses.map((address) => Number(address.split(':')[1]))
    await searched(house, { methods: ['range'], range: '127.0.0.1', ports })
    const activate = async (list: string[], password: string) => {
      const { status, body } = await house.call('POST', '/discovery/activate', { addresses: list, password })
      expect(status).toBe(200)
      return ActivateDevices.answer.parse(body).results.map(({ problem }) => problem?.code ?? 'done')
    }
    const crowd = Array.from({ length: 101 }, (_, i) => `192.0.2.${i}`)
    const tooMany = { addresses: crowd, password: 'First-Word-1' }
    expect((await house.call('POST', '/discovery/activate', tooMany)).status).toBe(400)
    expect(await activate(addresses, 'admin1234')).toEqual(addresses.map(() => 'device.password-weak'))
    expect(await activate([...addresses, '169.254.169.254'], 'First-Word-1')).toEqual([
      ...['done', 'done', 'device.activated', 'address.forbidden'],
    ])
    const { found } = DiscoveryState.parse((await house.call('GET', '/discovery')).body)
    expect(found.filter(({ isActivated }) => isActivated === false)).toEqual([])
    const wishes = addresses.slice(0, 2).map((address) => ({ kind: 'isapi', address, password: 'First-Word-1' }))
    expect((await addAll(house, wishes)).map(({ problem }) => problem)).toEqual([null, null])
    const { rows } = (await house.call<{ rows: AuditRow[] }>('GET', '/audit')).body
    expect(rows.filter(({ action, outcome }) => action === 'device.activate' && outcome === 'done')).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toContain('First-Word-1')
  })
})

describe('many devices added at once', { timeout: 30_000 }, () => {
  it('are added as far as they can be; each says why not, and no account is locked', async () => {
    using place = makePlace()
    await using emulator = await emulate({ cameras: 6 })
    await using house = await openHouse(place)
    const [a, b, c, d] = emulator.devices.map(({ httpUrl }) => httpUrl)
    const wish = (address: string, more: object = {}) => ({ kind: 'isapi', address, ...account, ...more })
    const results = await addAll(house, [
      wish(a!, { name: 'Gate' }),
      wish(a!),
      wish(b!, { password: 'wrong' }),
      ...Array.from({ length: 10 }, () => wish(b!, { password: 'wrong' })),
      wish(b!),
      wish('127.0.0.1:9'),
      wish('no address at all'),
      wish(c!),
      { kind: 'hmp', name: 'Far away' },
      wish(d!),
    ])
    expect(results.map(({ name, problem }) => problem?.code ?? name)).toEqual([
      ...['Gate', 'device.exists', 'isapi.unauthorized'],
      ...Array.from({ length: 10 }, () => 'batch.refused-before'),
      ...[expect.any(String), 'link.refused', 'address.form', expect.any(String), 'Far away', expect.any(String)],
    ])
    expect(results.filter(({ device }) => device !== null)).toHaveLength(5)
    expect(results.flatMap(({ token }) => token ?? [])).toHaveLength(1)
    const { devices } = (await house.call<{ devices: unknown[] }>('GET', '/devices')).body
    expect(devices).toHaveLength(5)
    const { rows } = (await house.call<{ rows: AuditRow[] }>('GET', '/audit')).body
    const own = rows.filter(({ action }) => action === 'device.add')
    expect(own).toHaveLength(results.length)
    expect(own.filter(({ outcome }) => outcome === 'done')).toHaveLength(5)
    expect(JSON.stringify(rows)).not.toContain(account.password)
  })
})
