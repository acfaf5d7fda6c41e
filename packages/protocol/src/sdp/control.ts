// SPDX-License-Identifier: Apache-2.0
/** What `a=control` names: the URL for SETUP of a track and for PLAY of the whole, RFC 2326 appendix C.1.1. */
import { attribute, type Sdp } from './sdp.ts'

const isAbsolute = (control: string): boolean => /^rtsp[su]?:\/\//i.test(control)

/**
 * Sets a control value on a base URL (Content-Base, else Content-Location, else what was asked). A relative value is put
 * behind the path and before the query, since the query of Hikvision's playback URLs must survive into SETUP and PLAY.
 *
 * Tolerates: cameras whose base lacks its last slash, though RFC 1808 would then replace the last part of the path.
 */
export const resolveControl = (control: string, baseUrl: string): string => {
  if (control === '' || control === '*') return baseUrl
  if (isAbsolute(control)) return control
  const authorityEnd = /^[a-z]+:\/\/[^/?#]*/i.exec(baseUrl)?.[0].length ?? 0
  if (control.startsWith('/')) return baseUrl.slice(0, authorityEnd) + control
  const question = baseUrl.indexOf('?')
  const path = question === -1 ? baseUrl : baseUrl.slice(0, question)
  const query = question === -1 || control.includes('?') ? '' : baseUrl.slice(question)
  return `${path}${path.endsWith('/') ? '' : '/'}${control}${query}`
}

/** The URL of the whole presentation, for PLAY, PAUSE and TEARDOWN. */
export const aggregateControl = (sdp: Sdp, baseUrl: string): string =>
  resolveControl(attribute(sdp.lines, 'control') ?? '*', baseUrl)
