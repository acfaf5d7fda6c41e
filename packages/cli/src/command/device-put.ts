// SPDX-License-Identifier: Apache-2.0
/** `hmp device put ADDRESS PATH [FILE]`: a document written as it is, read again, and what differs. */
import { readFileSync } from 'node:fs'
import { putDocument } from '@openhmp/client'
import { PeerError } from '@openhmp/protocol/base'
import { parseXml } from '@openhmp/protocol/xml'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

/** Exit code 1 when the device took it and made something else of it. */
export async function runPut(
  text: string,
  path: string,
  file: string,
  options: DeviceOptions,
  output: Output,
): Promise<void> {
  if (!path.startsWith('/')) throw new UsageError(`a path begins with /, as /ISAPI/System/time; not ${path}`)
  const document = parseXml(readFileSync(file === '-' ? 0 : file))
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  const differences = await putDocument(isapi, path, document, { signal })
  output.document({ path, isAsTold: differences.length === 0, differences }, () =>
    differences.length === 0
      ? 'Written, and read back as told.'
      : differences
          .map(({ place, told, is }) => `${place}: told ${told || '(nothing)'}, is ${is ?? '(nothing)'}`)
          .join('\n'),
  )
  if (differences.length > 0)
    throw new PeerError('setting.altered', `${isapi.name} made something else of it`, { retry: 'never' })
}
