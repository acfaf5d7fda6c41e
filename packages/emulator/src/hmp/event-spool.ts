// SPDX-License-Identifier: Apache-2.0
/**
 * Events on their way to the CMS: kept until the CMS has them for good, sent in order, at most 64 without answer, sent again after a
 * new login. hmp.md §10. In memory: an emulated device has no disk.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '@openhmp/protocol/base'
import { MAX_UNANSWERED_EVENTS } from '@openhmp/protocol/hmp'
import type { HmpSession } from '@openhmp/protocol/session'
import { contentOf } from './event-picture.ts'

/** Events that are kept; then the oldest goes. */
export const MAX_SPOOLED_EVENTS = 2000
/** After an answer that means "not now". */
const RETRY_MS = 1000

interface Spooled {
  readonly id: number
  readonly xml: string
  readonly channel: number | undefined
  /** A view of a clip that is held anyway: it costs the spool nothing. */
  readonly picture: Uint8Array | undefined
  isInFlight: boolean
}

export class EventSpool {
  readonly #uuid = randomUUID()
  /** Whose events they are; may be left out while that is not known. */
  device: string | undefined
  readonly #clock: Clock
  #events: Spooled[] = []
  #nextId = 1
  #session: { readonly session: HmpSession; readonly signal: AbortSignal } | undefined
  #inFlight = 0
  #isPaused = false
  /** Given up to make room. */
  lost = 0
  /** Refused for good by the CMS. */
  dead = 0

  constructor(device: string | undefined, clock: Clock) {
    this.device = device
    this.#clock = clock
  }

  get length(): number {
    return this.#events.length
  }

  add(xml: string, channel: number | undefined, picture?: Uint8Array): void {
    if (this.#events.length >= MAX_SPOOLED_EVENTS) {
      this.#events.shift()
      this.lost++
    }
    this.#events.push({ id: this.#nextId++, xml, channel, picture, isInFlight: false })
    this.#pump()
  }

  /** A new session: all that was not answered goes again, oldest first. */
  attach(session: HmpSession, signal: AbortSignal): void {
    this.#session = { session, signal }
    this.#inFlight = 0
    this.#isPaused = false
    for (const event of this.#events) event.isInFlight = false
    this.#pump()
  }

  #pump(): void {
    const current = this.#session
    if (!current || current.signal.aborted || this.#isPaused) return
    for (const event of this.#events) {
      if (this.#inFlight >= MAX_UNANSWERED_EVENTS) return
      if (event.isInFlight) continue
      event.isInFlight = true
      this.#inFlight++
      void this.#send(event, current)
    }
  }

  async #send(event: Spooled, { session, signal }: { session: HmpSession; signal: AbortSignal }): Promise<void> {
    let status = 0
    try {
      const { contentType, body } = contentOf(event.xml, event.picture)
      const request = {
        method: 'POST',
        target: '/HMP/events',
        type: 'event' as const,
        ...(this.device === undefined ? {} : { device: this.device }),
        ...(event.channel === undefined ? {} : { channel: event.channel }),
        headers: { 'HMP-Spool': this.#uuid, 'HMP-Event-Id': String(event.id), 'Content-Type': contentType },
        body,
      }
      status = (await session.request(request, { signal })).status
    } catch {
      // no answer: the event stays, and goes again
    }
    if (this.#session?.session !== session) return
    this.#inFlight--
    event.isInFlight = false
    const isRefused = status >= 400 && status < 500 && ![408, 429, 499].includes(status)
    if (isRefused) this.dead++
    if (isRefused || (status >= 200 && status < 300)) this.#events = this.#events.filter((other) => other !== event)
    else if (!this.#isPaused && !signal.aborted) void this.#pause(signal)
    this.#pump()
  }

  async #pause(signal: AbortSignal): Promise<void> {
    this.#isPaused = true
    await this.#clock.sleep(RETRY_MS, { signal }).catch(() => {}) // the session ended: `attach` begins anew
    if (signal.aborted) return
    this.#isPaused = false
    this.#pump()
  }
}
