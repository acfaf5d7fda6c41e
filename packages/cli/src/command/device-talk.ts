// SPDX-License-Identifier: Apache-2.0
/** `hmp device talk ADDRESS FILE`: plays a WAV file through the device's loudspeaker. */
import { readFile, stat } from 'node:fs/promises'
import { openTalk, systemClock } from '@openhmp/client'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { MAX_WAV_BYTES, readWav } from '../input/wav.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

interface TalkOptions extends DeviceOptions {
  readonly channel: number
}

export async function runTalk(text: string, file: string, options: TalkOptions, output: Output): Promise<void> {
  const bytes = await read(file)
  readWav(bytes, 'pcma') // what is wrong with the file is told before the device is asked
  await using device = await openDevice(text, options)
  await using talk = await openTalk(device.isapi, options.channel, { clock: systemClock, signal: device.signal })
  const sound = readWav(bytes, talk.codec)
  const seconds = sound.length / 8000
  output.note(`${device.isapi.name}: speaking for ${seconds.toFixed(1)} s`)
  device.stay()
  await talk.play(sound, { signal: device.signal })
  output.document(
    { channel: talk.channel, codec: talk.codec, seconds },
    () => `${seconds.toFixed(1)} s of sound went out`,
  )
}

const read = async (file: string): Promise<Uint8Array> => {
  const facts = await stat(file).catch(() => {
    throw new UsageError(`${file} cannot be read`)
  })
  if (facts.size > MAX_WAV_BYTES) throw new UsageError(`${file} is longer than an hour`)
  return new Uint8Array(await readFile(file))
}
