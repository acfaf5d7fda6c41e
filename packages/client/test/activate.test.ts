// SPDX-License-Identifier: Apache-2.0
/** The first password of a device, over emulated devices from their box. */
import { describe, expect, it } from 'vitest'
import { activateDevice, describeDevice, IsapiClient } from '../src/index.ts'
import { openEmulated, type ProfileName } from './emulated.ts'
import { systemClock as clock } from './hmp-listener.ts'

const password = 'First-Word-1'

describe('the first password', () => {
  it.each<ProfileName>(['ipc-5.7', 'ipc-5.5', 'ptz', 'nvr-4'])(
    'is given to a device, and is good: %s',
    async (profile) => {
      await using emulated = await openEmulated(profile, { isActivated: false })
      const { httpUrl: address, model } = emulated.emulator.devices[0]!
      await activateDevice(address, password, { clock })
      const credentials = { username: 'admin', password }
      await using isapi = new IsapiClient({ address, credentials, clock })
      expect((await describeDevice(isapi)).model).toBe(model)
      // Once: a device that has one keeps it.
      await expect(activateDevice(address, 'Another-Word-2', { clock })).rejects.toMatchObject({
        code: 'device.activated',
      })
      expect(emulated.emulator.device(0).passwordOf('admin')).toBe(password)
    },
  )

  it.each(['short1', 'onlyletters', 'Admin12345', 'a-very-long-password-1', 'Пароль-12345', ''])(
    'is not sent when no device takes it: %j',
    async (weak) => {
      await expect(activateDevice('192.0.2.1', weak, { clock })).rejects.toMatchObject({ code: 'password.weak' })
    },
  )

  it('has sixteen characters at most, of which none is lost', async () => {
    await using emulated = await openEmulated('ipc-5.7', { isActivated: false })
    const longest = 'abcdefgh 1234567'
    await activateDevice(emulated.emulator.devices[0]!.httpUrl, longest, { clock })
    expect(emulated.emulator.device(0).passwordOf('admin')).toBe(longest)
  })
})
