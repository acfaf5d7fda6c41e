// SPDX-License-Identifier: Apache-2.0
/** What a description says about each medium, in the one form that the CMS and the browser use. RFC 8866 §6, RFC 3551 §6. */
import { type CodecName, codecOfEncoding, codecs } from '../rtp/codec.ts'
import { aggregateControl, resolveControl } from './control.ts'
import { parameterSetsOf } from './parameter-sets.ts'
import { attribute, attributes, type Sdp, type SdpMedia } from './sdp.ts'

/** Which way media flows, seen from the side that wrote the description. Cameras say `recvonly` and mean that they send. */
export type Direction = 'sendonly' | 'recvonly' | 'sendrecv' | 'inactive'

/** One medium of a description. */
export interface MediaDescription {
  readonly kind: 'video' | 'audio' | 'application'
  /** Undefined for a codec that is not carried; `encoding` names it. */
  readonly codec: CodecName | undefined
  /** As in `a=rtpmap`, or the static type's name; the bare format when there is neither. */
  readonly encoding: string
  readonly payloadType: number
  readonly clockRateHz: number
  /** For SETUP; absolute when a base URL was given. */
  readonly control: string
  readonly direction: Direction
  /** Parameters of `a=fmtp`, names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>
  /** NAL units without start code, from `sprop-*`; may be empty: then they come in band. */
  readonly parameterSets: readonly Uint8Array[]
  /** `a=x-dimensions` or `a=framesize`. A hint: parameter sets and picture headers say it better. */
  readonly dimensions?: { readonly width: number; readonly height: number }
}

const directions: readonly Direction[] = ['sendonly', 'recvonly', 'sendrecv', 'inactive']

/**
 * The media of a description, in order; other kinds (`text`, `message` ...) are left out. `baseUrl` is what relative
 * controls stand on: Content-Base, else Content-Location, else the URL that was asked.
 */
export const describeMedia = (sdp: Sdp, baseUrl = ''): MediaDescription[] => {
  const sessionDirection = directionOf(sdp.lines) ?? 'sendrecv'
  const base = baseUrl === '' ? '' : aggregateControl(sdp, baseUrl)
  const found: MediaDescription[] = []
  for (const media of sdp.media) {
    const kind = media.media.toLowerCase()
    if (kind !== 'video' && kind !== 'audio' && kind !== 'application') continue
    found.push(describeOne(media, kind, base, sessionDirection))
  }
  return found
}

const directionOf = (lines: SdpMedia['lines']): Direction | undefined =>
  directions.find((direction) => attribute(lines, direction) !== undefined)

const describeOne = (
  media: SdpMedia,
  kind: MediaDescription['kind'],
  base: string,
  sessionDirection: Direction,
): MediaDescription => {
  const formats = media.formats.map((format) => describeFormat(media, format))
  const format = formats.find(({ codec }) => codec && codecs[codec].kind === kind) ?? formats[0] ?? nothing
  const fmtp = fmtpOf(media, format.payloadType)
  const control = attribute(media.lines, 'control') ?? ''
  const dimensions = dimensionsOf(media)
  const codec = format.codec && codecs[format.codec].kind === kind ? format.codec : undefined
  return {
    kind,
    codec,
    encoding: format.encoding,
    payloadType: format.payloadType,
    clockRateHz: format.clockRateHz,
    control: base === '' ? control : resolveControl(control, base),
    direction: directionOf(media.lines) ?? sessionDirection,
    fmtp,
    parameterSets: parameterSetsOf(codec, fmtp),
    ...(dimensions ? { dimensions } : {}),
  }
}

interface Format {
  readonly payloadType: number
  readonly codec: CodecName | undefined
  readonly encoding: string
  readonly clockRateHz: number
}
const nothing: Format = { payloadType: -1, codec: undefined, encoding: '', clockRateHz: 0 }

/** The payload type's `a=rtpmap`, or what RFC 3551 §6 fixes for static types, which need none. */
const describeFormat = (media: SdpMedia, format: string): Format => {
  const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : -1
  for (const value of attributes(media.lines, 'rtpmap')) {
    const found = /^(\d{1,3})\s+([^\s/]+)\s*\/\s*(\d{1,9})/.exec(value)
    if (!found || Number(found[1]) !== payloadType) continue
    const encoding = found[2]!
    return { payloadType, codec: codecOfEncoding(encoding), encoding, clockRateHz: Number(found[3]) }
  }
  const names = Object.keys(codecs) as CodecName[]
  const codec = names.find((name) => codecs[name].payloadType === payloadType && payloadType < 96)
  if (!codec) return { payloadType, codec: undefined, encoding: format, clockRateHz: 0 }
  return { payloadType, codec, encoding: codecs[codec].encoding, clockRateHz: codecs[codec].clockRateHz }
}

/** `a=fmtp:96 name=value; name=value`, RFC 8866 §6.15. */
const fmtpOf = (media: SdpMedia, payloadType: number): ReadonlyMap<string, string> => {
  const fmtp = new Map<string, string>()
  for (const value of attributes(media.lines, 'fmtp')) {
    const found = /^(\d{1,3})\s+(.*)$/s.exec(value)
    if (!found || Number(found[1]) !== payloadType) continue
    for (const parameter of found[2]!.split(';')) {
      const equals = parameter.indexOf('=')
      const name = (equals === -1 ? parameter : parameter.slice(0, equals)).trim().toLowerCase()
      if (name !== '') fmtp.set(name, equals === -1 ? '' : parameter.slice(equals + 1).trim())
    }
  }
  return fmtp
}

/** `a=x-dimensions:1920,1080`, or `a=framesize:96 1920-1080` (3GPP TS 26.234 §5.3.3.2). */
const dimensionsOf = (media: SdpMedia): { width: number; height: number } | undefined => {
  const found =
    /^(\d{1,5})\s*,\s*(\d{1,5})/.exec(attribute(media.lines, 'x-dimensions') ?? '') ??
    /^\d{1,3}\s+(\d{1,5})-(\d{1,5})/.exec(attribute(media.lines, 'framesize') ?? '')
  const width = Number(found?.[1] ?? 0)
  const height = Number(found?.[2] ?? 0)
  return width > 0 && height > 0 ? { width, height } : undefined
}
