// SPDX-License-Identifier: Apache-2.0
/**
 * One opened video stream, from its units to decoded pictures. It starts at a key picture, and after damage waits for the
 * next one: a picture that stands still for a moment is honest, a smeared one is not.
 */
import { type AccessUnit, createDepacketizer, type Depacketizer } from '@openhmp/protocol/payload'
import { type CodecName, isRtcp, type MediaUnit, RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import { describeMedia, type MediaDescription, parseSdp } from '@openhmp/protocol/sdp'
import type { Picture } from './painter.ts'
import type { Player, PlayerEvents } from './player.ts'
import type { Why } from './status.ts'

/** Decoders made anew without one picture in between; then the codec counts as refused. */
const MAX_FAULTS = 3

export interface FeedEvents {
  onPicture(picture: Picture): void
  /** Pictures stopped for this reason, until the next that arrives. */
  onTrouble(why: Why): void
  /** The codec cannot be shown here. */
  onRefused(codec: string): void
  /** A key picture would help. */
  onWantKey(): void
}

export class Feed {
  codec: CodecName | undefined
  unitsReceived = 0
  bytesReceived = 0
  /** Of players that are gone. */
  #decodedBefore = 0
  #droppedBefore = 0
  #depacketizer: Depacketizer | undefined
  #player: Player | undefined
  #isWaitingForKey = true
  #faults = 0
  #isClosed = false
  readonly #events: FeedEvents
  readonly #makePlayer: (codec: CodecName, events: PlayerEvents) => Player | undefined

  constructor(events: FeedEvents, makePlayer: (codec: CodecName, events: PlayerEvents) => Player | undefined) {
    this.#events = events
    this.#makePlayer = makePlayer
  }

  get player(): Player | undefined {
    return this.#player
  }
  get framesDecoded(): number {
    return this.#decodedBefore + (this.#player?.decoded ?? 0)
  }
  get framesDropped(): number {
    return this.#droppedBefore + (this.#player?.dropped ?? 0)
  }

  /** Sets the machines up for what the server says it sends; called again when the camera changes its stream. */
  describe(sdp: string): void {
    const video = describeMedia(parseSdp(sdp)).find((media) => media.kind === 'video')
    this.#drop()
    this.codec = video?.codec
    if (!video?.codec) {
      this.#events.onRefused(video?.encoding ?? 'video')
      return
    }
    this.#depacketizer = createDepacketizer(video.codec, depacketizerOptions(video))
  }

  push(unit: MediaUnit, nowMs: number): void {
    this.unitsReceived++
    this.bytesReceived += unit.sizeBytes
    const depacketizer = this.#depacketizer
    if (!depacketizer || this.#isClosed) return
    if (unit.isDamaged) depacketizer.markLoss()
    try {
      for (const packet of split4571(unit.payload)) if (!isRtcp(packet)) depacketizer.push(RtpPacket.decode(packet))
    } catch {
      depacketizer.markLoss()
    }
    depacketizer.flush()
    for (let whole = depacketizer.take(); whole; whole = depacketizer.take()) this.#play(whole, nowMs)
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  #play(unit: AccessUnit, nowMs: number): void {
    if (unit.isDamaged && unit.codec !== 'mjpeg') {
      if (!this.#isWaitingForKey) {
        this.#isWaitingForKey = true
        this.#events.onTrouble('damaged')
        this.#events.onWantKey()
      }
      this.#droppedBefore++
      return
    }
    if (this.#isWaitingForKey && !unit.isKey) {
      this.#droppedBefore++
      return
    }
    this.#isWaitingForKey = false
    this.#player ??= this.#makePlayer(unit.codec, {
      onPicture: (picture) => {
        this.#faults = 0
        this.#events.onPicture(picture)
      },
      onFault: (why) => this.#failed(why),
    })
    if (!this.#player) {
      this.#events.onRefused(unit.codec)
      return
    }
    const taken = this.#player.push(unit, this.#depacketizer?.parameterSets ?? [], nowMs)
    if (!taken && unit.isKey) this.#isWaitingForKey = true
  }

  #failed(why: Why): void {
    if (this.#isClosed) return
    this.#forgetPlayer()
    this.#isWaitingForKey = true
    if (++this.#faults >= MAX_FAULTS) {
      this.#events.onRefused(this.codec ?? 'video')
      return
    }
    this.#events.onTrouble(why)
    this.#events.onWantKey()
  }

  #drop(): void {
    this.#forgetPlayer()
    this.#depacketizer = undefined
    this.#isWaitingForKey = true
  }

  #forgetPlayer(): void {
    this.#decodedBefore += this.#player?.decoded ?? 0
    this.#droppedBefore += this.#player?.dropped ?? 0
    this.#player?.close()
    this.#player = undefined
  }
}

const depacketizerOptions = (media: MediaDescription) => ({
  parameterSets: media.parameterSets,
  ...(media.dimensions ? { dimensions: media.dimensions } : {}),
})
