// SPDX-License-Identifier: Apache-2.0
/** Streams as set, RTSP as played, and a still picture. */
import { HmpError, PeerError } from '@openhmp/protocol/base'
import { type StreamingChannel, streamOf } from '@openhmp/protocol/isapi'
import { openRtsp } from '../rtsp/open-rtsp.ts'
import { good, wrong } from './finding.ts'
import type { Look, Patient } from './patient.ts'
import { failedAs } from './way-in.ts'

/** Main streams that are played; a recorder's further channels are looked at by their settings alone. */
const MAX_PLAYED = 4
/** A camera that plays shows its first picture well within this. */
const PICTURE_MS = 8000
const RTSP_PORT = 554

/** Codec and size of each stream that is switched on. */
export const lookStreams: Look = async (patient) => {
  const { isapi, signal } = patient
  try {
    patient.streams = (await isapi.streams({ signal })).filter(
      ({ isEnabled, codecWord, width }) => isEnabled && (codecWord ?? width),
    )
  } catch (error) {
    return {
      findings: failedAs(signal, error, (code, text) =>
        wrong('streams', 'warning', { code, text, advice: 'the device does not list its streams; 101 is tried' }),
      ),
    }
  }
  if (patient.streams.length === 0)
    return {
      findings: [
        wrong('streams', 'bad', {
          code: 'streams.none',
          text: 'no stream is switched on',
          advice: 'switch the main stream on',
        }),
      ],
    }
  const findings = patient.streams.map((stream) =>
    stream.codec === undefined
      ? wrong('streams', 'bad', {
          code: 'codec.unsupported',
          text: `stream ${stream.id} is ${stream.codecWord}`,
          advice: 'set it to H.264, H.265 or MJPEG',
        })
      : good('streams', `stream ${stream.id}: ${factsOf(stream)}`),
  )
  return { findings }
}

const factsOf = ({ codecWord, width, height, frameRate }: StreamingChannel): string =>
  [
    codecWord,
    width === undefined ? undefined : `${width}x${height}`,
    frameRate === undefined ? undefined : `${frameRate}/s`,
  ]
    .filter((one) => one !== undefined)
    .join(', ')

/** Plays each main stream until its first picture. */
export const lookRtsp: Look = async (patient) => {
  const { isapi, signal } = patient
  const told = patient.rtspPort ?? (await isapi.rtspPort({ signal }).catch(() => undefined))
  signal.throwIfAborted()
  const mains = (patient.streams ?? []).filter(({ id }) => streamOf(id).number === 1)
  const ids = mains.length === 0 ? [101] : mains.slice(0, MAX_PLAYED).map(({ id }) => id)
  const findings = []
  for (const id of ids) findings.push(await played(patient, id, told ?? RTSP_PORT))
  return { findings }
}

const played = async (patient: Patient, id: number, port: number) => {
  const { host, credentials, clock, signal } = patient
  const fromMs = clock.monotonic()
  const first = Promise.withResolvers<boolean>()
  const patience = new AbortController()
  const late = () => new PeerError('rtsp.no-picture', `stream ${id} plays and shows no picture`, { retry: 'later' })
  const hurry = clock.sleep(PICTURE_MS, { signal: AbortSignal.any([signal, patience.signal]) }).then(
    () => first.reject(late()),
    () => {}, // the picture came, or nobody waits any more
  )
  try {
    await using _play = await openRtsp({
      url: `rtsp://${host.includes(':') ? `[${host}]` : host}:${port}/Streaming/Channels/${id}`,
      credentials,
      transport: 'tcp',
      wants: ['video'],
      signal,
      clock,
      onUnit: ({ isKey }) => isKey && first.resolve(true),
      onEnd: (error) =>
        first.reject(error ?? new PeerError('rtsp.ended', `stream ${id} ended at once`, { retry: 'later' })),
    })
    await first.promise
    return good('rtsp', `stream ${id}: first whole picture after ${Math.round(clock.monotonic() - fromMs)} ms`)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof HmpError)) throw error
    return wrong('rtsp', 'bad', {
      code: error.code,
      text: `stream ${id}: ${error.message}`,
      advice: adviceFor(error.code, port),
    })
  } finally {
    first.promise.catch(() => {}) // whoever waited has heard it by another way
    patience.abort()
    await hurry
  }
}

const adviceFor = (code: string, port: number): string => {
  if (code === 'rtsp.unauthorized')
    return 'its RTSP login differs from HTTP: set both to digest under System > Security'
  if (code === 'rtsp.codec') return 'set the stream to H.264, H.265 or MJPEG'
  if (code === 'rtsp.busy') return 'too many are watching: close other viewers, or raise its limit'
  if (code === 'rtsp.no-picture') return 'restart the device; if it stays so, its encoder or lens board is at fault'
  if (code.startsWith('link.')) return `check that RTSP is on and that port ${port} is let through`
  return 'check the stream settings, and that RTSP is on'
}

/** A still picture, as lists and events show. */
export const lookPicture: Look = async ({ isapi, signal, streams }) => {
  try {
    const { length } = await isapi.picture(streams?.[0]?.id ?? 101, { signal })
    return { findings: [good('picture', `a still picture of ${Math.round(length / 1024)} KiB`)] }
  } catch (error) {
    return {
      findings: failedAs(signal, error, (code, text) =>
        wrong('picture', 'warning', {
          code,
          text,
          advice: 'lists and events will have no pictures of this device; set its snapshot to JPEG',
        }),
      ),
    }
  }
}
