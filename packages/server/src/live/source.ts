// SPDX-License-Identifier: Apache-2.0
/** What the hub needs of a place that pictures come from. RTSP and HMP each have one. */
import type { MediaUnit } from '@openhmp/protocol/rtp'

/** Names one stream of the fleet. */
export interface StreamKey {
  readonly device: string
  readonly channel: number
  readonly profile: 'main' | 'sub'
}

/** How a stream is: on its way, showing pictures, or without a picture and why. A source goes on trying by itself. */
export type LiveState =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'lost'; readonly code: string; readonly text: string }

/** Where a source puts what it gets. Called synchronously, never after `stop` has resolved. */
export interface SourceSink {
  /**
   * The description in force from the next unit on; the next video unit is a key. `uncarried` names what the camera
   * offers beside it in codecs that are not ours: `video in VP8`.
   */
  onDescription(sdp: string, uncarried?: string): void
  onUnit(unit: MediaUnit): void
  onState(state: LiveState): void
}

/** A running upstream. */
export interface LiveSource {
  /** Asks the camera for a key picture, where it can be asked. */
  requestKey?(): void
  /** Ends a wait before the next try: there is reason to believe that the camera is back. */
  nudge?(): void
  stop(): Promise<void>
}

/** Starts the upstream of a stream. Throws `Refusal` when there is no such stream. */
export type OpenSource = (key: StreamKey, sink: SourceSink) => LiveSource
