// SPDX-License-Identifier: Apache-2.0
/** Accounts of devices, over all firmware profiles. */
import { profiles } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { changePassword, createUser, deleteUser, IsapiClient, listUsers } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

const loginPassword = 'Secret-1'

describe.each(profileNames)('the accounts of %s', (profile) => {
  const { maxBadLogins, wantsLoginPassword, hasActivation } = profiles[profile]

  it('are listed, made, given another password and removed', async () => {
    await using set = await openEmulated(profile)
    const { door } = set
    expect(await listUsers(door)).toEqual([{ id: 1, name: 'admin', level: 'Administrator' }])
    const guard = { name: 'guard', password: 'Night+watch1', level: 'Operator', loginPassword } as const
    expect(await createUser(door, guard)).toEqual({ id: 2, name: 'guard', level: 'Operator' })
    await changePassword(door, { userName: 'guard', password: 'Day&watch <2>', loginPassword })
    const { accounts } = set.emulator.device(0)
    expect(accounts.find('guard')).toMatchObject({ level: 'Operator', password: 'Day&watch <2>' })
    expect(complaintsOf(set.written)).toEqual([])
    await deleteUser(door, 'guard')
    expect(await listUsers(door)).toHaveLength(1)
    await expect(deleteUser(door, 'guard')).rejects.toMatchObject({ code: 'user.unknown' })
    expect(accounts.triesLeft('admin')).toBe(maxBadLogins)
  })

  it('keep what is unknown, and a new own password is in force at once', async () => {
    await using set = await openEmulated(profile)
    await changePassword(set.door, { userName: 'admin', password: 'Another-1', loginPassword })
    expect(set.written.at(-1)?.body).toContain('<inherent>true</inherent>')
    const address = set.emulator.devices[0]!.httpUrl
    const credentials = { username: 'admin', password: 'Another-1' }
    await using next = new IsapiClient({ address, credentials, clock: realClock() })
    expect(await listUsers(next)).toHaveLength(1)
    expect(set.emulator.device(0).accounts.triesLeft('admin')).toBe(maxBadLogins)
  })

  it('refuse what they must, and nothing has changed', async () => {
    await using set = await openEmulated(profile)
    const { accounts } = set.emulator.device(0)
    const weak = changePassword(set.door, { userName: 'admin', password: 'admin12345', loginPassword })
    if (hasActivation) {
      await expect(weak).rejects.toMatchObject({ code: 'isapi.badParameters' })
      expect(accounts.admin.password).toBe(loginPassword)
    } else await weak
    if (!wantsLoginPassword) return
    const wrong = changePassword(set.door, { userName: 'admin', password: 'Another-1', loginPassword: 'no' })
    await expect(wrong).rejects.toMatchObject({ code: 'isapi.loginPasswordError' })
    expect(accounts.admin.password).toBe(loginPassword)
  })
})
