// SPDX-License-Identifier: Apache-2.0
/** `hmp device info ADDRESS`: model, channels, streams, as the device tells them. */
import { type DeviceDescription, describeDevice } from '@openhmp/client'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'
import { formatFacts, formatTable } from '../output/table.ts'

export async function runInfo(text: string, options: DeviceOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const found = await describeDevice(device.isapi, { signal: device.signal })
  output.document(found, () => describe(output, found))
}

function describe(output: Output, found: DeviceDescription): string {
  const facts = formatFacts(output, [
    ['Model', found.model],
    ['Name', found.name],
    ['Type', found.deviceType],
    ['Serial number', found.serialNumber],
    ['Firmware', found.firmwareVersion],
    ['MAC address', found.macAddress],
  ])
  const rows = found.channels.flatMap((channel) =>
    channel.streams.map((stream) => [
      ...[
        channel.id,
        channel.name,
        stream.id,
        stream.codec,
        stream.width === null ? '' : `${stream.width}x${stream.height}`,
      ],
      ...[stream.frameRate, stream.bitrateKbps, stream.audioCodec],
    ]),
  )
  const head = ['channel', 'name', 'stream', 'codec', 'size', 'frames/s', 'kbit/s', 'sound']
  return `${facts}\n\n${formatTable(output, head, rows)}`
}
