// SPDX-License-Identifier: Apache-2.0
/** The description that we write ourselves: for DESCRIBE, and for the `sdp` of HMP's streams. */
import { type CodecName, codecs } from '../rtp/codec.ts'
import type { Direction } from './describe.ts'
import { formatParameterSets } from './parameter-sets.ts'
import { formatSdp, type SdpLine, type SdpMedia } from './sdp.ts'

/** One medium to offer. */
export interface OfferedMedia {
  readonly codec: CodecName
  /** Default: the codec's own of RFC 3551 §6, or 96. */
  readonly payloadType?: number
  /** Default: `trackID=1` and so on. */
  readonly control?: string
  readonly direction?: Direction
  /** NAL units without start code. */
  readonly parameterSets?: readonly Uint8Array[]
  readonly dimensions?: { readonly width: number; readonly height: number }
  readonly bitrateKbps?: number
}

/** What stands above the media. */
export interface OfferOptions {
  /** Numeric; changes when the description does. Default 0. */
  readonly sessionId?: string
  /** The sender's address. Default 0.0.0.0. */
  readonly address?: string
  readonly name?: string
  /** Default `*`. */
  readonly control?: string
  readonly bitrateKbps?: number
  /** Lines below the last medium, as Hikvision's `Media_header`. */
  readonly lastLines?: readonly SdpLine[]
}

/** Writes a description of RTP/AVP media that are sent on demand (port 0). */
export const formatStreamSdp = (media: readonly OfferedMedia[], options: OfferOptions = {}): string => {
  const { sessionId = '0', address = '0.0.0.0', name = 'Media Presentation', control = '*', bitrateKbps } = options
  const family = address.includes(':') ? 'IP6' : 'IP4'
  const sections = media.map((one, i) => sectionOf(one, i + 1))
  const last = sections.at(-1)
  if (last && options.lastLines) last.lines.push(...options.lastLines)
  return formatSdp({
    lines: [
      { type: 'v', value: '0' },
      { type: 'o', value: `- ${sessionId} ${sessionId} IN ${family} ${address}` },
      { type: 's', value: name },
      { type: 'e', value: 'NONE' },
      ...(bitrateKbps === undefined ? [] : [{ type: 'b', value: `AS:${bitrateKbps}` }]),
      { type: 't', value: '0 0' },
      { type: 'a', value: `control:${control}` },
    ],
    media: sections,
  })
}

const sectionOf = (media: OfferedMedia, track: number): SdpMedia & { lines: SdpLine[] } => {
  const { codec, dimensions, bitrateKbps, direction = 'sendonly', control = `trackID=${track}` } = media
  const { kind, encoding, clockRateHz, payloadType: ownType } = codecs[codec]
  const payloadType = media.payloadType ?? ownType
  const fmtp = formatParameterSets(codec, media.parameterSets ?? [])
  const values = [
    direction,
    ...(dimensions ? [`x-dimensions:${dimensions.width},${dimensions.height}`] : []),
    `control:${control}`,
    `rtpmap:${payloadType} ${encoding}/${clockRateHz}`,
    ...(fmtp.length > 0 ? [`fmtp:${payloadType} ${fmtp.join('; ')}`] : []),
  ]
  return {
    media: kind,
    port: 0,
    protocol: 'RTP/AVP',
    formats: [String(payloadType)],
    lines: [
      { type: 'c', value: 'IN IP4 0.0.0.0' },
      ...(bitrateKbps === undefined ? [] : [{ type: 'b', value: `AS:${bitrateKbps}` }]),
      ...values.map((value) => ({ type: 'a', value })),
    ],
  }
}
