// SPDX-License-Identifier: Apache-2.0
/** `hmp device probe ADDRESS`: what it speaks and how it answers, step by step, each with its time. Fails when a step does. */
import { describeDevice, openAlertStream, openRtsp, systemClock } from '@openhmp/client'
import { PeerError } from '@openhmp/protocol/base'
import { type OpenDevice, openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { describeFailure } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

interface Step {
  readonly step: string
  readonly isGood: boolean
  readonly ms: number
  readonly text: string
}

export async function runProbe(text: string, options: DeviceOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const steps: Step[] = []
  const first = await run('isapi', () => tellDevice(device))
  steps.push(first)
  // With a wrong password every further step would be a further wrong login: the device might lock the account.
  if (first.isGood) {
    steps.push(await run('picture', async () => `${(await device.isapi.picture(101)).length} bytes`))
    steps.push(await run('rtsp over tcp', () => tellStream(device, 'tcp')))
    steps.push(await run('rtsp over udp', () => tellStream(device, 'udp')))
    steps.push(await run('alert stream', () => tellAlerts(device)))
  }
  const failed = steps.filter((step) => !step.isGood).length
  output.document({ steps }, () =>
    formatTable(
      output,
      ['step', '', 'ms', ''],
      steps.map(({ step, isGood, ms, text: said }) => [
        step,
        isGood ? output.paint('green', 'good') : output.paint('red', 'failed'),
        ms,
        said,
      ]),
    ),
  )
  if (failed > 0)
    throw new PeerError('probe.failed', `${device.isapi.name}: ${failed} of ${steps.length} steps failed`, {
      retry: 'never',
    })
}

async function run(step: string, work: () => Promise<string>): Promise<Step> {
  const from = systemClock.monotonic()
  const done = (isGood: boolean, text: string): Step => ({
    step,
    isGood,
    ms: Math.round(systemClock.monotonic() - from),
    text,
  })
  try {
    return done(true, await work())
  } catch (error) {
    return done(false, describeFailure(error).line.replace(/^hmp: /, ''))
  }
}

async function tellDevice(device: OpenDevice): Promise<string> {
  const { model, firmwareVersion, channels } = await describeDevice(device.isapi, { signal: device.signal })
  return `${model}, firmware ${firmwareVersion}, ${channels.length} channel${channels.length === 1 ? '' : 's'}`
}

/** Plays until the first unit of each medium came. */
async function tellStream(device: OpenDevice, transport: 'tcp' | 'udp'): Promise<string> {
  const port = (await device.isapi.rtspPort().catch(() => undefined)) ?? 554
  const came = Promise.withResolvers<void>()
  let names = ''
  await using _play = await openRtsp({
    url: `rtsp://${device.address.host}:${port}/Streaming/Channels/101`,
    credentials: device.credentials,
    transport,
    signal: device.signal,
    clock: systemClock,
    onDescription: (media) => {
      names = media.map((one) => one.codec ?? one.encoding).join(', ')
    },
    onUnit: (unit) => {
      if (unit.kind === 'video') came.resolve()
    },
    onEnd: (error) => came.reject(error ?? new PeerError('rtsp.ended', 'the stream ended at once', { retry: 'later' })),
  })
  device.signal.addEventListener('abort', () => came.reject(device.signal.reason))
  await came.promise
  return `${names} on port ${port}`
}

async function tellAlerts(device: OpenDevice): Promise<string> {
  const opened = Promise.withResolvers<void>()
  await using _stream = await openAlertStream(device.isapi, {
    clock: systemClock,
    signal: device.signal,
    onEvent: () => {},
    onState: (state) => {
      if (state.kind === 'open') opened.resolve()
      else if (state.kind === 'lost') opened.reject(state.cause)
    },
  })
  device.signal.addEventListener('abort', () => opened.reject(device.signal.reason))
  await opened.promise
  return 'open'
}
