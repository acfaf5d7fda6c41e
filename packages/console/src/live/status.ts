// SPDX-License-Identifier: Apache-2.0
/** What a tile may know of its picture, and what the engine counts: plain data that crosses from the worker to the page. */
import type { CodecName } from '@openhmp/protocol/rtp'

export type Profile = 'main' | 'sub'

/** Why there is no moving picture. The texts stand in the catalogue under `live`. */
export type Why = 'socketLost' | 'noUnits' | 'damaged' | 'ended' | 'refused' | 'decoder'

/**
 *   connecting --first picture--> live --no units--> stalled --picture--> live
 *   any --stream refused or ended--> noSignal --(back-off)--> live      any --codec refused--> unsupported
 */
type Phase = 'connecting' | 'live' | 'stalled' | 'noSignal' | 'unsupported'

export interface ViewStatus {
  readonly phase: Phase
  readonly why?: Why | undefined
  /** The server's own words, when it gave any. */
  readonly code?: string | undefined
  readonly text?: string | undefined
  readonly codec?: CodecName | undefined
  readonly profile: Profile
  /** This codec was wanted and the browser refused it: another stream is shown in its place. */
  readonly replaced?: CodecName | undefined
  readonly hasPicture: boolean
  /** Milliseconds since 1970; set while the picture does not move. */
  readonly lastPictureAt?: number | undefined
  readonly isSounding: boolean
}

/** How the pictures reach the screen. */
export type Transport = 'webcodecs' | 'mse' | 'image' | 'none'

/** Counters of one view. They only grow; `window.openhmp.live()` gives them to tests and to the curious. */
export interface ViewCounters {
  readonly device: string
  readonly channel: number
  readonly phase: Phase
  readonly profile: Profile
  readonly codec: string
  readonly transport: Transport
  readonly width: number
  readonly height: number
  readonly unitsReceived: number
  readonly bytesReceived: number
  readonly framesDecoded: number
  readonly framesPainted: number
  readonly framesDropped: number
  /** From the unit's arrival to its picture, the latest. */
  readonly decodeMs: number
  readonly audioSamples: number
  readonly audioPeak: number
}

export const firstStatus: ViewStatus = { phase: 'connecting', profile: 'main', hasPicture: false, isSounding: false }
