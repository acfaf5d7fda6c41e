// SPDX-License-Identifier: Apache-2.0
/** New passwords over devices of every firmware: taken, proven, and nobody locked. */
import type { Health, Job, JobDevice } from '@openhmp/contract'
import { type Emulator, profiles, startEmulator } from '@openhmp/emulator'
import { passwordFault } from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { loadKeys } from '../src/secret/key-file.ts'
import { Sealer } from '../src/secret/sealer.ts'
import { Secret } from '../src/secret/secret.ts'
import { Store } from '../src/store/store.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'

const OLD = 'Present-1'

const site = async (house: House, emulator: Emulator): Promise<string[]> => {
  const ids: string[] = []
  for (const { httpUrl } of emulator.devices) {
    const wish = { kind: 'isapi', address: httpUrl, userName: 'admin', password: OLD } as const
    ids.push((await house.add(wish)).device.id)
  }
  return ids
}

const over = async (house: House, id: string): Promise<Job> => {
  let job: Job | undefined
  await until(
    async () => {
      job = (await house.call<Job>('GET', `/jobs/${id}`)).body
      return job.endedAt !== null
    },
    30_000,
    'the end of the job',
  )
  return job!
}

const devicesOf = async (house: House, id: string) =>
  (await house.call<{ devices: JobDevice[] }>('GET', `/jobs/${id}/devices`)).body.devices

describe('new passwords', () => {
  it('reach devices of every firmware, each its own', { timeout: 60_000 }, async () => {
    await using emulator = await startEmulator({
      ...{ cameras: 5, recorders: 2, httpPort: 0, rtspPort: 0, user: 'admin', password: OLD, profile: 'mixed' },
      clock: realClock(),
    })
    using place = makePlace()
    await using house = await openHouse(place)
    const ids = await site(house, emulator)
    const before = (await house.call<{ health: Health }>('POST', `/devices/${ids[0]}/health`)).body.health
    expect(before.issues.map(({ code }) => code)).toContain('password.shared')
    expect((await house.call('POST', '/passwords/rotate', {})).body.code).toBe('devices.unsaid')
    const viewer = await house.view()
    const watched = await viewer.open(ids[0]!)
    await watched.count(2)
    const { body: job } = await house.call<Job>('POST', '/passwords/rotate', { devices: ids })
    expect((await over(house, job.id)).counts).toMatchObject({ total: 7, done: 7 })
    const passwords = ids.map((_, i) => emulator.device(i).accounts.admin.password)
    expect(new Set([OLD, ...passwords]).size).toBe(8)
    for (const password of passwords) expect(passwordFault(password, 'admin')).toBeUndefined()
    for (const [i, id] of ids.entries()) {
      await awaitState(house, id, 'online')
      const { accounts, profile } = emulator.device(i)
      expect(accounts.triesLeft('admin'), profile.model).toBe(profile.maxBadLogins)
    }
    // Who watched is told, and sees again with the new password.
    await until(() => watched.ended !== undefined)
    await (await viewer.open(ids[0]!)).count(2)
    expect(emulator.device(0).accounts.triesLeft('admin')).toBe(emulator.device(0).profile.maxBadLogins)
    const after = (await house.call<{ health: Health }>('POST', `/devices/${ids[0]}/health`)).body.health
    expect(after.issues.map(({ code }) => code)).not.toContain('password.shared')
    const { rows } = (await house.call<{ rows: { action: string }[] }>('GET', '/audit?limit=100')).body
    expect(rows.filter(({ action }) => action === 'password.changed')).toHaveLength(7)
    // Nothing that is told or written down holds one.
    const told = JSON.stringify(await devicesOf(house, job.id)) + JSON.stringify(house.errors)
    for (const password of passwords) expect(told).not.toContain(password)
  })

  it('that are refused leave the old one in force', { timeout: 60_000 }, async () => {
    await using emulator = await startEmulator({
      ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, user: 'viewer', password: OLD },
      clock: realClock(),
    })
    using place = makePlace()
    await using house = await openHouse(place)
    const [id] = await site(house, emulator).catch(() => [])
    expect(id).toBeUndefined() // another user than ours
    const wish = { kind: 'isapi', address: emulator.devices[0]!.httpUrl, userName: 'viewer', password: OLD } as const
    const { device } = await house.add(wish)
    const given = { devices: [device.id], password: 'my Viewer 12' }
    const { body: job } = await house.call<Job>('POST', '/passwords/rotate', given)
    expect((await over(house, job.id)).state).toBe('failed')
    expect((await devicesOf(house, job.id))[0]).toMatchObject({ state: 'failed', errorCode: 'password.policy' })
    expect(emulator.device(0).accounts.admin.password).toBe(OLD)
    await awaitState(house, device.id, 'online')
    expect((await house.call('POST', '/passwords/rotate', { ...given, password: 'weak' })).status).toBe(400)
    const { maxBadLogins } = profiles['ipc-5.7']
    expect(emulator.device(0).accounts.triesLeft('viewer')).toBeGreaterThanOrEqual(maxBadLogins - 1)
  })

  it('of which neither is right cost two logins, until somebody gives the right one', { timeout: 60_000 }, async () => {
    await using emulator = await startEmulator({
      ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, user: 'admin', password: OLD },
      clock: realClock(),
    })
    using place = makePlace()
    const { accounts } = emulator.device(0)
    let id = ''
    {
      await using house = await openHouse(place)
      ;[id = ''] = await site(house, emulator)
    }
    accounts.change(1, { password: 'Another-1' })
    {
      // As after a crash: a second password stands on the disk, sealed.
      const sealer = new Sealer(loadKeys({ file: place.keyFile, dataDir: place.dataDir, mayMake: false }).keys[0]!)
      await using store = await Store.open({ dataDir: place.dataDir, now: () => Date.now(), onCrash: () => {} })
      const nextSecret = sealer.seal(new Secret('Third-12'), { table: 'device', row: id, field: 'nextSecret' })
      await store.db.updateTable('device').set({ nextSecret }).where('id', '=', id).execute()
    }
    await using house = await openHouse(place)
    await awaitState(house, id, 'refused')
    const { maxBadLogins } = profiles['ipc-5.7']
    expect(accounts.triesLeft('admin')).toBe(maxBadLogins - 2)
    // Nobody else tries meanwhile.
    expect((await house.call('POST', `/devices/${id}/refresh`)).body.code).toBe('device.changing')
    const { body: job } = await house.call<Job>('POST', '/passwords/rotate', { devices: [id] })
    await house.call('PATCH', `/devices/${id}`, { password: 'Another-1' })
    await awaitState(house, id, 'online')
    expect((await over(house, job.id)).state).toBe('done')
    expect(accounts.triesLeft('admin')).toBe(maxBadLogins)
  })
})
