// SPDX-License-Identifier: Apache-2.0
/** The server's reading of a SETUP's URL. The client's side, control attributes, is in ../sdp/control.ts. */

/**
 * Presentation and track of a SETUP's URL, when it ends in `trackID=N`, `track=N` or `trackN`; the query may stand
 * before or after it.
 */
export const splitTrackUrl = (url: string): { readonly url: string; readonly track: number } | undefined => {
  const match = /^(.*?)\/?(?:trackID=|track=?)(\d{1,3})\/?(\?.*)?$/i.exec(url)
  return match ? { url: match[1]! + (match[3] ?? ''), track: Number(match[2]) } : undefined
}
