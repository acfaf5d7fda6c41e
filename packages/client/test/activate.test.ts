// SPDX-License-Identifier: Apache-2.0
/** The first password of a device, over emulated devices from their box. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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
      await expect(activateDevice('192.0.2.1', weak, { clock })).rejects.toMatchObject({ code: 'device.password-weak' })
    },
  )

  it('has sixteen characters at most, of which none is lost', async () => {
    await using emulated = await openEmulated('ipc-5.7', { isActivated: false })
    const longest = 'abcdefgh 1234567'
    await activateDevice(emulated.emulator.devices[0]!.httpUrl, longest, { clock })
    expect(emulated.emulator.device(0).passwordOf('admin')).toBe(longest)
  })

  const hasActivated =
    '<ResponseStatus><statusCode>4</statusCode><subStatusCode>hasActivated</subStatusCode></ResponseStatus>'
  const key = (text: string) => `<Challenge><key>${text}</key></Challenge>`
  it.each([
    ['a device that says so has one', 403, hasActivated, 'device.activated'],
    ['a device that wants a login has one', 401, '<html></html>', 'device.activated'],
    ['no key', 200, '<Challenge/>', 'isapi.not-isapi'],
    ['a key of another length', 200, key(Buffer.from('00ff').toString('base64')), 'isapi.not-isapi'],
    ['a key that is none', 200, key('%%%'), 'isapi.not-isapi'],
    ['a key under another', 200, key(Buffer.from('7f'.repeat(128)).toString('base64')), 'isapi.not-isapi'],
    ['no document', 200, 'hello', 'isapi.not-isapi'],
  ])('%s', async (_, status, body, code) => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(status, { 'Content-Type': 'application/xml' }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(activateDevice(address, password, { clock })).rejects.toMatchObject({ code })
    expect(asked).toEqual(['/ISAPI/Security/challenge'])
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})
