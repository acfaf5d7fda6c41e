// SPDX-License-Identifier: Apache-2.0
/** `hmp emulate firmware --model M --version V --out FILE`: an image that emulated devices of that model take. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { systemClock } from '@openhmp/client'
import { writeFirmware } from '@openhmp/emulator'
import type { Output } from '../output/output.ts'

export interface EmulateFirmwareOptions {
  readonly model: readonly string[]
  readonly version: string
  readonly build?: string
  readonly language: string
  readonly sizeKib: number
  readonly out: string
}

export async function runEmulateFirmware(options: EmulateFirmwareOptions, output: Output): Promise<void> {
  const { model: models, version, language, sizeKib, out } = options
  const today = new Date(systemClock.now()).toISOString().slice(2, 10).replaceAll('-', '')
  const facts = {
    models,
    version,
    releasedDate: options.build ?? `build ${today}`,
    language,
    sizeBytes: sizeKib * 1024,
  }
  await pipeline(writeFirmware(facts), createWriteStream(out))
  output.document({ file: out, ...facts }, () => `${out}: ${version} ${facts.releasedDate} for ${models.join(', ')}`)
}
