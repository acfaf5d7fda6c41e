// SPDX-License-Identifier: Apache-2.0
/** Login by session, over emulated devices: no request more than it needs, no login too many, no session left behind. */
import { profiles } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { createUser, describeDevice, IsapiClient, type IsapiOptions } from '../src/index.ts'
import { openEmulated, profileNames } from './emulated.ts'
import { systemClock as clock } from './hmp-listener.ts'

const clientOf = (set: Awaited<ReturnType<typeof openEmulated>>, more: Partial<IsapiOptions> = {}) =>
  new IsapiClient({
    ...{ address: set.emulator.devices[0]!.httpUrl, clock, credentials: { username: 'admin', password: 'Secret-1' } },
    ...more,
  })
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'yes',
    ({ code }: { code?: string }) => code,
  )

describe('login by session', () => {
  it.each(profileNames.filter((name) => profiles[name].sessionLogin))(
    'is taken by %s, and given back',
    async (profile) => {
      await using set = await openEmulated(profile)
      const { webSessions } = set.emulator.device(0)
      const client = clientOf(set, { login: 'session' })
      expect((await describeDevice(client)).model).toBe(profiles[profile].model)
      expect(webSessions.count).toBe(1)
      await client[Symbol.asyncDispose]()
      expect(webSessions.count).toBe(0)
    },
  )

  it('is found out where no digest is offered, and is one for all requests', async () => {
    await using set = await openEmulated('ipc-5.8')
    await using client = clientOf(set)
    await Promise.all(Array.from({ length: 10 }, () => client.deviceInfo()))
    expect(set.emulator.device(0).webSessions.count).toBe(1)
    await using strict = clientOf(set, { login: 'digest' })
    expect(await codeOf(strict.deviceInfo())).toBe('isapi.login-scheme')
    await using old = await openEmulated('ipc-5.2')
    await using none = clientOf(old, { login: 'session' })
    expect(await codeOf(none.deviceInfo())).toBe('isapi.login-scheme')
  })

  it('is given back by a client that was told to stop, and by one whose device is gone nothing is waited for', async () => {
    await using set = await openEmulated('ipc-5.8')
    const stop = new AbortController()
    const client = clientOf(set, { signal: stop.signal })
    await client.deviceInfo()
    stop.abort(new Error('stopped'))
    await client[Symbol.asyncDispose]()
    expect(set.emulator.device(0).webSessions.count).toBe(0)
    const orphan = clientOf(set)
    await orphan.deviceInfo()
    await set.emulator[Symbol.asyncDispose]()
    await expect(orphan.deviceInfo()).rejects.toMatchObject({ code: expect.stringMatching(/^link\./) })
    await orphan[Symbol.asyncDispose]()
  })

  it('costs two wrong logins at most', async () => {
    await using set = await openEmulated('ipc-5.8')
    const { accounts } = set.emulator.device(0)
    await using client = clientOf(set, { credentials: { username: 'admin', password: 'Wrong-1' } })
    const ten = () => Promise.all(Array.from({ length: 10 }, () => codeOf(client.deviceInfo())))
    expect(new Set(await ten())).toEqual(new Set(['isapi.unauthorized']))
    expect(accounts.triesLeft('admin')).toBe(6)
    await ten()
    expect(new Set(await ten())).toEqual(new Set(['login.blocked']))
    expect(accounts.triesLeft('admin')).toBe(5)
  })

  it('is made anew when the device has forgotten the session, and refused when the password is another', async () => {
    await using set = await openEmulated('ipc-5.8')
    const device = set.emulator.device(0)
    await using client = clientOf(set)
    await client.deviceInfo()
    device.webSessions.closeAll()
    await Promise.all(Array.from({ length: 5 }, () => client.deviceInfo()))
    expect(device.webSessions.count).toBe(1)
    device.accounts.change(1, { password: 'Another-2' })
    device.webSessions.closeAll()
    for (let i = 0; i < 5; i++) expect(await codeOf(client.deviceInfo())).not.toBe('yes')
    expect(device.accounts.triesLeft('admin')).toBe(5)
  })

  it('is no wrong login when the device has no room for another session, or is locked', async () => {
    await using set = await openEmulated('ipc-5.8')
    const { webSessions, accounts } = set.emulator.device(0)
    const ids = Array.from({ length: profiles['ipc-5.8'].limits.webSessions }, () => webSessions.open('admin')!)
    await using client = clientOf(set)
    expect(await codeOf(client.deviceInfo())).toBe('isapi.deviceBusy')
    webSessions.close(ids[0]!)
    expect(await codeOf(client.deviceInfo())).toBe('yes')
    expect(accounts.triesLeft('admin')).toBe(7)
    await using locked = await openEmulated('ipc-5.8', { fault: 'lock' })
    await using shut = clientOf(locked)
    for (let i = 0; i < 3; i++) expect(await codeOf(shut.deviceInfo())).toBe('isapi.locked')
  })

  it('that is good is not made anew for what its user may not', async () => {
    await using set = await openEmulated('ipc-5.8')
    await using client = clientOf(set)
    const viewer = { name: 'guard', password: 'Viewer-12', level: 'Viewer', loginPassword: 'Secret-1' } as const
    await createUser(client, viewer)
    await using guard = clientOf(set, { credentials: { username: 'guard', password: 'Viewer-12' } })
    expect(await codeOf(guard.reboot())).toBe('isapi.forbidden')
    expect(set.emulator.device(0).webSessions.count).toBe(2)
  })
})
