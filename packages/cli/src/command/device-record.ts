// SPDX-License-Identifier: Apache-2.0
/** `hmp device record ADDRESS --seconds N --out FILE.mp4`: what the client receives, in a file, with nothing in between. */
import { IsapiClient, type LoginCredentials, openRtsp, systemClock } from '@openhmp/client'
import { LinkError, PeerError } from '@openhmp/protocol/base'
import type { DeviceAddress } from '../input/address.ts'
import { Deadline } from '../input/deadline.ts'
import { type DeviceOptions, readStreamLogin, Stopped, stopSignal } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'
import { openProgress } from '../output/progress.ts'
import { Recording, type RecordingResult } from '../record/recording.ts'

export interface RecordOptions extends DeviceOptions {
  readonly out: string
  readonly seconds: number
  readonly stream: number
  readonly transport: 'tcp' | 'udp'
  readonly rtspPort?: number
}

/** A stream that does not keep time gets so much longer than was asked for. */
const GRACE_SECONDS = 5

export async function runRecord(text: string, options: RecordOptions, output: Output): Promise<void> {
  const login = await readStreamLogin(text, options)
  const stopped = stopSignal()
  const { url, host } = await streamUrl(login.address, login.credentials, options)
  using recording = new Recording(options.out, options.seconds)
  const ended = Promise.withResolvers<unknown>()
  using patience = new Deadline(
    options.timeout,
    () => new LinkError('link.timeout', `no picture within ${options.timeout} s`, { address: host }),
  )
  using overall = new Deadline(options.seconds + options.timeout + GRACE_SECONDS, () => new Stopped())
  using progress = openProgress(output, options.seconds, options.out)
  const signal = AbortSignal.any([stopped, patience.signal, overall.signal])
  signal.addEventListener('abort', () => ended.resolve(signal.reason))
  // What fails here is the disk or the codec: the reason is ours to tell, not a fault of the play.
  const guarded = (work: () => void) => {
    try {
      work()
    } catch (error) {
      ended.resolve(error)
    }
  }
  let failure: unknown
  try {
    await using _connection = await openRtsp({
      url,
      ...(login.credentials ? { credentials: login.credentials } : {}),
      transport: options.transport,
      signal,
      clock: systemClock,
      onDescription: (media) => guarded(() => recording.describe(media)),
      onUnit: (unit, track) =>
        guarded(() => {
          recording.push(unit, track, systemClock.monotonic())
          if (recording.bytes > 0) patience.clear()
          progress.update(recording.recordedSeconds, `${(recording.bytes / 1e6).toFixed(1)} MB`)
          if (recording.isFull) ended.resolve(undefined)
        }),
      onEnd: (error) =>
        ended.resolve(error ?? new LinkError('link.closed', 'the device ended the stream', { address: host })),
    })
    failure = await ended.promise
  } catch (error) {
    failure = error
  }
  const result = recording.finish()
  if (failure !== undefined && !(failure instanceof Stopped && result)) throw withPlace(failure, host)
  if (result) output.document(result, () => describe(output, result))
}

/** The machine of a play does not know its address; a person wants to. */
function withPlace(error: unknown, host: string): unknown {
  if (!(error instanceof PeerError) || error.message.includes(host)) return error
  const { code, status, retry } = error
  return new PeerError(code, `${host}: ${error.message}`, {
    retry,
    cause: error,
    ...(status === undefined ? {} : { status }),
  })
}

function describe(output: Output, result: RecordingResult): string {
  const tracks = result.tracks.map((track) => `${track.units} ${track.codec}`).join(', ')
  const damage = result.leftOut > 0 ? `, ${output.paint('yellow', `${result.leftOut} left out as damaged`)}` : ''
  return `${output.paint('bold', result.file)}: ${result.seconds} s, ${(result.bytes / 1e6).toFixed(1)} MB, ${tracks}${damage}`
}

/** An rtsp:// address as it is; for a device, the address of its stream, on the port that it tells. */
async function streamUrl(address: DeviceAddress, credentials: LoginCredentials | undefined, options: RecordOptions) {
  if (address.scheme.startsWith('rtsp')) return { url: address.url, host: `${address.host}:${address.port}` }
  const port = options.rtspPort ?? (await portOf(address, credentials!, options))
  const host = `${address.host}:${port}`
  return { url: `rtsp://${host}/Streaming/Channels/${options.stream}`, host }
}

async function portOf(address: DeviceAddress, credentials: LoginCredentials, options: RecordOptions): Promise<number> {
  using patience = new Deadline(
    options.timeout,
    () => new LinkError('link.timeout', `no answer within ${options.timeout} s`, { address: address.host }),
  )
  const { signal } = patience
  const tls = options.pin === undefined ? {} : { tls: { pin: options.pin } }
  await using isapi = new IsapiClient({ address: address.url, credentials, signal, clock: systemClock, ...tls })
  try {
    return (await isapi.rtspPort()) ?? 554
  } catch (error) {
    // Viewers may not ask for it on many devices: the usual port is a good guess then.
    if (error instanceof PeerError && error.retry === 'never') return 554
    throw error
  }
}
