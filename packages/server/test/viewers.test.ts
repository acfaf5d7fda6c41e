// SPDX-License-Identifier: Apache-2.0
/** Viewers beside each other: a slow one loses whole groups of pictures, the others nothing. */
import type { AuditRow } from '@openhmp/contract'
import { isRtcp, RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import type { ReceivedUnit } from '@openhmp/protocol/session'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

/** Sequence numbers of a unit's RTP packets. */
const sequences = (unit: ReceivedUnit): number[] =>
  split4571(unit.payload)
    .filter((packet) => !isRtcp(packet))
    .map((packet) => RtpPacket.decode(packet).sequence)

const gapsIn = (units: readonly ReceivedUnit[]): number => {
  const all = units.flatMap(sequences)
  return all.filter((sequence, i) => i > 0 && sequence !== ((all[i - 1]! + 1) & 0xffff)).length
}

describe('viewers', () => {
  it('that are slow shed whole groups and are soon up to date; the others lose nothing', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { httpUrl } = emulator.devices[0]!
    const { device } = await house.add({ kind: 'isapi', address: httpUrl, userName: 'admin', password: 'Camera12345' })
    await awaitState(house, device.id, 'online')
    const [fast, slow] = [await house.view(), await house.view()]
    const quick = await fast.open(device.id)
    const late = await slow.open(device.id)
    await quick.count(10)
    await late.count(10)
    slow.socket.pause()
    const { length } = quick.units
    await quick.count(length + 75, 12_000) // five seconds of pictures
    slow.socket.resume()
    await until(() => late.units.some(({ shed }) => shed > 0), 5000, 'the gap')
    await until(
      () => Math.abs((late.units.at(-1)!.timestamp - quick.units.at(-1)!.timestamp) | 0) < 90_000,
      1000,
      'the slow viewer being up to date',
    )
    const first = late.units.find(({ shed }) => shed > 0)!
    expect(first.isKey).toBe(true)
    expect(quick.units.every(({ shed, isDamaged }) => shed === 0 && !isDamaged)).toBe(true)
    expect(gapsIn(quick.units)).toBe(0)
    expect(house.errors).toEqual([])
  }, 30_000)

  it('whose rights are taken away lose picture and feed at once; who is switched off is let go', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { httpUrl } = emulator.devices[0]!
    const { device } = await house.add({ kind: 'isapi', address: httpUrl, userName: 'admin', password: 'Camera12345' })
    await awaitState(house, device.id, 'online')
    await house.call('PATCH', `/devices/${device.id}`, { site: 'North' })
    const grants = (site: string) => [{ role: 'viewer', scope: { kind: 'site', site }, hours: [] }]
    const person = {
      name: 'ben',
      password: 'seven unrelated words',
      mustChangePassword: false,
      grants: grants('North'),
    }
    const { id } = (await house.call<{ id: string }>('POST', '/people', person)).body
    const as = await house.enter(person.name, person.password)
    const viewer = await house.view({ as })
    const watched = await viewer.open(device.id)
    await watched.count(5)
    const seen = await house.call<{ rows: AuditRow[] }>('GET', `/audit?action=viewing.&object=${device.id}`)
    expect(seen.body.rows).toMatchObject([
      { action: 'viewing.begin', who: 'ben', from: expect.stringContaining('127.0.0.1'), detail: { channel: 1 } },
    ])
    await house.call('PATCH', `/people/${id}`, { grants: grants('South') })
    await until(() => watched.ended !== undefined, 5000, 'the end of the picture')
    expect(watched.ended?.code).toBe('forbidden')
    await expect(viewer.open(device.id)).rejects.toThrow()
    await house.call('PATCH', `/people/${id}`, { grants: grants('North') })
    await (await viewer.open(device.id)).count(1)
    await house.call('PATCH', `/people/${id}`, { isDisabled: true })
    await until(() => viewer.session.state === 'closed', 5000, 'the goodbye')
    const again = await house.call('POST', '/session', { name: person.name, password: person.password })
    expect([again.status, again.body.code]).toEqual([403, 'login.disabled'])
  }, 30_000)

  it('are let in on their web session alone, from our own pages alone, and go with it', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { server, cookie } = house
    const knock = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve) => {
        const options = { ca: server.caPem, servername: 'localhost', headers }
        const socket = new WebSocket(`wss://127.0.0.1:${server.port}/api/v1/hmp`, 'hmp.1', options)
        socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0))
        socket.on('error', () => {})
        socket.on('open', () => {
          resolve(101)
          socket.terminate()
        })
      })
    const host = new URL(server.url).host
    expect(await knock({ origin: server.url, host })).toBe(401)
    expect(await knock({ origin: 'https://evil.example', host, cookie })).toBe(401)
    expect(await knock({ origin: server.url, host, cookie })).toBe(101)
    const viewer = await house.view()
    expect((await house.call('DELETE', '/session')).status).toBe(204)
    await until(() => viewer.session.state === 'closed', 1000, 'the goodbye')
  })
})
