// SPDX-License-Identifier: Apache-2.0
/** One track on its way into a file: media units to access units, and what the file's head must know of the track. */
import type { Mp4Track } from '@openhmp/protocol/mp4'
import { type AccessUnit, createDepacketizer, type Depacketizer, parseJpeg } from '@openhmp/protocol/payload'
import { decodeRtcp, ntpToUnixMs } from '@openhmp/protocol/rtcp'
import { type CodecName, codecs, isRtcp, type MediaUnit, RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import type { MediaDescription } from '@openhmp/protocol/sdp'

export class TrackRecorder {
  readonly id: number
  readonly codec: CodecName
  readonly kind: 'video' | 'audio'
  readonly #depacketizer: Depacketizer
  #sequence: number | undefined
  #report: { readonly rtpTimestamp: number; readonly wallMs: number } | undefined
  /** Known once the file's head can be written. */
  track: Mp4Track | undefined
  /** Units with missing pieces. */
  damagedUnits = 0

  constructor(id: number, codec: CodecName, media: MediaDescription) {
    this.id = id
    this.codec = codec
    this.kind = media.kind === 'audio' ? 'audio' : 'video'
    const { parameterSets, dimensions } = media
    this.#depacketizer = createDepacketizer(codec, { parameterSets, ...(dimensions ? { dimensions } : {}) })
    if (codec === 'pcma' || codec === 'pcmu') this.track = { id, codec }
  }

  /** The access units that this media unit completes. Throws WireError for packets that break their format. */
  read(unit: MediaUnit): AccessUnit[] {
    const units: AccessUnit[] = []
    for (const bytes of split4571(unit.payload)) {
      if (isRtcp(bytes)) {
        this.#readReport(bytes)
        continue
      }
      const packet = RtpPacket.decode(bytes)
      if (this.#sequence !== undefined && packet.sequence !== ((this.#sequence + 1) & 0xffff))
        this.#depacketizer.markLoss()
      this.#sequence = packet.sequence
      this.#depacketizer.push(packet)
      for (let done = this.#depacketizer.take(); done; done = this.#depacketizer.take()) units.push(done)
    }
    for (const done of units) {
      if (done.isDamaged) this.damagedUnits++
      this.#learn(done)
    }
    return units
  }

  /** Wall time of an RTP time, by the sender's own clock (RFC 3550 §6.4.1); undefined until it told. */
  wallMsOf(timestamp: number): number | undefined {
    if (!this.#report) return undefined
    const ticks = (timestamp - this.#report.rtpTimestamp) | 0
    return this.#report.wallMs + (ticks * 1000) / codecs[this.codec].clockRateHz
  }

  #readReport(bytes: Uint8Array): void {
    for (const packet of decodeRtcp(bytes))
      if (packet.kind === 'senderReport' && (packet.ntpSeconds !== 0 || packet.ntpFraction !== 0))
        this.#report = { rtpTimestamp: packet.rtpTimestamp, wallMs: ntpToUnixMs(packet.ntpSeconds, packet.ntpFraction) }
  }

  /** A stream can be described once a key picture is there, with the parameter sets in force at that moment. */
  #learn(unit: AccessUnit): void {
    if (this.track || unit.isDamaged || !unit.isKey) return
    const { codec, id } = this
    if (codec === 'h264' || codec === 'h265') {
      const { parameterSets } = this.#depacketizer
      if (parameterSets.length >= (codec === 'h264' ? 2 : 3)) this.track = { id, codec, parameterSets }
    } else if (codec === 'mjpeg') {
      const { width, height } = parseJpeg(unit.data[0]!)
      this.track = { id, codec, width, height }
    }
  }
}
