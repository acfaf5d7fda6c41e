// SPDX-License-Identifier: Apache-2.0
/** `hmp device snapshot ADDRESS --out FILE`: one picture, as the device draws it. */
import { writeFileSync } from 'node:fs'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'

export interface SnapshotOptions extends DeviceOptions {
  readonly out: string
  readonly stream: number
}

export async function runSnapshot(text: string, options: SnapshotOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const picture = await device.isapi.picture(options.stream)
  if (options.out === '-') {
    process.stdout.write(picture)
    return
  }
  writeFileSync(options.out, picture)
  output.document({ file: options.out, bytes: picture.length }, () => `${options.out}: ${picture.length} bytes`)
}
