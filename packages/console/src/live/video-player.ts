// SPDX-License-Identifier: Apache-2.0
/**
 * H.264 and H.265 by WebCodecs. The stream goes in as Annex B (no description), so parameter sets may change at any key
 * picture. When the decoder falls behind, everything up to the next key picture is thrown away: late pictures help nobody.
 */
import { type AccessUnit, describeParameterSets, joinAnnexB, selectParameterSets } from '@openhmp/protocol/payload'
import type { Player, PlayerEvents } from './player.ts'

/** Waiting in the decoder at once. The group that the server keeps may come in one burst, and must fit. */
const MAX_DECODER_QUEUE = 250
/** A picture older than this, from arrival to decoded, while others wait: we are behind. */
const MAX_LAG_MS = 700

export class VideoPlayer implements Player {
  readonly transport = 'webcodecs'
  decoded = 0
  dropped = 0
  decodeMs = 0
  readonly #codec: 'h264' | 'h265'
  readonly #events: PlayerEvents
  readonly #now: () => number
  readonly #decoder: VideoDecoder
  readonly #arrivals: number[] = []
  #codecString = ''
  #isSkipping = false
  #stamp = 0

  constructor(codec: 'h264' | 'h265', events: PlayerEvents, now: () => number) {
    this.#codec = codec
    this.#events = events
    this.#now = now
    this.#decoder = new VideoDecoder({ output: (frame) => this.#took(frame), error: () => events.onFault('decoder') })
  }

  push(unit: AccessUnit, parameterSets: readonly Uint8Array[], nowMs: number): boolean {
    if (this.#decoder.state === 'closed') return false
    const isBehind = this.decodeMs > MAX_LAG_MS && this.#decoder.decodeQueueSize > 8
    if (unit.isKey) {
      this.#isSkipping = false
      if (isBehind) this.#restart()
      if (!this.#configure(unit, parameterSets)) return false
    } else if (this.#isSkipping || isBehind || this.#decoder.decodeQueueSize > MAX_DECODER_QUEUE) {
      this.#isSkipping = true
      this.dropped++
      return false
    }
    const isBare = unit.isKey && selectParameterSets(this.#codec, unit.data).length === 0
    const data = joinAnnexB(isBare ? [...parameterSets, ...unit.data] : unit.data)
    this.#arrivals.push(nowMs)
    // The decoder wants times that grow; ours are arrivals, since pictures are shown as they come.
    this.#stamp = Math.max(this.#stamp + 1, Math.round(nowMs * 1000))
    this.#decoder.decode(
      new EncodedVideoChunk({ type: unit.isKey ? 'key' : 'delta', timestamp: this.#stamp, data: data as BufferSource }),
    )
    return true
  }

  close(): void {
    if (this.#decoder.state !== 'closed') this.#decoder.close()
  }

  #configure(unit: AccessUnit, parameterSets: readonly Uint8Array[]): boolean {
    const inBand = selectParameterSets(this.#codec, unit.data)
    let codec: string
    try {
      codec = describeParameterSets(this.#codec, inBand.length > 0 ? inBand : parameterSets).codecString
    } catch {
      this.dropped++
      return false
    }
    if (codec === this.#codecString && this.#decoder.state === 'configured') return true
    this.#codecString = codec
    this.#decoder.configure({ codec, optimizeForLatency: true })
    return true
  }

  #restart(): void {
    this.dropped += this.#decoder.decodeQueueSize
    this.#decoder.reset()
    this.#arrivals.length = 0
    this.decodeMs = 0
  }

  #took(frame: VideoFrame): void {
    const arrived = this.#arrivals.shift()
    if (arrived !== undefined) this.decodeMs = this.#now() - arrived
    this.decoded++
    this.#events.onPicture({ source: frame, width: frame.displayWidth, height: frame.displayHeight })
  }
}
