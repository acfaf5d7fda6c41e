// SPDX-License-Identifier: Apache-2.0
/** One stream of one viewer: joins the hub and hands its units to the session, which queues and sheds for this viewer alone. */
import { HmpError } from '@openhmp/protocol/base'
import type { MediaUnit } from '@openhmp/protocol/rtp'
import { formatSdp, parseSdp } from '@openhmp/protocol/sdp'
import type { HmpSession } from '@openhmp/protocol/session'
import type { Viewing } from '../audit/viewings.ts'
import type { Hub, Watch } from './hub.ts'
import type { LiveState, StreamKey } from './source.ts'

interface ViewerStreamOptions {
  readonly session: HmpSession
  readonly hub: Hub
  readonly key: StreamKey
  readonly media: readonly ('video' | 'audio')[]
}

/** How long an opening waits for a camera that is on its way. */
const DESCRIBE_MS = 12_000

export class ViewerStream {
  readonly #options: ViewerStreamOptions
  readonly #first = Promise.withResolvers<string | undefined>()
  readonly #early: MediaUnit[] = []
  #watch: Watch | undefined
  #handle: number | undefined
  #viewing: Viewing | undefined
  /** Counts watches, so that a former one says no more. */
  #turn = 0
  #isOver = false
  /** Why there is no picture, when there is none. */
  lastLoss = { code: 'device.offline', text: 'the camera does not answer' }

  constructor(options: ViewerStreamOptions) {
    this.#options = options
    this.#join(options.key)
  }

  get device(): string {
    return this.#options.key.device
  }

  get channel(): number {
    return this.#options.key.channel
  }

  /** The description of the wanted media, or undefined (see `lastLoss`) when the camera cannot be had soon. */
  async described(signal: AbortSignal): Promise<string | undefined> {
    const giveUp = () => this.#first.resolve(undefined)
    const late = AbortSignal.any([signal, AbortSignal.timeout(DESCRIBE_MS)])
    late.addEventListener('abort', giveUp, { once: true })
    const sdp = await this.#first.promise
    late.removeEventListener('abort', giveUp)
    return sdp
  }

  /** What stands on record of it; ends with it. */
  onRecord(viewing: Viewing): void {
    this.#viewing = viewing
    if (this.#isOver) viewing.end()
  }

  /** From now on units go to the session under this handle; the kept group goes first. */
  flow(handle: number): void {
    this.#handle = handle
    for (const unit of this.#early) this.#options.session.sendUnit(handle, unit)
    this.#early.length = 0
  }

  /** The same camera in another size. The present pictures go on until the others are there. */
  switchTo(profile: 'main' | 'sub'): void {
    const former = this.#watch
    this.#join({ ...this.#options.key, profile })
    former?.end()
    this.#viewing?.changed(profile)
  }

  requestKey(): void {
    this.#watch?.stream.requestKey()
  }

  end(): void {
    this.#isOver = true
    this.#early.length = 0
    this.#first.resolve(undefined)
    this.#watch?.end()
    this.#viewing?.end()
  }

  #join(key: StreamKey): void {
    const turn = ++this.#turn
    const isCurrent = () => turn === this.#turn && !this.#isOver
    const { media, session } = this.#options
    const hasVideo = media.includes('video')
    const hasAudio = media.includes('audio')
    this.#watch = this.#options.hub.watch(key, {
      onState: (state) => this.#noteState(state),
      onClosed: () => {
        if (isCurrent()) this.#rejoin(key)
      },
      onDescription: (sdp, uncarried) => {
        if (!isCurrent()) return
        const mine = only(sdp, media)
        if (mine === undefined) {
          this.lastLoss = noneOf(media, uncarried)
          this.#first.resolve(undefined)
        } else if (this.#handle !== undefined) session.sendSdp(this.#handle, mine)
        else this.#first.resolve(mine)
      },
      onUnit: (unit) => {
        if (unit.kind === 'video' ? !hasVideo : !hasAudio) return
        if (!isCurrent()) return
        if (this.#handle === undefined) this.#hold(unit)
        else session.sendUnit(this.#handle, unit)
      },
    })
  }

  /** The device has another address or account now, or is gone. */
  #rejoin(key: StreamKey): void {
    try {
      this.#join(key)
    } catch (error) {
      const code = error instanceof HmpError ? error.code : 'defect'
      const text = error instanceof HmpError ? error.message : 'the camera cannot be shown any more'
      this.lastLoss = { code, text }
      this.end()
      if (this.#handle !== undefined) this.#options.session.endStream(this.#handle, this.lastLoss)
    }
  }

  /** Between joining the hub and the 201: the newest group alone. */
  #hold(unit: MediaUnit): void {
    if (unit.kind === 'video' && unit.isKey) this.#early.length = 0
    this.#early.push(unit)
  }

  #noteState(state: LiveState): void {
    if (state.state !== 'lost') return
    this.lastLoss = { code: state.code, text: state.text }
    if (this.#handle === undefined) this.#first.resolve(undefined)
  }
}

const noneOf = (media: readonly string[], uncarried: string | undefined): { code: string; text: string } =>
  uncarried === undefined
    ? { code: 'media.none', text: `the camera has no ${media.join(' or ')}` }
    : {
        code: 'codec.unsupported',
        text: `the camera sends ${uncarried}: set it to H.264, H.265 or MJPEG, and its sound to G.711`,
      }

/** The description with the wanted media alone; undefined when none is left. */
const only = (text: string, media: readonly ('video' | 'audio')[]): string | undefined => {
  const sdp = parseSdp(text)
  const sections = sdp.media.filter((section) => media.some((wanted) => wanted === section.media))
  return sections.length === 0 ? undefined : formatSdp({ ...sdp, media: sections })
}
