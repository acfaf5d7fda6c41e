// SPDX-License-Identifier: Apache-2.0
/** Links by certificate through the whole server: join, come in, renew, revoke, join again (docs/protocol/hmp.md §12). */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { dialHmp, type Enrolled, enrolLink, makeLinkKey, renewLink } from '@openhmp/client'
import type { Link } from '@openhmp/contract'
import type { Clock } from '@openhmp/protocol/base'
import type { Closing, HmpSession } from '@openhmp/protocol/session'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const DAY_MS = 24 * 60 * 60_000

/** Its wall clock can be put forward; what waits does not notice. */
const shiftedClock = () => {
  const shift = { ms: 0 }
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + shift.ms }
  return { clock, shift }
}

const address = (house: House) => `127.0.0.1:${house.server.port}`
const tokenOf = async (house: House, body: Record<string, unknown> = {}): Promise<string> => {
  const made = await house.call<{ token: string }>('POST', '/links/tokens', { address: address(house), ...body })
  expect(made.status).toBe(200)
  return made.body.token
}
const signal = () => AbortSignal.timeout(15_000)
const dial = async (held: Enrolled): Promise<{ session: HmpSession; closed: Promise<Closing> }> => {
  const { promise: closed, resolve } = Promise.withResolvers<Closing>()
  const session = await dialHmp({
    ...{ url: held.url, role: held.role, identity: held.identity, caFingerprint: held.caFingerprint },
    ...{ software: 'test/1', certificate: held, clock: systemClock, signal: signal() },
    onRequest: async () => ({ status: 404 }),
    onClose: resolve,
  })
  return { session, closed }
}
const linksOf = async (house: House) => (await house.call<{ links: Link[] }>('GET', '/links')).body.links

describe('a link by certificate', () => {
  it('joins with a token, comes in, is listed, and ends when it is revoked; a new token brings it back', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const token = await tokenOf(house, { role: 'agent', name: 'North gate', site: 'North', serialNumber: 'SN1' })
    const key = makeLinkKey()
    const asked = { role: 'agent', serialNumber: 'SN1', site: 'North', key } as const
    const held = await enrolLink(token, { ...asked, signal: signal() })
    // The answer may get lost: the same key gets the same certificate.
    expect((await enrolLink(token, { ...asked, signal: signal() })).certificate).toBe(held.certificate)
    const { session, closed } = await dial(held)
    const [link] = await linksOf(house)
    expect(link).toMatchObject({
      ...{ identity: held.identity, name: 'North gate', site: 'North', isOnline: true, role: 'agent' },
      ...{ software: 'test/1', signsInBy: 'certificate', certificateUntil: new Date(held.notAfter).toISOString() },
    })
    expect(link!.since).not.toBeNull()
    const beganMs = performance.now()
    expect((await house.call('POST', `/links/${link!.id}/revoke`)).status).toBe(204)
    expect((await closed).code).toBe('revoked')
    expect(performance.now() - beganMs).toBeLessThan(5000)
    await expect(dial(held)).rejects.toMatchObject({ code: 'hmp.revoked' })
    expect((await linksOf(house))[0]).toMatchObject({ isOnline: false, signsInBy: 'none', certificateUntil: null })

    const again = await enrolLink(await tokenOf(house, { role: 'agent', device: link!.id }), {
      role: 'agent',
      signal: signal(),
    })
    expect(again.identity).toBe(held.identity)
    const back = await dial(again)
    expect(back.session.epoch!).toBeGreaterThan(session.epoch!)
    await expect(dial(held)).rejects.toMatchObject({ code: 'hmp.revoked' })
    back.session.close('shutdown')
    const audit = await house.call<{ rows: { action: string }[] }>('GET', '/audit?limit=20')
    expect(audit.body.rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['link.token', 'link.join', 'link.revoke']),
    )
    expect(JSON.stringify(audit.body)).not.toContain(token.split(':')[2])
    expect(house.errors).toEqual([])
  }, 30_000)

  it('renews itself over its session; both certificates hold for a day, then the old one ends', async () => {
    using place = makePlace()
    const { clock, shift } = shiftedClock()
    await using house = await openHouse(place, { clock })
    const held = await enrolLink(await tokenOf(house), { role: 'device', signal: signal() })
    expect(Math.abs(held.notAfter - 30 * DAY_MS - held.renewAfter)).toBeLessThan(2000) // certificates know seconds
    const old = await dial(held)
    const nextKey = makeLinkKey()
    await expect(renewLink(old.session, held, nextKey, signal())).rejects.toMatchObject({ code: 'renewal.early' })
    shift.ms = 61 * DAY_MS
    await expect(renewLink(old.session, held, held.key, signal())).rejects.toMatchObject({ code: 'join.key' })
    const renewed = await renewLink(old.session, held, nextKey, signal())
    expect((await renewLink(old.session, held, nextKey, signal())).certificate).toBe(renewed.certificate)
    await expect(renewLink(old.session, held, makeLinkKey(), signal())).rejects.toMatchObject({
      code: 'renewal.superseded',
    })
    expect(renewed.notAfter - held.notAfter).toBeGreaterThan(60 * DAY_MS)
    shift.ms += DAY_MS / 2
    const overlap = await dial(held) // the old one, still
    expect((await old.closed).code).toBe('epoch')
    shift.ms += DAY_MS / 2 + 60_000
    expect((await overlap.closed).code).toBe('renew')
    await expect(dial(held)).rejects.toMatchObject({ code: 'hmp.login' })
    expect(house.errors).toEqual([])
  }, 30_000)

  it('is what an emulated camera makes of a join token; its certificate outlives a restart', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const tokens = [await tokenOf(house, { name: 'Gate', site: 'North' })]
    const stateDir = join(place.dataDir, '..', 'camera')
    const lines: string[] = []
    const onLine = (line: string) => lines.push(line)
    {
      await using _emulator = await emulate({ cameras: 1, hmp: { tokens }, stateDir, onLine })
      await until(async () => (await linksOf(house))[0]?.isOnline === true, 10_000, 'the link')
    }
    expect(statSync(join(stateDir, 'link-0.json')).mode & 0o777).toBe(0o600)
    await until(async () => (await linksOf(house))[0]?.isOnline === false, 10_000, 'the end of the link')
    await using _again = await emulate({ cameras: 1, hmp: { tokens }, stateDir, onLine })
    const [link] = await linksOf(house)
    await awaitState(house, link!.id, 'online')
    expect(await linksOf(house)).toMatchObject([
      { name: 'Gate', site: 'North', signsInBy: 'certificate', role: 'device' },
    ])
    // Without the file the token is spent.
    await using _other = await emulate({ cameras: 1, hmp: { tokens }, onLine })
    await until(() => lines.some((line) => /has been used/.test(line)), 10_000, 'the refusal')
    expect(house.errors).toEqual([])
  }, 40_000)

  it('takes away the key of a link that is revoked', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const { device } = await house.add({ kind: 'hmp', name: 'Gate' })
    expect((await linksOf(house))[0]).toMatchObject({ signsInBy: 'key' })
    expect((await house.call('POST', `/links/${device.id}/revoke`)).status).toBe(204)
    expect((await linksOf(house))[0]).toMatchObject({ signsInBy: 'none' })
    const joined = await enrolLink(await tokenOf(house, { device: device.id }), { role: 'device', signal: signal() })
    expect(joined.identity).toBe(device.address)
    const { session } = await dial(joined)
    await until(async () => (await linksOf(house))[0]!.isOnline, 5000, 'the link')
    session.close('shutdown')
  }, 30_000)
})
