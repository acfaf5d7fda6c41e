// SPDX-License-Identifier: Apache-2.0
/** The fields `Session`, `RTP-Info`, `Range` and `Public`, RFC 2326 §12. `Transport` is in transport.ts. */
import { WireError } from '../base/errors.ts'

/** A session's name and how long it lives without a request (RFC 2326 §12.37). */
export interface SessionField {
  readonly id: string
  /** Seconds; 60 when the field does not say. */
  readonly timeoutSeconds: number
}

/** RFC 2326 §12.37. */
export const DEFAULT_SESSION_SECONDS = 60
/** Longest session id, in bytes. */
export const MAX_SESSION_ID_BYTES = 256

/**
 * Throws `WireError` `rtsp.session`.
 *
 * Tolerates: Hikvision cameras write `Session:       129;timeout=60` with many spaces, and ids shorter than the eight
 * characters of §3.4; a timeout that cannot be read counts as absent.
 */
export const parseSession = (text: string): SessionField => {
  const [id = '', ...parameters] = text.split(';').map((part) => part.trim())
  if (id === '' || id.length > MAX_SESSION_ID_BYTES || /\s/.test(id))
    throw new WireError('rtsp.session', `session ${JSON.stringify(id.slice(0, 40))}`, { spec: 'RFC 2326 §12.37' })
  const timeout = parameters.map((part) => /^timeout\s*=\s*(\d{1,6})/i.exec(part)?.[1]).find((found) => found)
  const seconds = Number(timeout ?? 0)
  return { id, timeoutSeconds: seconds > 0 ? seconds : DEFAULT_SESSION_SECONDS }
}

/** The field as text. */
export const formatSession = (session: SessionField): string => `${session.id};timeout=${session.timeoutSeconds}`

/** Where one track starts (RFC 2326 §12.33). */
export interface RtpInfo {
  readonly url: string
  readonly sequence?: number
  /** RTP timestamp that stands for the start of the range. */
  readonly timestamp?: number
}

/**
 * Reads the list. A URL may itself hold commas and semicolons, so entries are cut where `url=` stands. Parts that cannot
 * be read are left out: nobody must fail for this field.
 */
export const parseRtpInfo = (text: string): RtpInfo[] =>
  text
    .split(/(?:^|,)\s*url\s*=\s*/i)
    .slice(1)
    .map((entry) => {
      const sequence = /;\s*seq\s*=\s*(\d{1,5})/i.exec(entry)
      const timestamp = /;\s*rtptime\s*=\s*(\d{1,10})/i.exec(entry)
      const end = Math.min(sequence?.index ?? entry.length, timestamp?.index ?? entry.length)
      return {
        url: entry.slice(0, end).trim().replace(/^"|"$/g, ''),
        ...(sequence ? { sequence: Number(sequence[1]) & 0xffff } : {}),
        ...(timestamp ? { timestamp: Number(timestamp[1]) >>> 0 } : {}),
      }
    })

/** The list as text. */
export const formatRtpInfo = (list: readonly RtpInfo[]): string =>
  list
    .map((info) => {
      const sequence = info.sequence === undefined ? '' : `;seq=${info.sequence}`
      const timestamp = info.timestamp === undefined ? '' : `;rtptime=${info.timestamp}`
      return `url=${info.url}${sequence}${timestamp}`
    })
    .join(',')

/** What part of a presentation is meant (RFC 2326 §12.29, §3.6, §3.7). */
export type RtspRange =
  | {
      readonly unit: 'npt'
      /** Seconds from the start, or the live edge. */
      readonly start?: number | 'now'
      readonly end?: number
    }
  | {
      readonly unit: 'clock'
      /** As written: `20240501T000000Z`. */
      readonly start?: string
      readonly end?: string
    }

const rangeSpec = 'RFC 2326 §12.29'

/** Reads `npt=` and `clock=`. Throws `WireError` `rtsp.range` for anything else (SMPTE included). */
export const parseRange = (text: string): RtspRange => {
  const match = /^\s*(npt|clock)\s*=\s*([^-;\s]*)\s*-\s*([^-;\s]*)\s*(?:;.*)?$/i.exec(text)
  if (!match) throw new WireError('rtsp.range', `range ${JSON.stringify(text.slice(0, 60))}`, { spec: rangeSpec })
  const [, unit = '', start = '', end = ''] = match
  if (unit.toLowerCase() === 'clock') {
    for (const time of [start, end])
      if (time !== '' && !/^\d{8}T\d{6}(\.\d+)?Z?$/i.test(time))
        throw new WireError('rtsp.range', `time ${JSON.stringify(time.slice(0, 30))}`, { spec: 'RFC 2326 §3.7' })
    return { unit: 'clock', ...(start === '' ? {} : { start }), ...(end === '' ? {} : { end }) }
  }
  return {
    unit: 'npt',
    ...(start === '' ? {} : { start: start.toLowerCase() === 'now' ? ('now' as const) : npt(start) }),
    ...(end === '' ? {} : { end: npt(end) }),
  }
}

/** Seconds, or hours:minutes:seconds (§3.6). */
const npt = (text: string): number => {
  const match = /^(?:(\d+):([0-5]?\d):)?(\d+(?:\.\d*)?)$/.exec(text)
  if (!match) throw new WireError('rtsp.range', `time ${JSON.stringify(text.slice(0, 30))}`, { spec: 'RFC 2326 §3.6' })
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3])
}

/** The range as text. */
export const formatRange = (range: RtspRange): string => `${range.unit}=${range.start ?? ''}-${range.end ?? ''}`

/** The methods that a `Public` or `Allow` field lists, in upper case. */
export const parsePublic = (text: string): Set<string> =>
  new Set(
    text
      .split(',')
      .map((method) => method.trim().toUpperCase())
      .filter((method) => method !== ''),
  )

/** The list as text. */
export const formatPublic = (methods: Iterable<string>): string => [...methods].join(', ')
