// SPDX-License-Identifier: Apache-2.0
/** `hmp device activate ADDRESS`: gives a device from its box its first password. */
import { activateDevice, systemClock } from '@openhmp/client'
import { LinkError } from '@openhmp/protocol/base'
import { parseAddress } from '../input/address.ts'
import { Deadline } from '../input/deadline.ts'
import { type DeviceOptions, stopSignal } from '../input/device-options.ts'
import { readNewPassword } from '../input/password.ts'
import type { Output } from '../output/output.ts'

export async function runActivate(text: string, options: DeviceOptions, output: Output): Promise<void> {
  const address = parseAddress(text)
  const password = await readNewPassword('admin', `${address.host}:${address.port}`, 'HMP_DEVICE_PASSWORD')
  const { pin, timeout } = options
  const patience = new Deadline(timeout, () => new LinkError('link.timeout', `no answer within ${timeout} s`))
  try {
    await activateDevice(address.url, password, {
      clock: systemClock,
      signal: AbortSignal.any([stopSignal(), patience.signal]),
      ...(pin === undefined ? {} : { tls: { pin } }),
    })
  } finally {
    patience.clear()
  }
  output.document({ activated: true }, () => `${address.host} has its password now`)
}
