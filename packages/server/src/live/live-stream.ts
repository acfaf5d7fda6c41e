// SPDX-License-Identifier: Apache-2.0
/**
 * One stream of the hub: one upstream, any number of subscribers. A unit goes to each in the turn in which it came; no
 * subscriber is waited for, each has its own bounded queue behind `onUnit`.
 */
import type { MediaUnit } from '@openhmp/protocol/rtp'
import { KeptGroup } from './kept-group.ts'
import { ParameterWatch } from './parameter-watch.ts'
import type { LiveSource, LiveState, OpenSource, StreamKey } from './source.ts'

/** A reader of a stream. What it does in these calls must be short and must not wait. */
export interface Subscriber {
  onUnit(unit: MediaUnit): void
  /** A new description; the next video unit is a key. The first comes before the first unit. `uncarried`: see `SourceSink`. */
  onDescription(sdp: string, uncarried?: string): void
  onState?(state: LiveState): void
  /** The stream was closed under its readers, because the device changed or was removed: watch again, or give up. */
  onClosed?(): void
}

/** Counters of one stream since it was opened. */
export interface LiveStreamCounters {
  units: number
  bytes: number
  damaged: number
}

export class LiveStream {
  readonly key: StreamKey
  readonly counters: LiveStreamCounters = { units: 0, bytes: 0, damaged: 0 }
  readonly #group = new KeptGroup()
  readonly #source: LiveSource
  #subscribers: readonly Subscriber[] = []
  #sdp: string | undefined
  #uncarried: string | undefined
  #parameters: ParameterWatch | undefined
  #state: LiveState = { state: 'connecting' }

  constructor(key: StreamKey, open: OpenSource) {
    this.key = key
    this.#source = open(key, {
      onDescription: (sdp, uncarried) => this.#describe(sdp, uncarried),
      onUnit: (unit) => this.#push(unit),
      onState: (state) => this.#change(state),
    })
  }

  get subscriberCount(): number {
    return this.#subscribers.length
  }

  /** The description in force, once the upstream gave one. */
  get sdp(): string | undefined {
    return this.#sdp
  }

  get state(): LiveState {
    return this.#state
  }

  /** Bytes of the kept group, for the metrics. */
  get keptBytes(): number {
    return this.#group.sizeBytes
  }

  /** Adds a reader; it gets state, description and the kept group in this call. The returned function takes it out. */
  subscribe(subscriber: Subscriber): () => void {
    subscriber.onState?.(this.#state)
    if (this.#sdp !== undefined) {
      subscriber.onDescription(this.#sdp, this.#uncarried)
      for (const unit of this.#group.units) subscriber.onUnit(unit)
    }
    this.#subscribers = [...this.#subscribers, subscriber]
    return () => {
      this.#subscribers = this.#subscribers.filter((one) => one !== subscriber)
    }
  }

  requestKey(): void {
    this.#source.requestKey?.()
  }

  async stop(): Promise<void> {
    this.#group.clear()
    const readers = this.#subscribers
    this.#subscribers = []
    await this.#source.stop()
    for (const reader of readers) reader.onClosed?.()
  }

  #push(unit: MediaUnit): void {
    this.counters.units++
    this.counters.bytes += unit.sizeBytes
    if (unit.isDamaged) this.counters.damaged++
    if (unit.isKey) this.#heed(unit)
    this.#group.push(unit)
    for (const subscriber of this.#subscribers) subscriber.onUnit(unit)
  }

  /** A source says it once for each play: even the same words mean other RTP sources and times. */
  #describe(sdp: string, uncarried: string | undefined): void {
    this.#uncarried = uncarried
    this.#parameters = new ParameterWatch(sdp)
    this.#announce(sdp)
  }

  #announce(sdp: string): void {
    this.#sdp = sdp
    this.#group.clear()
    for (const subscriber of this.#subscribers) subscriber.onDescription(sdp, this.#uncarried)
  }

  /** A key picture may bring other parameter sets than the description had. */
  #heed(unit: MediaUnit): void {
    const found = this.#parameters?.heed(unit)
    if (!found) return
    if (found.isChange) this.#announce(found.sdp)
    else this.#sdp = found.sdp // who reads already finds them in the pictures
  }

  #change(state: LiveState): void {
    this.#state = state
    for (const subscriber of this.#subscribers) subscriber.onState?.(state)
  }
}
