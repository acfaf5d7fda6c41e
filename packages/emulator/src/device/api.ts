// SPDX-License-Identifier: Apache-2.0
/**
 * What the carriers (HTTP, RTSP, HMP) see of an emulated device. Shapes only: each carrier is a thin shell around one
 * `DeviceFace`, and knows nothing of the others.
 */
import type { DeviceEvent } from '@openhmp/protocol/event'
import type { LiveStream } from '../media/live.ts'
import type { Faults } from './fault.ts'
import type { Seats } from './seats.ts'

/** An ISAPI request, whoever carried it. */
export interface DeviceRequest {
  readonly method: string
  /** Path and query, exactly as sent. */
  readonly target: string
  /** Media type of the body, if there is one. */
  readonly contentType?: string | undefined
  readonly body: Uint8Array
  /** Who asks, already checked by the carrier (digest, a cookie, or the HMP session). */
  readonly user: string
  /** The web session that let the request in, where it was one. */
  readonly session?: string | undefined
}

/** The answer. */
export interface DeviceResponse {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What the outside may know of a device without asking it. */
export interface DeviceIdentity {
  /** Number within the emulator, from 0: cameras first, then recorders. */
  readonly index: number
  readonly kind: 'camera' | 'recorder'
  readonly name: string
  readonly model: string
  readonly serialNumber: string
  readonly macAddress: string
  readonly firmwareVersion: string
  /** Realm of the login over HTTP and RTSP. */
  readonly realm: string
}

/** Running, or down: rebooting or cut off by a fault. A device that is down has no connection and takes none. */
export type Power = 'up' | 'down'

/** One emulated device, as its carriers use it. */
export interface DeviceFace {
  readonly identity: DeviceIdentity
  readonly faults: Faults
  readonly power: Power
  /** Tells each change of `power`. Carriers drop every connection when it goes down, and listen again when it is up. */
  onPower(listener: (power: Power) => void): Disposable
  /** Password of an account that may log in now; undefined for unknown and locked ones. */
  passwordOf(user: string): string | undefined
  /** Tells the account lock how a login went. `reason` as `DigestVerifier` gives it. */
  loginResult(user: string | undefined, ok: boolean): void
  /** Room for sessions over RTSP. */
  readonly rtspSeats: Seats
  /** Stream by ISAPI id: channel * 100 + 1 (main) or + 2 (sub); what more the firmware has shows the sub stream. */
  stream(streamId: number): LiveStream | undefined
  /** Main and sub stream of each channel, ascending. */
  readonly streamIds: readonly number[]
  /** Name of a channel, for session descriptions. */
  channelName(channel: number): string
  /** Answers any ISAPI request but the alert stream. */
  handle(request: DeviceRequest): Promise<DeviceResponse>
  /**
   * Events as they happen, in the form and cadence of the device's firmware: repeats each second while active, heartbeats
   * on an idle line. `xml` is what an alert stream would carry. Dispose to end.
   */
  watchEvents(onEvent: (event: DeviceEvent, xml: string) => void): Disposable
}
