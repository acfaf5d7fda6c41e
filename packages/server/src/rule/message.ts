// SPDX-License-Identifier: Apache-2.0
/** What a target is sent, whatever way; and what ways have in common. */
import type { Event, Moment } from '@openhmp/contract'

/** One event that is told. */
export interface Told {
  readonly moment: Moment
  /** As it was at that moment. */
  readonly event: Event
}

/** One message. */
export interface Message {
  /** The same at every attempt: by it a receiver drops repeats. */
  readonly id: string
  readonly attempt: number
  readonly rule: { readonly id: string; readonly name: string }
  /** Oldest first; none in a test. */
  readonly told: readonly Told[]
  /** As it was written by an earlier version of this server. */
  readonly body?: string
}

/** Most events that are written out in one message; the others are counted. */
export const MAX_WRITTEN_OUT = 100

/** One way to reach a target. Disposed when the target is changed or removed, or the server ends. */
export interface Sender extends AsyncDisposable {
  /** Once: connects, where a connection is kept. */
  begin?(): void
  /** Resolves once it is taken; rejects with words for people. */
  send(message: Message, signal: AbortSignal): Promise<void>
  /** The target is removed for good: nothing of ours stays there. */
  clear?(): Promise<void>
}

/** It will never be told, and that is no fault: the row ends with this text. */
export class Dropped extends Error {}

/** What is shown and read aloud of an event's place. */
export const cameraOf = ({ deviceName, channelName }: Event): string =>
  channelName === null || channelName === deviceName ? deviceName : `${deviceName}, ${channelName}`
