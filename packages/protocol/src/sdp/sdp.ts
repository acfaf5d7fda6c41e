// SPDX-License-Identifier: Apache-2.0
/**
 * Session descriptions as text, RFC 8866 (as RTSP uses RFC 2327's): lines in order, nothing lost, no meaning read. What
 * the lines say about media is read by describe.ts.
 */
import { WireError } from '../base/errors.ts'

/** Longest description, in characters. */
export const MAX_SDP_LENGTH = 64 * 1024
/** Most lines of a description. */
export const MAX_SDP_LINES = 1024
/** Most media sections. */
export const MAX_SDP_MEDIA = 32
/** Most formats of one medium: RTP has 128 payload types. */
export const MAX_SDP_FORMATS = 128

/** One line: `a=control:*` is type `a`, value `control:*`. */
export interface SdpLine {
  readonly type: string
  readonly value: string
}

/** One `m=` line and the lines below it. */
export interface SdpMedia {
  /** `video`, `audio`, `application` ... as written. */
  readonly media: string
  readonly port: number
  /** `RTP/AVP` ... as written. */
  readonly protocol: string
  /** Payload types for RTP. */
  readonly formats: readonly string[]
  readonly lines: readonly SdpLine[]
}

/** A description: the lines above the first `m=`, and the media sections. */
export interface Sdp {
  readonly lines: readonly SdpLine[]
  readonly media: readonly SdpMedia[]
}

const spec = 'RFC 8866 §5'
const mediaLine = /^(\S{1,64})\s+(\d{1,5})(?:\/\d{1,5})?\s+(\S{1,64})((?:\s+\S{1,64})*)$/

/**
 * Reads a description. Throws `WireError` `sdp.size`, `sdp.lines`, `sdp.media`, `sdp.empty`.
 *
 * Tolerates: servers that end lines with LF or CR alone, or leave white space around them, though §5 wants CRLF.
 * Tolerates: servers that leave out `v=`, `o=`, `s=` or `t=`, or write lines that are none, though §5 requires and forbids.
 * Tolerates: old Hikvision servers that write `a=Media_header:...; a=appversion:1.0` in one line, though a line is one field.
 */
export const parseSdp = (text: string): Sdp => {
  if (text.length > MAX_SDP_LENGTH)
    throw new WireError('sdp.size', `description of ${text.length} characters`, { at: MAX_SDP_LENGTH, spec })
  const session: SdpLine[] = []
  const media: (SdpMedia & { lines: SdpLine[] })[] = []
  let count = 0
  for (const line of text.split(/[\r\n]+/).flatMap(unjoined)) {
    const bare = line.trim()
    const type = bare[0] ?? ''
    if (bare[1] !== '=' || type < 'a' || type > 'z') continue
    if (++count > MAX_SDP_LINES) throw new WireError('sdp.lines', `more than ${MAX_SDP_LINES} lines`, { spec })
    const value = bare.slice(2)
    if (type === 'm') media.push(parseMedia(value, media.length))
    else (media.at(-1)?.lines ?? session).push({ type, value })
  }
  if (media.length === 0 && !session.some(({ type }) => type === 'v'))
    throw new WireError('sdp.empty', 'no line of a session description', { at: 0, spec })
  return { lines: session, media }
}

const unjoined = (line: string): string[] => (line.startsWith('a=Media_header') ? line.split(/;\s*(?=a=)/) : [line])

const parseMedia = (value: string, index: number) => {
  const found = mediaLine.exec(value)
  const port = Number(found?.[2] ?? Number.NaN)
  if (!found || !(port <= 0xffff))
    throw new WireError('sdp.media', `media line ${JSON.stringify(value.slice(0, 60))}`, { spec: 'RFC 8866 §5.14' })
  if (index === MAX_SDP_MEDIA) throw new WireError('sdp.media', `more than ${MAX_SDP_MEDIA} media sections`, { spec })
  const [, kind = '', , protocol = '', formats = ''] = found
  const words = formats.split(/\s+/).filter((word) => word !== '')
  if (words.length > MAX_SDP_FORMATS) throw new WireError('sdp.media', `${words.length} formats`, { spec })
  const lines: SdpLine[] = []
  return { media: kind, port, protocol, formats: words, lines }
}

/** The description as text, lines ended by CRLF. */
export const formatSdp = (sdp: Sdp): string => {
  const write = (lines: readonly SdpLine[]): string => lines.map(({ type, value }) => `${type}=${value}\r\n`).join('')
  const sections = sdp.media.map(
    ({ media, port, protocol, formats, lines }) =>
      `m=${[media, port, protocol, ...formats].join(' ')}\r\n${write(lines)}`,
  )
  return write(sdp.lines) + sections.join('')
}

/** The value of the first attribute of this name (without case): `a=name:value`; '' for `a=name`; undefined for none. */
export const attribute = (lines: readonly SdpLine[], name: string): string | undefined => attributes(lines, name)[0]

/** The values of all attributes of this name, in order. */
export const attributes = (lines: readonly SdpLine[], name: string): string[] => {
  const wanted = name.toLowerCase()
  const values: string[] = []
  for (const { type, value } of lines) {
    if (type !== 'a') continue
    const colon = value.indexOf(':')
    if ((colon === -1 ? value : value.slice(0, colon)).trim().toLowerCase() !== wanted) continue
    values.push(colon === -1 ? '' : value.slice(colon + 1).trim())
  }
  return values
}
