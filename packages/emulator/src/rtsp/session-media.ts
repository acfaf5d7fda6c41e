// SPDX-License-Identifier: Apache-2.0
/** The media of one RTSP session: from PLAY to PAUSE or TEARDOWN, units of one stream go to the tracks that were set up. */
import type { RtpInfo } from '@openhmp/protocol/rtsp'
import type { LiveStream, LiveUnit } from '../media/live.ts'
import type { RtpStamp } from '../media/stamp.ts'
import type { Outlet } from './outlet.ts'

/** One track that was set up. */
export interface SessionTrack {
  readonly kind: 'video' | 'audio'
  readonly url: string
  readonly stamp: RtpStamp
  readonly outlet: Outlet
}

/** Watching begins when PLAY is granted, so that RTP-Info can name the first packet; sending, once the answer is out. */
export class SessionMedia implements Disposable {
  readonly #stream: LiveStream
  readonly #tracks: readonly SessionTrack[]
  readonly #isMute: boolean
  #held: LiveUnit[] | undefined
  #watch: Disposable | undefined

  constructor(stream: LiveStream, tracks: readonly SessionTrack[], isMute: boolean) {
    this.#stream = stream
    this.#tracks = tracks
    this.#isMute = isMute
  }

  /** Holds what is due until `start`; at once that is the stream's last group of pictures. */
  prepare(): RtpInfo[] {
    if (!this.#watch) {
      this.#held = []
      this.#watch = this.#stream.watch({ onUnit: (unit) => this.#onUnit(unit) })
    }
    const held = this.#held ?? []
    return this.#tracks.map(({ kind, url, stamp }) => {
      const first = held.find((unit) => unit.track.kind === kind)
      return { url, sequence: stamp.sequence, ...(first ? { timestamp: first.timestamp } : {}) }
    })
  }

  start(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const unit of held) this.#onUnit(unit)
  }

  pause(): void {
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
    this.#held = undefined
  }

  [Symbol.dispose](): void {
    this.pause()
  }

  #onUnit(unit: LiveUnit): void {
    if (this.#held) {
      this.#held.push(unit)
      return
    }
    if (this.#isMute) return
    for (const track of this.#tracks) if (track.kind === unit.track.kind) track.outlet.send(unit)
  }
}
