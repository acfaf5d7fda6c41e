// SPDX-License-Identifier: Apache-2.0
/** `hmp device reboot ADDRESS`: restarts the device. */
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'

export async function runReboot(text: string, options: DeviceOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  await device.isapi.reboot()
  output.document({ rebooting: true }, () => `${device.address.host} restarts; it will be away for a minute or two`)
}
