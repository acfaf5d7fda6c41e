// SPDX-License-Identifier: Apache-2.0
/**
 * A clip: everything that a camera in front of one scene sends, as a loop. It is read once a process and shared by all
 * cameras that show the scene; nothing in it changes but the cache of packets.
 */
import type { AccessUnit } from '@openhmp/protocol/payload'
import { createPacketizer } from '@openhmp/protocol/payload'
import { type CodecName, codecs } from '@openhmp/protocol/rtp'

/** Longest RTP packet that a camera sends: what V5.7 firmware uses when its owner changed nothing (`maxPacketSize`). */
export const MAX_PACKET_BYTES = 1400

/** One access unit of the loop. */
export interface ClipUnit {
  /** Time in the loop, in units of the track's clock rate. The first unit's is 0. */
  readonly ticks: number
  /** When it is shown, where that is not when it is sent (pictures out of order). */
  readonly presentedTicks?: number
  readonly isKey: boolean
  /** As in `AccessUnit`: NAL units, one JFIF file, or one array of G.711 bytes. */
  readonly data: AccessUnit['data']
}

/** What a track is made of. */
export interface ClipTrackInit {
  readonly codec: CodecName
  readonly units: readonly ClipUnit[]
  /** Length of the loop in units of the clock rate. */
  readonly loopTicks: number
  readonly parameterSets?: readonly Uint8Array[]
  readonly dimensions?: { readonly width: number; readonly height: number }
}

/** One stream of a clip, video or sound, with its RTP packets made once an access unit. */
export class ClipTrack {
  readonly kind: 'video' | 'audio'
  readonly codec: CodecName
  readonly payloadType: number
  readonly clockRateHz: number
  readonly units: readonly ClipUnit[]
  readonly loopTicks: number
  /** NAL units without start code: VPS, SPS, PPS. Empty for other codecs. */
  readonly parameterSets: readonly Uint8Array[]
  /** Video alone. */
  readonly dimensions: { readonly width: number; readonly height: number } | undefined
  /** Units a second, over the loop. */
  readonly unitsPerSecond: number
  /** Over the loop, without headers. */
  readonly bitrateKbps: number
  readonly #packets: (readonly Uint8Array[] | undefined)[]

  constructor(init: ClipTrackInit) {
    const facts = codecs[init.codec]
    this.kind = facts.kind
    this.codec = init.codec
    this.payloadType = facts.payloadType
    this.clockRateHz = facts.clockRateHz
    this.units = init.units
    this.loopTicks = init.loopTicks
    this.parameterSets = init.parameterSets ?? []
    this.dimensions = init.dimensions
    const seconds = init.loopTicks / facts.clockRateHz
    this.unitsPerSecond = Math.round((100 * init.units.length) / seconds) / 100
    let bytes = 0
    for (const unit of init.units) for (const piece of unit.data) bytes += piece.length
    this.bitrateKbps = Math.round((bytes * 8) / seconds / 1000)
    this.#packets = new Array(init.units.length)
  }

  /**
   * The RTP packets of unit `index` with sequence number, timestamp and SSRC left 0: `stamp.ts` puts a session's own in
   * on the way out. Made at the first call, shared by all; nobody changes them.
   */
  packets(index: number): readonly Uint8Array[] {
    const known = this.#packets[index]
    if (known) return known
    const packetizer = createPacketizer(this.codec, {
      payloadType: this.payloadType,
      ssrc: 0,
      sequence: 0,
      maxPacketBytes: MAX_PACKET_BYTES,
      isAggregating: true,
    })
    const packets = packetizer.packetize(this.units[index]!, 0)
    this.#packets[index] = packets
    return packets
  }
}

/** Something that moves in the picture, from when to when. Times are of the loop; `toMs` may pass its end (it goes on over the seam). */
export interface Motion {
  readonly fromMs: number
  readonly toMs: number
  readonly target: 'human' | 'vehicle'
  /** Where it is: `[ms, x, y, width, height]`, fractions of the picture, origin top left, ascending in time. */
  readonly path: readonly (readonly [number, number, number, number, number])[]
}

/** A still of the scene, in force from `fromMs` until the next. */
export interface ClipPicture {
  readonly fromMs: number
  readonly jpeg: Uint8Array
}

/** A whole clip. */
export interface Clip {
  /** `gate`, `yard` ...: also the start of the camera's name. */
  readonly name: string
  readonly title: string
  readonly loopMs: number
  readonly main: ClipTrack
  readonly sub: ClipTrack
  /** The small picture once more, in MJPEG. */
  readonly stills?: ClipTrack
  /** By law; empty when the clip is silent. */
  readonly audio: Partial<Record<'pcma' | 'pcmu', ClipTrack>>
  /** Ascending; at least one unless the clip is the user's own in a codec that we cannot draw. */
  readonly pictures: readonly ClipPicture[]
  readonly motions: readonly Motion[]
}
