// SPDX-License-Identifier: Apache-2.0
/** `hmp device capabilities ADDRESS`: what the device says that it can do. */
import { localName, parseXml } from '@openhmp/protocol/xml'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'
import { formatXmlTree, xmlToJson } from '../output/xml-json.ts'
import { askFor } from './device-get.ts'

const PATH = '/ISAPI/System/capabilities'

export async function runCapabilities(text: string, options: DeviceOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const { bytes } = await askFor(device.isapi, PATH)
  const document = parseXml(bytes)
  output.document({ [localName(document)]: xmlToJson(document) }, () =>
    formatXmlTree(document, (name) => output.paint('dim', name)),
  )
}
