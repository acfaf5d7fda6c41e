// SPDX-License-Identifier: Apache-2.0
/** Opening a stream on the page's session, and what its refusal means. */
import { HmpError } from '@openhmp/protocol/base'
import type { MediaUnit } from '@openhmp/protocol/rtp'
import type { HmpSession, OpenStream } from '@openhmp/protocol/session'
import type { ViewTarget } from './messages.ts'
import type { Profile } from './status.ts'

/** The session while it is open (link.ts). */
export interface StreamSource {
  readonly session: HmpSession | undefined
}

export interface StreamEvents {
  readonly signal: AbortSignal
  onSdp(sdp: string): void
  onUnit(unit: MediaUnit): void
  onEnd(reason: { code?: string | undefined; text?: string | undefined }): void
}

/** An open that is not answered in this time has failed. */
const OPEN_TIMEOUT_MS = 15_000

const open = async (
  source: StreamSource,
  target: ViewTarget,
  profile: Profile,
  media: 'video' | 'audio',
  events: StreamEvents,
): Promise<OpenStream> => {
  const { session } = source
  if (!session) throw new HmpError('session.closed', 'no session')
  const signal = AbortSignal.any([events.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)])
  const stream = await session.openStream(
    { device: target.device, channel: target.channel, profile, kind: 'live', media: [media] },
    { signal, onSdp: events.onSdp, onUnit: events.onUnit, onEnd: events.onEnd },
  )
  events.onSdp(stream.sdp)
  return stream
}

export const openVideo = (source: StreamSource, target: ViewTarget, profile: Profile, events: StreamEvents) =>
  open(source, target, profile, 'video', events)

export const openSound = (source: StreamSource, target: ViewTarget, profile: Profile, events: StreamEvents) =>
  open(source, target, profile, 'audio', events)

/** Code and words of a failed open, as far as there are any. */
export const refusalOf = (error: unknown): { code?: string; text?: string } => {
  if (error instanceof HmpError) return { code: error.code, text: error.message }
  return error instanceof Error ? { text: error.message } : {}
}
