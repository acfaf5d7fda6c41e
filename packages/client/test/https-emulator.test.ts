// SPDX-License-Identifier: Apache-2.0
/** HTTPS of an emulated device: its own certificate is pinned at first sight, and another one is refused by name. */
import { X509Certificate } from 'node:crypto'
import { startEmulator } from '@openhmp/emulator'
import { expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { IsapiClient } from '../src/isapi/isapi-client.ts'

it('is spoken with the certificate that was seen first, and with no other', async () => {
  const clock = realClock()
  const ports = { httpPort: 0, rtspPort: 0, httpsPort: 0 }
  const options = { cameras: 1, recorders: 0, ...ports, user: 'admin', password: 'secret12', clock }
  await using emulator = await startEmulator(options)
  const address = emulator.devices[0]!.httpsUrl!
  const credentials = { username: 'admin', password: 'secret12' }
  const { certificate } = emulator.device(0)
  const fingerprint = () => new X509Certificate(certificate.credentials.certificate).fingerprint256
  await using first = new IsapiClient({ address, credentials, clock })
  expect((await first.deviceInfo()).model).toBe(emulator.devices[0]!.model)
  const pin = first.certificate!
  expect(pin.replaceAll(':', '').toLowerCase()).toBe(fingerprint().replaceAll(':', '').toLowerCase())
  certificate.reset()
  await using second = new IsapiClient({ address, credentials, clock: realClock(), tls: { pin } })
  await expect(second.deviceInfo()).rejects.toMatchObject({ code: expect.stringMatching(/^tls\./) })
  await using third = new IsapiClient({ address, credentials, clock: realClock(), tls: { pin: fingerprint() } })
  expect((await third.deviceInfo()).model).toBe(emulator.devices[0]!.model)
})
