// SPDX-License-Identifier: Apache-2.0
/**
 * Events that devices send by themselves, to the address that was written into their `httpHosts`. Who sends is known by
 * the token in that address alone: what a body says of addresses is not believed. The answer is always a quick 200, since
 * there are devices that repeat what was refused for ever; what could not be taken is counted.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HmpError, Refusal } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { readEventContent } from './read-content.ts'

/** The largest body: an alert and a few pictures. */
export const MAX_PUSH_BYTES = 8 * 1024 * 1024
/** Bodies that are being read together, of all devices. */
export const MAX_PUSHES = 64
const READ_MS = 10_000
const PATH = /^\/push\/([0-9a-f-]{36})\/([\w-]{43})$/

interface Parts {
  /** Makes the tokens; the same for ever. */
  readonly key: string
  /** Resolves once the event is stored; rejects with `Refusal` for a device that is not ours. */
  take(device: string, event: DeviceEvent, pictures: readonly Uint8Array[]): Promise<void>
  onError(error: unknown): void
}

/** Takes pushes, wherever they come in; owns the plain listener, where there is one. */
export class Push implements AsyncDisposable {
  readonly #parts: Parts
  readonly #plain: Server
  #reading = 0
  /** Requests whose events are stored, and those of whom nothing could be taken. */
  readonly counters = { taken: 0, refused: 0 }

  constructor(parts: Parts) {
    this.#parts = parts
    this.#plain = createServer({ headersTimeout: READ_MS, requestTimeout: READ_MS }, (request, response) => {
      if (isPush(request)) this.answer(request, response)
      else {
        response.writeHead(404, { connection: 'close' }).end()
        request.destroy()
      }
    })
    this.#plain.maxConnections = 2000
  }

  /** Where a device is to send its events: the path, with what tells it apart. */
  pathOf(device: string): string {
    return `/push/${device}/${this.#token(device)}`
  }

  /** Port of the plain listener; 0 while there is none. */
  get port(): number {
    return (this.#plain.address() as AddressInfo | null)?.port ?? 0
  }

  /** Listens without TLS: many devices can send to nothing else. Rejects with `Refusal` `port.taken`. */
  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#plain.once('error', (cause) =>
        reject(new Refusal('conflict', 'port.taken', `cannot listen for pushed events on port ${port}`, { cause })),
      )
      this.#plain.listen(port, host, resolve)
    })
  }

  /** Answers a request to `pathOf`. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const end = (isTaken: boolean) => {
      this.counters[isTaken ? 'taken' : 'refused']++
      response.writeHead(200, { 'content-length': 0, ...(isTaken ? {} : { connection: 'close' }) }).end()
      request.resume() // what nobody reads is let pass, for as long as a request may take
    }
    void this.#take(request).then(end, (error: unknown) => {
      this.#parts.onError(error)
      end(false)
    })
  }

  /** False for what nothing was taken of. */
  async #take(request: IncomingMessage): Promise<boolean> {
    const device = this.#sender(request.url ?? '')
    if (device === undefined || this.#reading >= MAX_PUSHES) return false
    this.#reading++
    try {
      const body = await readBody(request)
      const { events, pictures } = readEventContent(request.headers['content-type'] ?? '', body)
      for (const [i, event] of events.entries()) await this.#parts.take(device, event, i === 0 ? pictures : [])
      return events.length > 0
    } catch (error) {
      // The device's fault, or its link's.
      if (error instanceof HmpError || request.errored || request.destroyed) return false
      throw error
    } finally {
      this.#reading--
    }
  }

  #sender(url: string): string | undefined {
    const [, device = '', token = ''] = PATH.exec(url.split('?')[0]!) ?? []
    const right = Buffer.from(this.#token(device))
    const given = Buffer.from(token)
    return device !== '' && right.length === given.length && timingSafeEqual(right, given) ? device : undefined
  }

  #token(device: string): string {
    return createHmac('sha256', this.#parts.key).update(`push ${device}`).digest('base64url')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#plain.listening) return
    this.#plain.closeAllConnections()
    await new Promise((resolve) => this.#plain.close(resolve))
  }
}

/** True for a request that `Push.answer` should have. */
export const isPush = ({ method, url = '' }: IncomingMessage): boolean => method === 'POST' && url.startsWith('/push/')

const readBody = async (request: IncomingMessage): Promise<Uint8Array> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_PUSH_BYTES) throw new Refusal('invalid', 'event.size', `a push of more than ${MAX_PUSH_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
