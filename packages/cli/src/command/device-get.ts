// SPDX-License-Identifier: Apache-2.0
/** `hmp device get ADDRESS PATH`: an ISAPI resource as the device sends it. With `--json`, its document as JSON. */
import type { IsapiAnswer, IsapiClient } from '@openhmp/client'
import { fromUtf8, PeerError } from '@openhmp/protocol/base'
import { parseXml } from '@openhmp/protocol/xml'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { xmlToJson } from '../output/xml-json.ts'

export async function runGet(text: string, path: string, options: DeviceOptions, output: Output): Promise<void> {
  if (!path.startsWith('/')) throw new UsageError(`a path begins with /, as /ISAPI/System/deviceInfo; not ${path}`)
  await using device = await openDevice(text, options)
  const { status, contentType, bytes } = await askFor(device.isapi, path)
  if (!output.isJson) {
    process.stdout.write(bytes)
    if (output.isTerminal && bytes.at(-1) !== 10) process.stdout.write('\n')
    return
  }
  output.document({ status, contentType, document: readDocument(contentType, bytes) }, () => '')
}

/** The answer, if it is a yes. Throws PeerError `isapi.refused`. */
export async function askFor(isapi: IsapiClient, path: string): Promise<IsapiAnswer> {
  const answer = await isapi.get(path)
  const { status } = answer
  if (status < 300) return answer
  if (status === 401)
    throw new PeerError('isapi.unauthorized', `${isapi.name} refuses this user and password`, {
      status,
      retry: 'after-login',
    })
  throw new PeerError('isapi.refused', `${isapi.name}: GET ${path} answers ${status}`, { status, retry: 'never' })
}

function readDocument(contentType: string | undefined, bytes: Uint8Array): unknown {
  if (/json/i.test(contentType ?? '')) return JSON.parse(fromUtf8(bytes))
  if (/xml/i.test(contentType ?? '')) return xmlToJson(parseXml(bytes))
  return /^text\//i.test(contentType ?? '') ? fromUtf8(bytes) : { base64: Buffer.from(bytes).toString('base64') }
}
