// SPDX-License-Identifier: Apache-2.0
/** What `openAlertStream` is told, and how its link stands. */
import type { Clock } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'

/** How the stream stands. `lost` says why, since when nothing was heard, and in how long it is tried again. */
export type AlertStreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'lost'; readonly cause: Error; readonly silentMs: number; readonly retryInMs: number }

/** Who is told, and by which time. Callbacks run one after the other; they must not wait. */
export interface AlertStreamOptions {
  readonly clock: Clock
  /** Ends the stream, as disposing it does. */
  readonly signal?: AbortSignal
  /**
   * Each alert as it comes, repeats included (devices repeat an alert every second while it lasts), heartbeats left out.
   * The end that a device does not tell comes too, once, when its repeats have stopped: `isInferred` is true then.
   * `source` is the alert as the device wrote it, where it came alone in its part.
   */
  onEvent(event: DeviceEvent, pictures: readonly Uint8Array[], isInferred: boolean, source?: Uint8Array): void
  onState?(state: AlertStreamState): void
  /** The stream was lost: of these, which were active, nobody knows how they are now. */
  onUnknown?(events: readonly DeviceEvent[]): void
  /** 0 up to 1, for the jitter of retries; default `Math.random`. */
  readonly random?: () => number
}

/** A stream that keeps itself open until disposed. */
export interface AlertStream extends AsyncDisposable {
  readonly state: AlertStreamState
  readonly stats: AlertStreamStats
  /** Tries again now what it waits to try. */
  nudge(): void
}

/** Counted since the stream was opened. */
export interface AlertStreamStats {
  /** Connections that were answered with a stream. */
  readonly connections: number
  readonly alerts: number
  readonly heartbeats: number
  readonly pictures: number
  /** Parts that were neither alert nor picture, and pictures without an alert. */
  readonly discarded: number
}
