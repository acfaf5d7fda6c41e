// SPDX-License-Identifier: Apache-2.0
/** `hmp device events ADDRESS`: events as they happen, from the device's alert stream, until stopped. */
import { openAlertStream, systemClock } from '@openhmp/client'
import { PeerError } from '@openhmp/protocol/base'
import { readable } from '../capture/talk.ts'
import { type EventLine, Occurrences } from '../device/occurrences.ts'
import { openDevice } from '../device/open.ts'
import { Deadline } from '../input/deadline.ts'
import { type DeviceOptions, Stopped } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'

export interface EventsOptions extends DeviceOptions {
  readonly seconds?: number
  readonly count?: number
}

export async function runEvents(text: string, options: EventsOptions, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const { host, port } = device.address
  const occurrences = new Occurrences(`${host}:${port}`)
  const ended = Promise.withResolvers<void>()
  using limit = options.seconds === undefined ? undefined : new Deadline(options.seconds, () => new Stopped())
  const signal = limit ? AbortSignal.any([device.signal, limit.signal]) : device.signal
  signal.addEventListener('abort', () =>
    signal.reason instanceof Stopped ? ended.resolve() : ended.reject(signal.reason),
  )
  let printed = 0
  let wasOpen = false
  const print = (line: EventLine | undefined) => {
    if (!line || printed === options.count) return
    output.line(line, () => describe(output, line))
    if (++printed === options.count) ended.resolve()
  }
  const now = () => systemClock.now()
  await using _stream = await openAlertStream(device.isapi, {
    clock: systemClock,
    signal,
    onState: (state) => {
      if (state.kind === 'open') {
        wasOpen = true
        device.stay()
      }
      if (state.kind !== 'lost') return
      if (!wasOpen || isFinal(state.cause)) ended.reject(state.cause)
      else output.note(`${state.cause.message}; trying again`)
    },
    onEvent: (event) => print(occurrences.take(event, now())),
    onUnknown: (events) => {
      for (const event of events) print(occurrences.lose(event, now()))
    },
  })
  await ended.promise
}

function describe(output: Output, event: EventLine): string {
  const what = event.state === 'active' ? output.paint('yellow', event.kind) : output.paint('dim', event.kind)
  const place = event.input === undefined ? `channel ${event.channel ?? '-'}` : `input ${event.input}`
  const text = event.description ? `  ${readable(event.description, 100)}` : ''
  return `${event.time}  ${what} ${event.state}  ${place}  (${readable(event.type, 60)})${text}`
}

/** Trying again would not help: the login is wrong, or there is no such thing. */
const isFinal = (cause: Error) => cause instanceof PeerError && cause.retry !== 'later'
