// SPDX-License-Identifier: Apache-2.0
/** Parts of an alert stream to alerts, each with the pictures that follow it. No I/O, no clock. */
import { HmpError } from '@openhmp/protocol/base'
import { type DeviceEvent, parseAlerts } from '@openhmp/protocol/event'
import { MultipartSplitter, type Part } from '@openhmp/protocol/multipart'

/** Pictures that one alert may have; more are left out. */
export const MAX_PICTURES = 8
/** Bytes of pictures that one alert may have. */
export const MAX_PICTURE_BYTES = 16 * 1024 * 1024

/** `source`: the alert as the device wrote it; absent for those that came glued together. */
type OnAlert = (event: DeviceEvent, pictures: readonly Uint8Array[], source: Uint8Array | undefined) => void

/** Reads one connection. */
export class AlertReader {
  readonly #splitter: MultipartSplitter
  readonly #onAlert: OnAlert
  #waiting: { event: DeviceEvent; source: Uint8Array | undefined; pictures: Uint8Array[]; bytes: number } | undefined
  discarded = 0
  pictures = 0
  parts = 0

  constructor(contentType: string | undefined, onAlert: OnAlert) {
    this.#splitter = new MultipartSplitter(contentType?.includes('/') ? contentType : 'boundary')
    this.#onAlert = onAlert
  }

  /** The device has ended the stream properly. */
  get isOver(): boolean {
    return this.#splitter.isOver
  }

  /** An alert waits for its pictures: `flush` it when they are too long in coming. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined
  }

  /** Throws `WireError` `multipart.*`; the stream cannot be read on then. */
  push(chunk: Uint8Array): void {
    for (const part of this.#splitter.push(chunk)) this.#take(part)
  }

  /** The body has ended. */
  end(): void {
    const part = this.#splitter.end()
    if (part) this.#take(part)
    this.flush()
  }

  /** Gives out an alert without the pictures that have not come. */
  flush(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) this.#onAlert(waiting.event, waiting.pictures, waiting.source)
  }

  #take({ headers, body }: Part): void {
    this.parts++
    // The first bytes decide: some devices name every part XML.
    if ((body[0] === 0xff && body[1] === 0xd8) || /^image\//i.test(headers.get('content-type') ?? '')) {
      this.#takePicture(body)
      return
    }
    this.flush()
    let events: DeviceEvent[] = []
    try {
      events = parseAlerts(body)
    } catch (error) {
      if (!(error instanceof HmpError)) throw error // one part that cannot be read costs one part
    }
    if (events.length === 0) this.discarded++
    const source = events.length === 1 ? body : undefined
    for (const [i, event] of events.entries()) {
      // Of alerts that are glued together, only the last can have pictures behind it.
      if (event.pictures > 0 && i === events.length - 1) this.#waiting = { event, source, pictures: [], bytes: 0 }
      else this.#onAlert(event, [], source)
    }
  }

  #takePicture(body: Uint8Array): void {
    const waiting = this.#waiting
    if (!waiting || waiting.pictures.length >= MAX_PICTURES || waiting.bytes + body.length > MAX_PICTURE_BYTES) {
      this.discarded++
      return
    }
    this.pictures++
    waiting.pictures.push(body)
    waiting.bytes += body.length
    if (waiting.pictures.length >= Math.min(waiting.event.pictures, MAX_PICTURES)) this.flush()
  }
}
