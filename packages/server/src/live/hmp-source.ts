// SPDX-License-Identifier: Apache-2.0
/** Pictures of a device that has dialled in over HMP: asks its session for the stream, and its next session for it again. */
import { type Clock, HmpError } from '@openhmp/protocol/base'
import type { MediaUnit } from '@openhmp/protocol/rtp'
import { describeMedia, parseSdp } from '@openhmp/protocol/sdp'
import type { HmpSession, OpenStream, StreamEnd } from '@openhmp/protocol/session'
import { aborted } from './abort.ts'
import { retryWaitMs } from './retry.ts'
import type { LiveSource, SourceSink, StreamKey } from './source.ts'

/** Where the session of a device is found. */
export interface SessionDirectory {
  /** The open session of an identity; waits for it to dial in. */
  sessionOf(identity: string, options: { signal: AbortSignal }): Promise<HmpSession>
  /** Whether it is there now. */
  isOnline(identity: string): boolean
}

interface Doors {
  readonly sessions: SessionDirectory
  readonly clock: Clock
  /** 0..1. */
  random(): number
}

const OPEN_MS = 10_000

/** Which stream of whom. */
export interface HmpStreamPlace extends Omit<StreamKey, 'device'> {
  readonly identity: string
  /** Behind an agent: its id there. */
  readonly device?: string | undefined
}

/** Starts as soon as the device is there. */
export const openHmpSource = (
  key: HmpStreamPlace,
  sink: SourceSink,
  { sessions, clock, random }: Doors,
): LiveSource => {
  const stop = new AbortController()
  const { signal } = stop
  let open: OpenStream | undefined
  let failures = 0
  let waiting = new AbortController()

  const play = async (): Promise<StreamEnd> => {
    if (!sessions.isOnline(key.identity))
      sink.onState({ state: 'lost', code: 'hmp.offline', text: 'the device has not dialled in' })
    const session = await sessions.sessionOf(key.identity, { signal })
    sink.onState({ state: 'connecting' })
    const ended = Promise.withResolvers<StreamEnd>()
    const early: MediaUnit[] = [] // units that came in the same read as the answer, before its promise was heard
    let isDescribed = false
    open = await session.openStream(
      {
        ...(key.device === undefined ? {} : { device: key.device }),
        ...{ channel: key.channel, kind: 'live', profile: key.profile, media: ['video', 'audio'] },
      },
      {
        signal: AbortSignal.any([signal, AbortSignal.timeout(OPEN_MS)]),
        onUnit: (unit) => {
          failures = 0
          if (isDescribed) sink.onUnit(unit)
          else early.push(unit)
        },
        onSdp: (sdp) => {
          const fault = faultOf(sdp)
          if (fault) ended.resolve(fault)
          else sink.onDescription(sdp)
        },
        onEnd: (end) => ended.resolve(end),
      },
    )
    const fault = faultOf(open.sdp)
    if (fault) {
      await open.close().catch(() => {}) // it may have ended with its session
      return fault
    }
    sink.onDescription(open.sdp)
    sink.onState({ state: 'live' })
    isDescribed = true
    for (const unit of early) sink.onUnit(unit)
    try {
      return await Promise.race([ended.promise, aborted(signal)])
    } finally {
      await open.close().catch(() => {}) // it may have ended with its session
    }
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const end = await play().catch(
        (cause: unknown): StreamEnd => ({
          code: cause instanceof HmpError ? cause.code : 'defect',
          text: cause instanceof Error ? cause.message : String(cause),
        }),
      )
      open = undefined
      if (signal.aborted) return
      failures++
      sink.onState({ state: 'lost', code: end.code, text: end.text })
      waiting = new AbortController()
      // Aborted: the loop ends, or the device has dialled in again.
      const over = AbortSignal.any([signal, waiting.signal])
      await clock.sleep(retryWaitMs(failures, random()), { signal: over }).catch(() => {})
    }
  }

  const running = run()
  return {
    requestKey: () => void open?.requestKey().catch(() => {}), // the next group brings one anyway
    nudge: () => waiting.abort(),
    stop: async () => {
      stop.abort()
      await running
    },
  }
}

/** What a device says of its stream is looked at here, once, so that nobody behind us has to fear it. */
const faultOf = (sdp: string): StreamEnd | undefined => {
  try {
    const media = describeMedia(parseSdp(sdp))
    if (media.some(({ codec }) => codec)) return undefined
    const text = `the camera sends ${media.map(({ encoding }) => encoding).join(', ') || 'nothing'}, which cannot be shown`
    return { code: 'codec.unsupported', text }
  } catch (error) {
    return {
      code: error instanceof HmpError ? error.code : 'sdp.broken',
      text: 'the camera describes its stream in a broken way',
    }
  }
}
