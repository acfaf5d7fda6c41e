// SPDX-License-Identifier: Apache-2.0
/** Pictures of a camera's RTSP address: plays it, and plays it again when it ends, until stopped. */
import { LOGIN_BLOCK_MS, type LoginCredentials, openRtsp, type Reach, type TlsTrust } from '@openhmp/client'
import { type Clock, HmpError, LinkError, PeerError } from '@openhmp/protocol/base'
import { formatStreamSdp, type MediaDescription } from '@openhmp/protocol/sdp'
import { aborted } from './abort.ts'
import { reconnectMs, retryWaitMs } from './retry.ts'
import type { LiveSource, SourceSink } from './source.ts'

/** What is played. */
export interface RtspPlace {
  /** Without user information. */
  readonly url: string
  readonly credentials?: LoginCredentials
  readonly transport: 'tcp' | 'udp'
  readonly tls?: TlsTrust
  readonly reach?: Reach
}

interface Doors {
  readonly clock: Clock
  /** 0..1. */
  random(): number
}

/** A camera that refuses the account is not asked again soon: only a person can mend that. */
const REFUSED_WAIT_MS = LOGIN_BLOCK_MS
/** What a camera has not, it may have after a change of its settings. */
const NEVER_WAIT_MS = 15_000
/** A camera that shows nothing for this long is called anew. */
const SILENCE_MS = 5000

/** Starts playing; the first try is made at once. */
export const openRtspSource = (place: RtspPlace, sink: SourceSink, { clock, random }: Doors): LiveSource => {
  const stop = new AbortController()
  const { signal } = stop
  let transport = place.transport
  let failures = 0
  let openedMs: number | undefined
  let waiting = new AbortController()

  /** One play, from connecting to its end; resolves with why it ended. */
  const play = async (): Promise<HmpError> => {
    const ended = Promise.withResolvers<HmpError>()
    const calledAt = clock.monotonic()
    const connection = await openRtsp({
      ...place,
      transport,
      signal,
      clock,
      silenceMs: SILENCE_MS,
      ...(failures > 0 ? { connectMs: reconnectMs(openedMs) } : {}),
      onDescription: (media) => {
        // With no codec of ours at all the play fails by name.
        if (media.some(({ codec }) => codec)) sink.onDescription(descriptionOf(media), uncarriedOf(media))
      },
      onUnit: (unit) => {
        failures = 0
        sink.onUnit(unit)
      },
      onEnd: (error) =>
        ended.resolve(error ?? new PeerError('rtsp.ended', 'the camera ended the stream', { retry: 'later' })),
    })
    openedMs = clock.monotonic() - calledAt
    sink.onState({ state: 'live' })
    try {
      return await Promise.race([ended.promise, aborted(signal)])
    } finally {
      await connection[Symbol.asyncDispose]()
    }
  }

  const waitAfter = (error: unknown, failed: number): number => {
    if (!(error instanceof PeerError)) return retryWaitMs(failed, random(), { isGone: error instanceof LinkError })
    if (error.retry === 'after-login') return REFUSED_WAIT_MS
    // It is there and says no: asking in a hurry does not help.
    return error.retry === 'never' && error.code !== 'rtsp.transport' ? NEVER_WAIT_MS : retryWaitMs(failed, random())
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      sink.onState({ state: 'connecting' })
      const error = await play().catch((cause: unknown) => cause)
      if (signal.aborted) return
      failures++
      const why = reasonOf(error)
      sink.onState({ state: 'lost', ...why })
      if (why.code === 'rtsp.transport') transport = transport === 'tcp' ? 'udp' : 'tcp'
      const waitMs = waitAfter(error, failures)
      waiting = new AbortController()
      // Aborted: the loop ends, or somebody knows better.
      await clock.sleep(waitMs, { signal: AbortSignal.any([signal, waiting.signal]) }).catch(() => {})
    }
  }

  const running = run()
  return {
    nudge: () => waiting.abort(),
    stop: async () => {
      stop.abort()
      await running
    },
  }
}

/** The description that viewers get: the media we can carry, without the camera's addresses. */
const descriptionOf = (media: readonly MediaDescription[]): string =>
  formatStreamSdp(
    media.flatMap(({ codec, payloadType, parameterSets, dimensions }) =>
      codec ? [{ codec, payloadType, parameterSets, ...(dimensions ? { dimensions } : {}) }] : [],
    ),
  )

const uncarriedOf = (media: readonly MediaDescription[]): string | undefined =>
  media
    .filter(({ codec, kind }) => codec === undefined && kind !== 'application')
    .map(({ kind, encoding }) => `${kind} in ${encoding}`)
    .join(', ') || undefined

const reasonOf = (error: unknown): { code: string; text: string } =>
  error instanceof HmpError
    ? { code: error.code, text: error.message }
    : { code: 'defect', text: error instanceof Error ? error.message : String(error) }
