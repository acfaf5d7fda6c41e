// SPDX-License-Identifier: Apache-2.0
/** What devices ask of the CMS over HMP: to take their events, to renew their certificate (docs/protocol/hmp.md §10, §12.4). All else is not here. */
import { HmpError, Refusal } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { type HttpResponseInit, jsonResponse, readJsonObject } from '@openhmp/protocol/http'
import type { IncomingRequest } from '@openhmp/protocol/session'
import { readEventContent } from '../event/read-content.ts'

const SPOOL = /^[0-9a-fA-F-]{36}$/
/** An agent's word that a device came or went: of now, and nothing to keep. hmp.md §11. */
const DEVICE_STATE = 'deviceState'
const EVENT_ID = /^\d{1,20}$/

/** Takes an event; resolves once it is stored for good. */
export type TakeEvent = (
  device: string,
  event: DeviceEvent,
  pictures: readonly Uint8Array[],
  arrival: string,
) => Promise<void>

/** Gives the next certificate to who came in by one (SHA-256). Throws `Refusal`. */
export type Renew = (certificate: string | undefined, request: string) => Promise<object>

/** What is known of whose session it is. */
export interface SenderFacts {
  /** How an agent's devices are found; undefined for who is one device. */
  readonly behind?: ((device: string) => string | undefined) | undefined
  /** SHA-256 of the certificate that the session came in by. */
  readonly certificate?: string | undefined
}

/** A certification request in base64: docs/protocol/hmp.md §12.2. */
const MAX_REQUEST_CHARACTERS = 4096
const statuses: Partial<Record<Refusal['kind'], number>> = { invalid: 400, forbidden: 403, conflict: 409 }

const refuse = (status: number, code: string, text: string, retry: 'never' | 'later' = 'never'): HttpResponseInit => ({
  status,
  headers: [['Content-Type', 'application/json']],
  body: new TextEncoder().encode(JSON.stringify({ code, text, retry })),
})

/** Answers the requests of devices. */
export class DeviceRequests {
  readonly #take: TakeEvent
  readonly #renew: Renew
  readonly #changed: (device: string) => void
  readonly #onError: (error: unknown) => void

  constructor(options: {
    take: TakeEvent
    renew: Renew
    /** A device behind an agent came or went: its state is to be asked. */
    changed(device: string): void
    onError(error: unknown): void
  }) {
    this.#take = options.take
    this.#renew = options.renew
    this.#changed = options.changed
    this.#onError = options.onError
  }

  /** `sender` is the device whose session it is, or the agent. */
  async answer(
    sender: string,
    request: IncomingRequest,
    { behind, certificate }: SenderFacts = {},
  ): Promise<HttpResponseInit> {
    const { method, target, headers } = request
    if (method === 'POST' && target === '/HMP/renewal') return this.#renewed(request, certificate)
    if (method !== 'POST' || target !== '/HMP/events')
      return refuse(404, 'resource.unknown', `nothing at ${method} ${target.slice(0, 100)}`)
    if (behind && request.device === undefined) return refuse(400, 'device.missing', 'HMP-Device says of which device')
    const device = behind ? behind(request.device ?? '') : sender
    if (device === undefined)
      return refuse(404, 'device.unknown', `${(request.device ?? '').slice(0, 100)} was not added here`)
    const spool = headers.get('HMP-Spool') ?? ''
    const id = headers.get('HMP-Event-Id') ?? ''
    const isKeyed = SPOOL.test(spool) && EVENT_ID.test(id)
    if (!isKeyed && !behind) return refuse(400, 'event.key', 'HMP-Spool is no UUID, or HMP-Event-Id no number')
    let events: readonly DeviceEvent[]
    let pictures: readonly Uint8Array[]
    try {
      ;({ events, pictures } = readEventContent(request.headers.get('Content-Type') ?? '', request.body))
    } catch (error) {
      if (error instanceof HmpError) return refuse(400, error.code, error.message)
      throw error
    }
    if (behind && events.length > 0 && events.every(({ type }) => type === DEVICE_STATE)) {
      this.#changed(device)
      return { status: 204 }
    }
    if (!isKeyed) return refuse(400, 'event.key', 'HMP-Spool is no UUID, or HMP-Event-Id no number')
    try {
      const { channel } = request
      for (const [i, event] of events.entries())
        await this.#take(
          device,
          channel === undefined ? event : { ...event, channel },
          i === 0 ? pictures : [],
          `${device}|${spool.toLowerCase()}|${id}|${i}`,
        )
      return { status: 204 }
    } catch (error) {
      if (!(error instanceof Refusal)) this.#onError(error)
      const text = error instanceof Refusal ? error.message : 'the event could not be stored'
      return refuse(503, 'event.not-stored', text, 'later')
    }
  }

  async #renewed(request: IncomingRequest, certificate: string | undefined): Promise<HttpResponseInit> {
    try {
      const { request: wanted } = readJsonObject(request)
      if (typeof wanted !== 'string' || wanted.length > MAX_REQUEST_CHARACTERS)
        return refuse(400, 'join.request', 'this is no certification request (PKCS #10)')
      return jsonResponse(200, await this.#renew(certificate, wanted))
    } catch (error) {
      if (!(error instanceof HmpError)) throw error
      const status = error instanceof Refusal ? (statuses[error.kind] ?? 503) : 400
      return refuse(status, error.code, error.message, status === 503 ? 'later' : 'never')
    }
  }
}
