// SPDX-License-Identifier: Apache-2.0
/** The events and pictures of one request, HMP's or a push: a document, JSON, or several parts (multipart/mixed, form-data). */
import { Refusal } from '@openhmp/protocol/base'
import { type DeviceEvent, parseAlerts } from '@openhmp/protocol/event'
import { MultipartSplitter } from '@openhmp/protocol/multipart'

/** Events of one request; a device sends one, sometimes a few glued together. */
export const MAX_EVENTS_A_REQUEST = 16
/** Pictures of one request that are looked at. */
const MAX_PICTURES = 16

/** What a request brought. */
export interface EventContent {
  readonly events: readonly DeviceEvent[]
  /** JPEG. */
  readonly pictures: readonly Uint8Array[]
}

const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8

/**
 * Reads it. Throws `WireError` for what is no alert, `Refusal` `event.many`.
 *
 * Tolerates: parts in any order, without a type, or with a wrong one: what a part is shows in its first bytes.
 */
export const readEventContent = (contentType: string, body: Uint8Array): EventContent => {
  if (!/^\s*multipart\//i.test(contentType)) return { events: limited(parseAlerts(body)), pictures: [] }
  const splitter = new MultipartSplitter(contentType)
  const parts = splitter.push(body)
  const last = splitter.isOver ? undefined : splitter.end()
  if (last) parts.push(last)
  const pictures: Uint8Array[] = []
  const events: DeviceEvent[] = []
  for (const { headers, body: content } of parts) {
    if (isJpeg(content)) {
      if (pictures.length < MAX_PICTURES) pictures.push(content.slice())
    } else if (content.length > 0 && !/^(image|video|audio)\//i.test(headers.get('Content-Type') ?? ''))
      events.push(...parseAlerts(content))
  }
  return { events: limited(events), pictures }
}

const limited = (events: DeviceEvent[]): DeviceEvent[] => {
  if (events.length <= MAX_EVENTS_A_REQUEST) return events
  throw new Refusal('invalid', 'event.many', `more than ${MAX_EVENTS_A_REQUEST} events in one request`)
}
