// SPDX-License-Identifier: Apache-2.0
/**
 * One viewer's session: opens, changes and closes streams of the hub on request (docs/protocol/hmp.md §9 and §11). What a
 * viewer may see is asked for each camera, at each opening and again at every sweep.
 */
import { HmpError, Refusal } from '@openhmp/protocol/base'
import type { HttpResponseInit } from '@openhmp/protocol/http'
import type { HmpSession, IncomingRequest } from '@openhmp/protocol/session'
import type { Viewed, Viewing } from '../audit/viewings.ts'
import type { Hub } from './hub.ts'
import { ViewerStream } from './viewer-stream.ts'

/** What a viewer is shown of a device by `GET /HMP/devices`. */
export interface ViewedDevice {
  readonly id: string
  readonly name: string
  readonly state: 'online' | 'offline' | 'refused'
  readonly channels: readonly { readonly id: number; readonly name: string }[]
}

/** What a viewer's requests need of the CMS. */
export interface ViewerDoors {
  readonly hub: Hub
  /** Whether this viewer may see a camera now. Rejects with `Refusal` when there is no such camera. */
  mayWatch(device: string, channel: number): boolean
  /** Whether this viewer may hear what it hears. */
  mayListen(device: string, channel: number): boolean
  /** Puts on record that this viewer watches now. Throws `Refusal` when too many do. */
  begin(camera: { device: string; channel: number }, kinds: readonly Viewed[], stream: string): Viewing
  /** A camera was asked for that this viewer may not see. */
  refused(device: string, channel: number): void
  devices(): readonly ViewedDevice[]
}

/** Streams that one viewer may have open at a time; more is 503. */
export const MAX_VIEWER_STREAMS = 128

const json = (status: number, body: unknown): HttpResponseInit => ({
  status,
  headers: [['Content-Type', 'application/json']],
  body: new TextEncoder().encode(JSON.stringify(body)),
})
const refuse = (status: number, code: string, text: string, retry: 'never' | 'later' = 'never'): HttpResponseInit =>
  json(status, { code, text, retry })
const done: HttpResponseInit = { status: 204 }

/** Status of what will not get better by waiting; all else is 503. */
const refusals: Readonly<Record<string, number>> = {
  'media.none': 404,
  'rtsp.no-media': 404,
  'codec.unsupported': 415,
  'rtsp.codec': 415,
}

export class Viewer {
  readonly #session: () => HmpSession
  readonly #doors: ViewerDoors
  readonly #streams = new Map<number, ViewerStream>()

  /** `session` is asked for later: a session and its request handler are made in one breath. */
  constructor(session: () => HmpSession, doors: ViewerDoors) {
    this.#session = session
    this.#doors = doors
  }

  get streamCount(): number {
    return this.#streams.size
  }

  /** Answers one request of the viewer. Never rejects for what a viewer can do wrong. */
  async answer(request: IncomingRequest): Promise<HttpResponseInit> {
    const { method, target } = request
    if (method === 'GET' && target === '/HMP/devices') return json(200, { devices: this.#doors.devices() })
    if (method === 'POST' && target === '/HMP/streams') return this.#open(request)
    const match = /^\/HMP\/streams\/(\d{1,5})(\/key)?$/.exec(target)
    if (!match) return refuse(404, 'resource.unknown', `nothing at ${method} ${target.slice(0, 100)}`)
    const handle = Number(match[1])
    const stream = this.#streams.get(handle)
    if (!stream) return refuse(404, 'stream.unknown', `no stream ${handle} is open`)
    if (match[2] && method === 'POST') {
      stream.requestKey()
      return done
    }
    if (method === 'DELETE') {
      this.#streams.delete(handle)
      stream.end()
      return done
    }
    if (method === 'PATCH') return this.#change(stream, request)
    return refuse(404, 'resource.unknown', `nothing at ${method} ${target.slice(0, 100)}`)
  }

  /** Ends the streams that the viewer may not see any more. */
  recheck(): void {
    for (const [handle, stream] of this.#streams) {
      if (this.#may(stream.device, stream.channel)) continue
      this.#streams.delete(handle)
      stream.end()
      this.#session().endStream(handle, { code: 'forbidden', text: 'your rights on this camera changed' })
    }
  }

  /** The session is over. */
  close(): void {
    for (const stream of this.#streams.values()) stream.end()
    this.#streams.clear()
  }

  #may(device: string, channel: number): boolean {
    try {
      return this.#doors.mayWatch(device, channel)
    } catch {
      return false // removed in the meantime
    }
  }

  async #open(request: IncomingRequest): Promise<HttpResponseInit> {
    const wish = parse(request.body)
    const { device } = request
    if (device === undefined) return refuse(400, 'device.missing', 'HMP-Device names no device')
    const channel = wish?.['channel']
    if (!wish || typeof channel !== 'number') return refuse(400, 'stream.request', 'the body has no channel')
    if (wish['kind'] !== 'live') return refuse(400, 'stream.request', 'only live streams are there yet')
    const profile = wish['profile'] === 'sub' ? 'sub' : 'main'
    const wanted = Array.isArray(wish['media']) ? wish['media'] : ['video', 'audio']
    const isHeard = wanted.includes('audio') && this.#doors.mayListen(device, channel)
    const media = (['video', 'audio'] as const).filter((kind) => (kind === 'audio' ? isHeard : wanted.includes(kind)))
    if (this.#streams.size >= MAX_VIEWER_STREAMS)
      return refuse(503, 'busy', `${MAX_VIEWER_STREAMS} streams are open already`, 'later')
    try {
      if (!this.#doors.mayWatch(device, channel)) {
        this.#doors.refused(device, channel)
        return refuse(403, 'forbidden', 'you may not see this camera')
      }
      const session = this.#session()
      const stream = new ViewerStream({ session, hub: this.#doors.hub, key: { device, channel, profile }, media })
      const sdp = await stream.described(request.signal)
      if (sdp === undefined) {
        stream.end()
        const { code, text } = stream.lastLoss
        return refuse(refusals[code] ?? 503, code, text, code in refusals ? 'never' : 'later')
      }
      const kinds = media.map((kind) => (kind === 'video' ? 'live' : 'sound'))
      try {
        const viewing = this.#doors.begin({ device, channel }, kinds, profile)
        stream.onRecord(viewing)
        await viewing.begun
        request.signal.throwIfAborted()
      } catch (error) {
        stream.end()
        throw error
      }
      const handle = session.allocateHandle()
      this.#streams.set(handle, stream)
      stream.flow(handle)
      return json(201, { stream: handle, direction: 'send', sdp })
    } catch (error) {
      if (error instanceof Refusal)
        return refuse(error.kind === 'not-found' ? 404 : 503, error.code, error.message, 'later')
      throw error
    }
  }

  #change(stream: ViewerStream, request: IncomingRequest): HttpResponseInit {
    const change = parse(request.body)
    const profile = change?.['profile']
    if (profile !== 'main' && profile !== 'sub')
      return refuse(409, 'stream.kind', 'of a live stream only the profile can change')
    try {
      stream.switchTo(profile)
      return done
    } catch (error) {
      if (error instanceof HmpError) return refuse(404, error.code, error.message)
      throw error
    }
  }
}

const parse = (body: Uint8Array): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
