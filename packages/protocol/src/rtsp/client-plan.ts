// SPDX-License-Identifier: Apache-2.0
/** Decisions of the RTSP client that need no state: which tracks to set up, which error a status means, where a redirect leads. */
import { type HmpError, PeerError, type Retry } from '../base/errors.ts'
import type { MediaDescription } from '../sdp/describe.ts'
import type { RtspResponse } from './message.ts'
import { reasonOf } from './status.ts'

/** A track that is to be set up. */
export interface PlannedTrack {
  readonly track: number
  readonly media: MediaDescription
  readonly isBackchannel: boolean
}

/** What can be carried, in the words of a camera's settings. */
const OURS = 'H.264, H.265 or MJPEG, and its sound to G.711'

/**
 * The first usable track of each wanted kind, and the back channel if asked for. Throws `PeerError` `rtsp.no-media`, or
 * `rtsp.codec` when everything wanted is in a codec that is not known.
 *
 * Sound that is `sendonly` is the camera's ear, not its voice (ONVIF streaming specification §5.3.1).
 */
export const planTracks = (
  media: readonly MediaDescription[],
  wants: readonly ('video' | 'audio')[],
  hasBackchannel: boolean,
): PlannedTrack[] => {
  const planned: PlannedTrack[] = []
  const isEar = (one: MediaDescription) => one.kind === 'audio' && one.direction === 'sendonly'
  for (const kind of wants) {
    const track = media.findIndex((one) => one.kind === kind && one.codec !== undefined && !isEar(one))
    if (track !== -1) planned.push({ track, media: media[track]!, isBackchannel: false })
  }
  if (planned.length === 0) {
    const unknown = media.filter((one) => wants.some((kind) => kind === one.kind) && !isEar(one))
    if (unknown.length === 0)
      throw new PeerError('rtsp.no-media', `no ${wants.join(' or ')} is offered`, { retry: 'never' })
    const names = unknown.map((one) => one.encoding || `payload type ${one.payloadType}`).join(', ')
    throw new PeerError('rtsp.codec', `the camera offers only ${names}: set it to ${OURS}`, { retry: 'never' })
  }
  const ear = hasBackchannel ? media.findIndex((one) => isEar(one) && one.codec !== undefined) : -1
  if (ear !== -1) planned.push({ track: ear, media: media[ear]!, isBackchannel: true })
  return planned
}

const errors: Readonly<Record<number, readonly [code: string, retry: Retry]>> = {
  403: ['rtsp.forbidden', 'never'],
  404: ['rtsp.not-found', 'later'],
  453: ['rtsp.busy', 'later'],
  454: ['rtsp.session', 'later'],
  461: ['rtsp.transport', 'later'],
  503: ['rtsp.busy', 'later'],
  551: ['rtsp.option', 'never'],
}

/** The error that an answer means. 461 is `rtsp.transport`: the caller may try the other transport. */
export const refusalOf = (method: string, response: RtspResponse): HmpError => {
  const [code, retry] = errors[response.status] ?? (['rtsp.refused', 'later'] as const)
  const reason = response.reason || reasonOf(response.status)
  return new PeerError(code, `the camera answers ${method} with ${response.status} ${reason}`, {
    status: response.status,
    retry,
  })
}

/**
 * Where `Location` leads, as an absolute URL without user information. Throws `PeerError` `rtsp.redirect` when it leaves
 * the host or gives up TLS: neither the password nor the viewer goes where the operator did not send them.
 */
export const redirectTarget = (response: RtspResponse, from: string): URL => {
  const refuse = (text: string): never => {
    throw new PeerError('rtsp.redirect', text, { status: response.status, retry: 'never' })
  }
  const location = response.headers.get('Location') ?? refuse('the camera redirects to nowhere')
  const old = new URL(from)
  let next: URL
  try {
    next = new URL(location, from)
  } catch {
    return refuse(`the camera redirects to ${JSON.stringify(location.slice(0, 80))}, which is no URL`)
  }
  if (next.protocol !== old.protocol && next.protocol !== 'rtsps:')
    return refuse(`the camera redirects to ${next.protocol}//, which is not as safe`)
  if (next.hostname.toLowerCase() !== old.hostname.toLowerCase())
    return refuse(`the camera redirects to another host, ${next.hostname}`)
  return new URL(next.href.replace(/^(\w+:\/\/)[^/@]*@/, '$1'))
}
