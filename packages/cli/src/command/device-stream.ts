// SPDX-License-Identifier: Apache-2.0
/** `hmp device stream ADDRESS [ID]`: streams, what one may be, and its change; a value that is not allowed is told before it is sent. */
import { changeStream, readResource, readStreamCapabilities } from '@openhmp/client'
import { type StreamingCapabilities, type StreamingChange, streamResource } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { formatChanged } from '../output/changed.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatFacts, formatTable } from '../output/table.ts'

interface StreamOptions extends DeviceOptions {
  readonly codec?: 'h264' | 'h265' | 'mjpeg'
  readonly size?: { readonly width: number; readonly height: number }
  /** Frames a second. */
  readonly rate?: number
  /** kbit/s. */
  readonly bitrate?: number
  readonly mode?: 'CBR' | 'VBR'
  readonly gop?: number
  readonly codecProfile?: string
  readonly audio?: 'on' | 'off' | 'pcma' | 'pcmu'
}

export async function runStream(
  text: string,
  id: number | undefined,
  options: StreamOptions,
  output: Output,
): Promise<void> {
  const change = changeOf(options)
  const isChange = Object.keys(change).length > 0
  if (isChange && id === undefined) throw new UsageError('which stream is to change? Name it, as 101')
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  if (id === undefined) {
    const streams = await isapi.streams({ signal })
    output.document({ streams }, () =>
      formatTable(
        output,
        ['stream', 'name', 'codec', 'size', 'frames/s', 'kbit/s', 'sound'],
        streams.map((one) => [
          one.id,
          one.name,
          one.codec ?? one.codecWord,
          `${one.width}x${one.height}`,
          one.frameRate,
          one.bitrateKbps,
          one.audioCodec ?? one.audioWord,
        ]),
      ),
    )
    return
  }
  if (isChange) {
    const changed = await changeStream(isapi, id, change, { signal })
    const { before, after, differences } = changed
    output.document({ id, before, after, differences }, () => formatChanged(output, changed))
    return
  }
  const settings = await readResource(isapi, streamResource(id), { signal })
  const allowed = await readStreamCapabilities(isapi, id, { signal })
  output.document({ id, settings, allowed }, () => {
    const facts = Object.entries(settings).map(([name, value]) => [name, value] as const)
    return [formatFacts(output, facts), ...(allowed ? [describeAllowed(output, allowed)] : [])].join('\n\n')
  })
}

const changeOf = (options: StreamOptions): StreamingChange => {
  const { codec, size, rate, bitrate, mode, gop, codecProfile, audio } = options
  return {
    ...(codec && { codec }),
    ...size,
    ...(rate !== undefined && { frameRate: rate }),
    ...(bitrate !== undefined && { bitrateKbps: bitrate }),
    ...(mode && { bitrateMode: mode }),
    ...(gop !== undefined && { gop }),
    ...(codecProfile !== undefined && { profile: codecProfile }),
    ...(audio && { isAudioEnabled: audio !== 'off' }),
    ...((audio === 'pcma' || audio === 'pcmu') && { audioCodec: audio }),
  }
}

const describeAllowed = (output: Output, can: StreamingCapabilities): string => {
  const range = (of: { min: number; max: number } | undefined) => of && `${of.min} to ${of.max}`
  return `allowed\n${formatFacts(output, [
    ['--codec', can.codecs?.join(', ')],
    ['--size', can.sizes?.map(({ width, height }) => `${width}x${height}`).join(', ')],
    ['--rate', can.frameRates?.join(', ')],
    ['--bitrate', range(can.bitrateKbps)],
    ['--mode', can.bitrateModes?.join(', ').toLowerCase()],
    ['--gop', range(can.gop)],
    ['--codec-profile', can.profiles?.join(', ')],
    ['--audio', can.hasAudio ? ['on', 'off', ...(can.audioCodecs ?? [])].join(', ') : 'none'],
  ])}`
}
