// SPDX-License-Identifier: Apache-2.0
/** What the rest of the server can do with a device, however it is reached. One kind of gear for each way: ISAPI, RTSP, HMP. */
import type { IsapiDoor } from '@openhmp/client'
import type { DeviceInformation, DeviceState } from '@openhmp/contract'
import type { DeviceEvent } from '@openhmp/protocol/event'
import type { LiveSource, SourceSink } from '../live/source.ts'
import type { DeviceOptions } from './device-row.ts'

/** How a device is, without the time. */
export type Condition = Pick<DeviceState, 'state' | 'cause'>

/** Where a gear tells what it learns. Never called after `run` has ended. */
export interface GearSink {
  onCondition(condition: Condition): void
  onInformation(information: DeviceInformation): void
  /** Resolves once it is stored, or given up. */
  onEvent(event: DeviceEvent, pictures: readonly Uint8Array[]): Promise<void>
  /** What goes on at the device is not known any more. */
  onEventsLost(): void
  /**
   * Whether events of a device that does not keep them are heard: true, or since how many milliseconds not, and why.
   * Never told by devices that keep what they could not tell.
   */
  onHearing(hearing: true | { readonly silentMs: number; readonly cause: { code: string; text: string } }): void
}

/** A device's gear. */
export interface Gear extends AsyncDisposable {
  /** Supervises the device until the signal aborts; rejects with nothing. */
  run(sink: GearSink, signal: AbortSignal): Promise<void>
  /** Asks the device what it is. */
  inform(signal: AbortSignal): Promise<DeviceInformation>
  /** Tries again now what it waits to try. */
  nudge(): void
  /** Starts the upstream of a stream. Throws `Refusal` `channel.unknown`. */
  openSource(channel: number, profile: 'main' | 'sub', sink: SourceSink): LiveSource
  /** A JPEG of now. */
  picture(channel: number, signal: AbortSignal): Promise<Uint8Array>
  /** What is to be kept of what it found out about reaching the device. */
  readonly learned: DeviceOptions
  /** The device's own documents and orders; absent where it has none. */
  readonly door?: IsapiDoor | undefined
  /** Absent where it cannot be rebooted from here. */
  reboot?(key: string, signal: AbortSignal): Promise<void>
  /** Seconds since its start; undefined when it does not tell. */
  uptime(signal: AbortSignal): Promise<number | undefined>
}
