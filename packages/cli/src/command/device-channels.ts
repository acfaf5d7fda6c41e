// SPDX-License-Identifier: Apache-2.0
/** `hmp device channels ADDRESS [NUMBER]`: the cameras behind a recorder, and where it finds one. */
import { changeResource, readResource } from '@openhmp/client'
import { type RecorderChannelChange, recorderChannelResource } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { readNewPassword } from '../input/password.ts'
import { formatChanged } from '../output/changed.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatFacts, formatTable } from '../output/table.ts'

interface ChannelOptions extends DeviceOptions {
  readonly name?: string
  readonly host?: string
  readonly port?: number
  readonly protocol?: string
  /** At the camera. */
  readonly account?: string
  /** A new password of that account is to be told. */
  readonly newPassword?: boolean
}

export async function runChannels(
  text: string,
  number: number | undefined,
  options: ChannelOptions,
  output: Output,
): Promise<void> {
  const { name, host, port, protocol, account: userName, newPassword } = options
  const told = Object.entries({ name, host, port, protocol, userName }).filter(([, value]) => value !== undefined)
  const isChange = told.length > 0 || newPassword === true
  if (isChange && number === undefined) throw new UsageError('which channel is to change? Name it, as 1')
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  if (number === undefined) {
    const channels = await isapi.proxiedChannels({ signal })
    output.document({ channels }, () =>
      formatTable(
        output,
        ['channel', 'name', 'protocol', 'address', 'model'],
        channels.map((one) => [one.id, one.name, one.protocol, one.ipAddress, one.model]),
      ),
    )
    return
  }
  const resource = recorderChannelResource(number)
  if (!isChange) {
    const channel = await readResource(isapi, resource, { signal })
    output.document({ number, channel }, () => formatFacts(output, Object.entries(channel)))
    return
  }
  device.stay()
  const password = newPassword ? { password: await readNewPassword('the camera', `channel ${number}`) } : {}
  const change: RecorderChannelChange = { ...Object.fromEntries(told), ...password }
  const changed = await changeResource(isapi, resource, change, { signal })
  const { before, after, differences } = changed
  output.document({ number, before, after, differences }, () => formatChanged(output, changed))
}
