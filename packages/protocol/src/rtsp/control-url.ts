// SPDX-License-Identifier: Apache-2.0
/** Control URLs as cameras mean them, RFC 2326 appendix C.1.1. */

/**
 * A control attribute against its base. `*` and nothing mean the base itself.
 *
 * Tolerates: servers whose base has no closing slash and whose control is a bare `trackID=1`, though RFC 3986 §5.2 would
 * cut the base's last segment away: the control is appended, as every client does.
 */
export const resolveControl = (base: string, control: string): string => {
  if (control === '' || control === '*') return base
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(control)) return control
  if (control.startsWith('/')) return (/^[a-z]+:\/\/[^/?]*/i.exec(base)?.[0] ?? '') + control
  return base.endsWith('/') ? base + control : `${base}/${control}`
}

/** The session's own `a=control`, which stands before the first `m=` line of a description. */
export const sessionControl = (sdp: string): string =>
  /^a=control:[ \t]*(.*?)[ \t]*$/m.exec(sdp.split(/^m=/m, 1)[0]!.replace(/\r/g, ''))?.[1] ?? '*'

/**
 * Presentation and track of a SETUP's URL, when it ends in `trackID=N`, `track=N` or `trackN`; the query may stand
 * before or after it.
 */
export const splitTrackUrl = (url: string): { readonly url: string; readonly track: number } | undefined => {
  const match = /^(.*?)\/?(?:trackID=|track=?)(\d{1,3})\/?(\?.*)?$/i.exec(url)
  return match ? { url: match[1]! + (match[3] ?? ''), track: Number(match[2]) } : undefined
}
