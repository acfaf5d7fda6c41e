// SPDX-License-Identifier: Apache-2.0
/**
 * One stream on its way to the CMS: played from the device over RTSP as long as the CMS has it open, each unit handed to the session
 * as it came. The session queues, sheds and keeps the order of priority (hmp.md §4, §6.4, §9.3).
 */
import { openRtsp, type RtspConnection } from '@openhmp/client'
import { type Clock, type HmpError, PeerError } from '@openhmp/protocol/base'
import { formatStreamSdp, type MediaDescription } from '@openhmp/protocol/sdp'
import type { HmpSession, StreamEnd } from '@openhmp/protocol/session'
import type { LocalDevice } from '../device/local-device.ts'

/** How long a camera may take to begin. */
const OPEN_MS = 8000
/** A camera that shows nothing for this long has ended the stream. */
const SILENCE_MS = 5000

/** Which stream of whom. */
export interface StreamPlace {
  readonly device: LocalDevice
  readonly channel: number
  readonly profile: 'main' | 'sub'
  readonly media: readonly ('video' | 'audio')[]
}

/** Plays until disposed; `onEnd` is called when it ended by itself. */
export class RelayedStream implements AsyncDisposable {
  readonly handle: number
  sdp = ''
  readonly #session: HmpSession
  readonly #clock: Clock
  readonly #onEnd: () => void
  #place: StreamPlace
  #connection: RtspConnection | undefined
  /** Of the play that counts: what an older one still says is not heard. */
  #playing = new AbortController()

  constructor(session: HmpSession, handle: number, place: StreamPlace, parts: { clock: Clock; onEnd(): void }) {
    this.#session = session
    this.handle = handle
    this.#place = place
    this.#clock = parts.clock
    this.#onEnd = parts.onEnd
  }

  /** Rejects as `openRtsp` does, and with `PeerError` `codec.unsupported`. */
  async play(): Promise<void> {
    const playing = new AbortController()
    this.#playing = playing
    const { device, channel, profile, media } = this.#place
    const late = AbortSignal.timeout(OPEN_MS)
    const opening = AbortSignal.any([playing.signal, late])
    const ended = (error: HmpError | undefined) => {
      if (playing.signal.aborted) return
      this.#end({ code: error?.code ?? 'end', text: error?.message ?? 'the device ended the stream' })
    }
    const connection = await abortedBy(opening, (signal) =>
      openRtsp({
        ...device.rtspPlace(channel, profile),
        reach: device.reach,
        ...{ transport: 'tcp', wants: media, signal, clock: this.#clock, silenceMs: SILENCE_MS },
        onDescription: (described) => {
          this.sdp = describe(described.filter(({ kind }) => kind === 'application' || media.includes(kind as 'video')))
        },
        onUnit: (unit) => {
          if (!playing.signal.aborted) this.#session.sendUnit(this.handle, unit)
        },
        onEnd: ended,
      }),
    )
    if (playing.signal.aborted) {
      await connection[Symbol.asyncDispose]()
      return
    }
    this.#connection = connection
    if (this.sdp === '')
      throw new PeerError('codec.unsupported', 'the device sends nothing that can be carried', { retry: 'never' })
  }

  /** Another profile, or on again after a pause: the CMS is told what comes from now on. */
  async change(profile: 'main' | 'sub'): Promise<void> {
    await this.pause()
    this.#place = { ...this.#place, profile }
    await this.play()
    this.#session.sendSdp(this.handle, this.sdp)
  }

  get profile(): 'main' | 'sub' {
    return this.#place.profile
  }

  /** The device is told to stop. */
  async pause(): Promise<void> {
    this.#playing.abort()
    const connection = this.#connection
    this.#connection = undefined
    await connection?.[Symbol.asyncDispose]()
  }

  #end(end: StreamEnd): void {
    void this.pause()
    this.#session.endStream(this.handle, end)
    this.#onEnd()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pause()
  }
}

/** The signal counts for the opening alone: a play goes on after it. */
const abortedBy = async <T>(opening: AbortSignal, open: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const play = new AbortController()
  const abort = () => play.abort(opening.reason)
  opening.addEventListener('abort', abort, { once: true })
  if (opening.aborted) abort()
  try {
    return await open(play.signal)
  } finally {
    opening.removeEventListener('abort', abort)
  }
}

const describe = (media: readonly MediaDescription[]): string => {
  const carried = media.flatMap(({ codec, payloadType, parameterSets, dimensions }) =>
    codec ? [{ codec, payloadType, parameterSets, ...(dimensions ? { dimensions } : {}) }] : [],
  )
  return carried.length === 0 ? '' : formatStreamSdp(carried)
}
