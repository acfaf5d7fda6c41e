// SPDX-License-Identifier: Apache-2.0
/**
 * One tile's picture over its whole life: opens the stream, opens it anew after every fault, changes between main and sub
 * without losing the picture at hand (the old stream goes when the new one has shown its first picture), and tells what
 * is going on. Sound is a stream of its own (sound.ts).
 */
import type { CodecName } from '@openhmp/protocol/rtp'
import type { OpenStream } from '@openhmp/protocol/session'
import { nextDelay } from './back-off.ts'
import { type Ability, otherProfile, transportOf } from './choose.ts'
import { Feed } from './feed.ts'
import type { ViewTarget } from './messages.ts'
import { Painter, type Picture } from './painter.ts'
import type { Player, PlayerEvents } from './player.ts'
import { SoundFeed } from './sound.ts'
import type { Profile, ViewCounters, ViewStatus, Why } from './status.ts'
import { openVideo, refusalOf, type StreamSource } from './stream.ts'

/** Without a unit for this long, the picture stands still. */
export const STALL_MS = 3000

export interface ViewEvents {
  onStatus(status: ViewStatus): void
  makePlayer(codec: CodecName, events: PlayerEvents): Player | undefined
}

interface Running {
  readonly profile: Profile
  readonly feed: Feed
  readonly leave: AbortController
  stream: OpenStream | undefined
}

export class View {
  readonly target: ViewTarget
  readonly sound: SoundFeed
  readonly #painter: Painter
  readonly #source: StreamSource
  readonly #ability: Ability
  readonly #events: ViewEvents
  #wanted: Profile
  #now: Running | undefined
  #next: Running | undefined
  #status: ViewStatus
  #attempt = 0
  #retryAt: number | undefined
  #lastUnitMs = 0
  #width = 0
  #height = 0
  #refused = new Set<Profile>()
  #replaced: CodecName | undefined
  #isClosed = false
  #before = { units: 0, bytes: 0, decoded: 0, dropped: 0 }
  #shown = { decoded: 0, painted: 0 }

  constructor(target: ViewTarget, canvas: OffscreenCanvas, source: StreamSource, ability: Ability, events: ViewEvents) {
    this.target = target
    this.#painter = new Painter(canvas)
    this.#source = source
    this.#ability = ability
    this.#events = events
    this.#wanted = target.profile
    this.#status = { phase: 'connecting', profile: target.profile, hasPicture: false, isSounding: false }
    this.sound = new SoundFeed(target, source, (isSounding) => this.#tell({ isSounding }))
    this.#start(target.profile)
  }

  /** Main or sub from now on, as far as the browser can show it. */
  setProfile(profile: Profile): void {
    this.#wanted = profile
    if (this.#refused.has(profile) || (profile === 'sub' && !this.target.hasSub)) return
    if ((this.#next ?? this.#now)?.profile !== profile) this.#start(profile)
  }

  /** The session is open (again), or something else makes a try worth while. */
  nudge(): void {
    this.#attempt = 0
    if (this.#retryAt !== undefined) this.#retry()
    this.sound.nudge()
  }

  /** The session is gone, and all streams with it. */
  lost(): void {
    if (this.#isClosed) return
    this.#leave(this.#next)
    this.#leave(this.#now)
    this.#next = this.#now = undefined
    this.#stand('socketLost', this.#status.hasPicture ? 'stalled' : 'connecting')
    this.#retryAt = Number.POSITIVE_INFINITY
  }

  tick(nowMs: number): void {
    if (this.#isClosed) return
    if (this.#retryAt !== undefined && nowMs >= this.#retryAt) this.#retry()
    if (this.#status.phase === 'live' && nowMs - this.#lastUnitMs > STALL_MS) this.#stand('noUnits', 'stalled')
    this.sound.tick(nowMs)
  }

  /** What the MSE element says it has shown. */
  shown(decoded: number, painted: number): void {
    this.#shown = { decoded, painted }
    if (painted > 0) this.#moves()
  }

  snapshot(): Promise<Blob | undefined> {
    if (this.#painter.painted === 0) return Promise.resolve(undefined)
    return this.#painter.canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
  }

  close(): void {
    this.#isClosed = true
    this.#leave(this.#next)
    this.#leave(this.#now)
    this.sound.close()
    this.#painter.close()
  }

  counters(): ViewCounters {
    const feeds = [this.#now?.feed, this.#next?.feed].filter((feed) => feed !== undefined)
    const sum = (pick: (feed: Feed) => number) => feeds.reduce((total, feed) => total + pick(feed), 0)
    return {
      device: this.target.device,
      channel: this.target.channel,
      phase: this.#status.phase,
      profile: this.#status.profile,
      codec: this.#now?.feed.codec ?? '',
      transport: this.#now?.feed.player?.transport ?? 'none',
      width: this.#width,
      height: this.#height,
      unitsReceived: this.#before.units + sum((feed) => feed.unitsReceived),
      bytesReceived: this.#before.bytes + sum((feed) => feed.bytesReceived),
      framesDecoded: this.#before.decoded + sum((feed) => feed.framesDecoded) + this.#shown.decoded,
      framesPainted: this.#painter.painted + this.#shown.painted,
      framesDropped: this.#before.dropped + sum((feed) => feed.framesDropped),
      decodeMs: Math.round(this.#now?.feed.player?.decodeMs ?? 0),
      audioSamples: this.sound.samples,
      audioPeak: this.sound.peak,
    }
  }

  #start(profile: Profile): void {
    this.#leave(this.#next)
    this.#next = undefined
    if (!this.#source.session) {
      this.#retryAt = Number.POSITIVE_INFINITY
      return
    }
    this.#retryAt = undefined
    const leave = new AbortController()
    const feed: Feed = new Feed(
      {
        onPicture: (picture) => this.#show(running, picture),
        onTrouble: (why) => running === this.#now && this.#stand(why, 'stalled'),
        onRefused: (codec) => this.#refuse(running, codec),
        onWantKey: () => void running.stream?.requestKey().catch(() => {}),
      },
      (codec, events) => (leave.signal.aborted ? undefined : this.#makePlayer(running, codec, events)),
    )
    const running: Running = { profile, feed, leave, stream: undefined }
    if (this.#now) this.#next = running
    else this.#now = running
    void this.#run(running)
  }

  async #run(running: Running): Promise<void> {
    const { leave, feed, profile } = running
    try {
      const stream = await openVideo(this.#source, this.target, profile, {
        signal: leave.signal,
        onSdp: (sdp) => this.#describe(running, sdp),
        onUnit: (unit) => {
          const nowMs = performance.now()
          this.#lastUnitMs = nowMs
          feed.push(unit, nowMs)
        },
        onEnd: (reason) => this.#failed(running, 'ended', reason),
      })
      if (leave.signal.aborted) await stream.close()
      else running.stream = stream
    } catch (error) {
      if (leave.signal.aborted) return
      this.#failed(running, 'refused', refusalOf(error))
    }
  }

  #describe(running: Running, sdp: string): void {
    if (running.leave.signal.aborted) return
    running.feed.describe(sdp)
    const codec = running.feed.codec
    if (codec && transportOf(codec, this.#ability) === 'none') this.#refuse(running, codec)
  }

  #makePlayer(running: Running, codec: CodecName, events: PlayerEvents): Player | undefined {
    const player = this.#events.makePlayer(codec, events)
    // The element paints by itself: the change from one stream to the other happens at once.
    if (player?.transport === 'mse') this.#promote(running)
    return player
  }

  #show(running: Running, picture: Picture): void {
    if (running.leave.signal.aborted) {
      picture.source.close()
      return
    }
    this.#promote(running)
    this.#width = picture.width
    this.#height = picture.height
    this.#painter.show(picture)
    this.#moves()
  }

  #promote(running: Running): void {
    if (running !== this.#next) return
    this.#leave(this.#now)
    this.#now = running
    this.#next = undefined
  }

  #moves(): void {
    this.#attempt = 0
    const codec = this.#now?.feed.codec
    const profile = this.#now?.profile ?? this.#wanted
    const { phase, hasPicture } = this.#status
    if (phase === 'live' && hasPicture && this.#status.codec === codec && this.#status.profile === profile) return
    const clean = { why: undefined, code: undefined, text: undefined, lastPictureAt: undefined }
    this.#tell({ ...clean, phase: 'live', hasPicture: true, codec, profile, replaced: this.#replaced })
  }

  #refuse(running: Running, codec: string): void {
    if (running.leave.signal.aborted) return
    this.#refused.add(running.profile)
    const other = otherProfile(running.profile, this.target.hasSub, this.#refused)
    this.#forget(running)
    this.#replaced = codec as CodecName
    // The other stream is on the screen already: it stays, and the tile says why.
    if (other && this.#now?.profile === other) {
      this.#tell({ replaced: this.#replaced })
      return
    }
    if (other) {
      this.#start(other)
      return
    }
    if (!this.#now) this.#tell({ phase: 'unsupported', codec: codec as CodecName, profile: running.profile })
  }

  #failed(running: Running, why: Why, reason: { code?: string | undefined; text?: string | undefined }): void {
    if (running.leave.signal.aborted || this.#isClosed) return
    const wasNext = running === this.#next
    this.#forget(running)
    // The larger stream is not to be had: the one on the screen goes on.
    if (wasNext && this.#now) return
    this.#stand(why, 'noSignal', reason)
    this.#retryAt = performance.now() + nextDelay(this.#attempt++, Math.random)
  }

  #retry(): void {
    const profile = this.#refused.has(this.#wanted)
      ? otherProfile(this.#wanted, this.target.hasSub, this.#refused)
      : this.#wanted
    if (profile) this.#start(profile)
  }

  #forget(running: Running): void {
    this.#leave(running)
    if (this.#now === running) this.#now = undefined
    if (this.#next === running) this.#next = undefined
  }

  #leave(running: Running | undefined): void {
    if (!running || running.leave.signal.aborted) return
    running.leave.abort()
    void running.stream?.close().catch(() => {})
    const { feed } = running
    feed.close()
    this.#before.units += feed.unitsReceived
    this.#before.bytes += feed.bytesReceived
    this.#before.decoded += feed.framesDecoded
    this.#before.dropped += feed.framesDropped
  }

  #stand(
    why: Why,
    phase: ViewStatus['phase'],
    reason: { code?: string | undefined; text?: string | undefined } = {},
  ): void {
    const sinceUnitMs = performance.now() - this.#lastUnitMs
    const lastPictureAt = this.#status.lastPictureAt ?? (this.#status.hasPicture ? Date.now() - sinceUnitMs : undefined)
    this.#tell({ phase, why, code: reason.code, text: reason.text, lastPictureAt })
  }

  #tell(change: Partial<ViewStatus>): void {
    if (this.#isClosed) return
    this.#status = { ...this.#status, ...change }
    this.#events.onStatus(this.#status)
  }
}
