// SPDX-License-Identifier: Apache-2.0
/** An event as a device tells it, in one form whatever way it came: ISAPI's `EventNotificationAlert` in XML or JSON. */
import type { EventKind } from './kind.ts'

/** A rectangle or point in shares of the picture, 0..1, origin at the top left. */
export interface EventTarget {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** `human`, `vehicle`, as the device says. */
  readonly type?: string
}

/** A region or line of the device's own, in shares of the picture from the top left. */
export interface EventRegion {
  readonly id?: number
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** What a device says of a face. */
export interface EventFace {
  /** Whom it takes it for. */
  readonly name?: string
  /** How sure it is, 0..1. */
  readonly similarity?: number
  /** A number of years or a word, as the device says. */
  readonly age?: string
  readonly gender?: string
}

export interface DeviceEvent {
  readonly kind: EventKind
  /** The device's own word. */
  readonly type: string
  readonly state: 'active' | 'inactive'
  /** A sign of life, not an event. */
  readonly isHeartbeat: boolean
  /** Channel as the device gave it: recorders count IP channels from 33 in alerts (`channelOfAlert` maps). Absent: the whole device. */
  readonly channel?: number
  /** Number of the alarm input. */
  readonly input?: number
  /** The device's own time, as written. Its clock may be anywhere. */
  readonly time?: string
  /** The same in milliseconds since 1970, when it can be read. */
  readonly timeMs?: number
  /** It is written without a zone: `timeMs` takes it for UTC, which it hardly is. */
  readonly isTimeLocal?: true
  readonly description?: string
  readonly channelName?: string
  readonly macAddress?: string
  /** `activePostCount`: scope and meaning differ by model, never a key. */
  readonly count?: number
  /** What moved, where the device knows. */
  readonly targets: readonly EventTarget[]
  /** Number of the region or line that was entered. */
  readonly region?: number
  /** All regions that are named, with their outlines. */
  readonly regions?: readonly EventRegion[]
  readonly licensePlate?: string
  /** In degrees Celsius. */
  readonly temperature?: number
  readonly face?: EventFace
  /** Pictures that follow in the same stream. */
  readonly pictures: number
  /** The device told nothing: its alarm inputs were looked at. */
  readonly isAsked?: true
  /** Sent again after an outage: it did not happen now. */
  readonly isRetransmission: boolean
}
