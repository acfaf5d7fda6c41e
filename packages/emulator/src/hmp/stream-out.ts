// SPDX-License-Identifier: Apache-2.0
/** One stream of a device over HMP: the device's live units, stamped and framed, with a sender report each five seconds. hmp.md §9.2. */
import { randomBytes } from 'node:crypto'
import { concat } from '@openhmp/protocol/base'
import { encodeSdes, encodeSenderReport, unixMsToNtp } from '@openhmp/protocol/rtcp'
import { frame4571 } from '@openhmp/protocol/rtp'
import { formatStreamSdp, type OfferedMedia } from '@openhmp/protocol/sdp'
import type { HmpSession } from '@openhmp/protocol/session'
import type { ClipTrack } from '../media/clip.ts'
import type { LiveStream, LiveUnit } from '../media/live.ts'
import { RtpStamp } from '../media/stamp.ts'

const REPORT_INTERVAL_MS = 5000

/** What a stream was asked to carry. */
export type Wanted = readonly ('video' | 'audio')[]

/** One stream to be sent. `cname` names its source in sender reports. */
export interface StreamOutOptions {
  readonly handle: number
  readonly channel: number
  readonly stream: LiveStream
  readonly wanted: Wanted
  readonly cname: string
}

export class StreamOut implements Disposable {
  readonly handle: number
  readonly channel: number
  readonly #session: HmpSession
  readonly #wanted: Wanted
  readonly #cname: string
  readonly #tracks = new Map<'video' | 'audio', { stamp: RtpStamp; reportedMs: number }>()
  #stream: LiveStream
  #watch: Disposable | undefined

  constructor(session: HmpSession, options: StreamOutOptions) {
    this.#session = session
    this.handle = options.handle
    this.channel = options.channel
    this.#stream = options.stream
    this.#wanted = options.wanted
    this.#cname = options.cname
    this.play()
  }

  get sdp(): string {
    return sdpOf(this.#stream, this.#wanted)
  }

  play(): void {
    this.#watch ??= this.#stream.watch({ onUnit: (unit) => this.#onUnit(unit) })
  }

  pause(): void {
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }

  /** Goes on with another stream of the camera: a new description, new RTP sources. */
  change(stream: LiveStream): void {
    if (stream === this.#stream) return
    const isPlaying = this.#watch !== undefined
    this.pause()
    this.#stream = stream
    this.#tracks.clear()
    this.#session.sendSdp(this.handle, this.sdp)
    if (isPlaying) this.play()
  }

  [Symbol.dispose](): void {
    this.pause()
  }

  #onUnit(unit: LiveUnit): void {
    const { kind } = unit.track
    if (!this.#wanted.includes(kind)) return
    let track = this.#tracks.get(kind)
    if (!track) {
      const random = randomBytes(6)
      const stamp = new RtpStamp(random.readUInt32BE(), random.readUInt16BE(4))
      track = { stamp, reportedMs: Number.NEGATIVE_INFINITY }
      this.#tracks.set(kind, track)
    }
    const isDue = unit.wallMs - track.reportedMs >= REPORT_INTERVAL_MS
    if (isDue) track.reportedMs = unit.wallMs
    const report = isDue ? reportOf(track.stamp, unit, this.#cname) : undefined
    const framed = track.stamp.framed(unit)
    const payload = report ? concat([frame4571([report]), framed]) : framed
    const isKey = kind === 'audio' || unit.unit.isKey
    this.#session.sendUnit(this.handle, {
      kind,
      timestamp: unit.timestamp,
      isKey,
      isDamaged: false,
      payload,
      sizeBytes: payload.length,
    })
  }
}

const reportOf = ({ ssrc, packets, octets }: RtpStamp, unit: LiveUnit, cname: string): Uint8Array =>
  concat([
    encodeSenderReport({
      ssrc,
      ...unixMsToNtp(unit.wallMs),
      rtpTimestamp: unit.timestamp,
      packetCount: packets >>> 0,
      octetCount: octets >>> 0,
      reports: [],
    }),
    encodeSdes({ chunks: [{ ssrc, items: [{ type: 1, text: cname }] }] }),
  ])

/** What is left of `wanted` in a stream. */
export const mediaOf = (stream: LiveStream, wanted: Wanted): Wanted =>
  wanted.filter((kind) => kind === 'video' || stream.audio !== undefined)

const sdpOf = (stream: LiveStream, wanted: Wanted): string => {
  const offer = (track: ClipTrack): OfferedMedia => ({
    codec: track.codec,
    payloadType: track.payloadType,
    parameterSets: track.parameterSets,
    direction: 'sendonly',
    control: track.kind,
    ...(track.dimensions ? { dimensions: track.dimensions } : {}),
  })
  const media: OfferedMedia[] = []
  if (wanted.includes('video')) media.push(offer(stream.video))
  if (wanted.includes('audio') && stream.audio) media.push(offer(stream.audio))
  return formatStreamSdp(media)
}
