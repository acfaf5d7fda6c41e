// SPDX-License-Identifier: Apache-2.0
/**
 * The picture that goes with an event over HMP, and the content that carries both: hmp.md §10. As on cameras, the picture is of the
 * moment when it began; repeats go without.
 */
import { randomUUID } from 'node:crypto'
import { type Clock, utf8 } from '@openhmp/protocol/base'
import { type DeviceEvent, type EventContent, formatEventContent } from '@openhmp/protocol/event'
import { MAX_CONTROL_MESSAGE_BYTES } from '@openhmp/protocol/hmp'
import type { Channel } from '../isapi/core.ts'

/** Longest picture that is sent with an event: a message holds it with the alert and all fields. */
export const MAX_EVENT_PICTURE_BYTES = MAX_CONTROL_MESSAGE_BYTES - 64 * 1024
/** Firmware repeats what goes on about once a second; what is silent for longer begins anew. */
const REPEAT_MS = 5000

/** Of one device. Remembers what goes on, by channel and type: as many as the device has of both. */
export class EventPictures {
  readonly #channels: readonly Channel[]
  readonly #clock: Clock
  readonly #lastMs = new Map<string, number>()

  constructor(channels: readonly Channel[], clock: Clock) {
    this.#channels = channels
    this.#clock = clock
  }

  /** The picture that this event brings: a view, shared. None for an end, a repeat, a camera that is away or blind. */
  of(event: DeviceEvent, channel: number | undefined): Uint8Array | undefined {
    if (channel === undefined) return undefined
    const key = `${channel}/${event.type}`
    const lastMs = this.#lastMs.get(key)
    if (event.state === 'inactive') {
      this.#lastMs.delete(key)
      return undefined
    }
    const nowMs = this.#clock.monotonic()
    this.#lastMs.set(key, nowMs)
    if (lastMs !== undefined && nowMs - lastMs < REPEAT_MS) return undefined
    const source = this.#channels.find((one) => one.channel === channel)
    if (!source || source.source?.isOnline === false || event.type === 'videoloss') return undefined
    const jpeg = source.camera.picture()?.jpeg
    return jpeg && jpeg.length <= MAX_EVENT_PICTURE_BYTES ? jpeg : undefined
  }
}

/** The alert alone, or as the first part of two. */
export const contentOf = (xml: string, picture: Uint8Array | undefined): EventContent =>
  formatEventContent(utf8(xml), picture ? [picture] : [], randomUUID())
