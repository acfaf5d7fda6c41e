// SPDX-License-Identifier: Apache-2.0
/** What a device answers its CMS over HMP: its streams, its own ISAPI tree, who it is. hmp.md §9 and §11. */
import type { Clock } from '@openhmp/protocol/base'
import { errorResponse, type HttpResponseInit, jsonResponse, readJsonObject } from '@openhmp/protocol/http'
import { AnswerMemory, type HmpSession, type IncomingRequest } from '@openhmp/protocol/session'
import type { EmulatedDevice } from '../device/device.ts'
import { isAlertStream } from '../isapi/router.ts'
import { mediaOf, StreamOut } from './stream-out.ts'

/** Streams that one device sends at a time, as cameras have it; more are refused. */
export const MAX_DEVICE_STREAMS = 32

/** Answers of one session. `memory` outlives it, so that an order that is repeated after a reconnect is not done twice. */
export class DeviceAnswers implements Disposable {
  readonly #device: EmulatedDevice
  readonly #identity: string
  readonly #session: () => HmpSession
  readonly #memory: AnswerMemory
  readonly #streams = new Map<number, StreamOut>()

  constructor(device: EmulatedDevice, identity: string, session: () => HmpSession, memory: AnswerMemory) {
    this.#device = device
    this.#identity = identity
    this.#session = session
    this.#memory = memory
  }

  async answer(request: IncomingRequest): Promise<HttpResponseInit> {
    const { target, device } = request
    if (request.type !== 'management') return errorResponse(404, 'resource.unknown', 'a device takes no events')
    if (device !== undefined && device !== this.#identity)
      return errorResponse(404, 'device.unknown', `this is ${this.#identity}`)
    if (target === '/HMP/devices' && request.method === 'GET') return jsonResponse(200, { devices: [this.#describe()] })
    if (target === '/HMP/streams' && request.method === 'POST') return this.#open(request)
    const match = /^\/HMP\/streams\/(\d+)(\/key)?$/.exec(target)
    if (match) return this.#change(request, Number(match[1]), match[2] !== undefined)
    if (/^\/ISAPI\//i.test(target)) return await this.#memory.answer(request, () => this.#isapi(request))
    return errorResponse(404, 'resource.unknown', `nothing at ${target.slice(0, 100)}`)
  }

  #describe(): unknown {
    const { kind, name, model, serialNumber, firmwareVersion } = this.#device.identity
    const channels = this.#device.channels.map(({ channel, camera }) => ({
      id: channel,
      name: this.#device.channelName(channel),
      media: mediaOf(camera.main, ['video', 'audio']),
      profiles: ['main', 'sub'],
    }))
    return { id: this.#identity, kind, name, model, serialNumber, firmwareVersion, state: 'online', channels }
  }

  async #isapi({ method, target, headers, body }: IncomingRequest): Promise<HttpResponseInit> {
    if (isAlertStream(target, this.#device.profile.hasBareTree))
      return errorResponse(404, 'isapi.not-here', 'events come as event packets')
    const user = this.#device.accounts.all[0]?.userName ?? ''
    const contentType = headers.get('Content-Type')
    const answer = await this.#device.handle({ method, target, contentType, body, user })
    return { status: answer.status, headers: { 'Content-Type': answer.contentType }, body: answer.body }
  }

  #open(request: IncomingRequest): HttpResponseInit {
    const { channel, kind, profile = 'main', media } = readJsonObject(request)
    const isMedia = (wanted: unknown): wanted is ('video' | 'audio')[] =>
      Array.isArray(wanted) && wanted.every((one) => one === 'video' || one === 'audio')
    if (typeof channel !== 'number' || !isMedia(media) || (profile !== 'main' && profile !== 'sub'))
      return errorResponse(400, 'stream.request', 'channel, media or profile is wrong')
    if (kind !== 'live') return errorResponse(400, 'stream.request', `this device has no ${String(kind)}`)
    if (!this.#device.channels.some((one) => one.channel === channel))
      return errorResponse(404, 'channel.unknown', `no channel ${channel}`)
    const stream = this.#device.stream(channel * 100 + (profile === 'main' ? 1 : 2))
    if (!stream) return errorResponse(503, 'channel.offline', `the camera of channel ${channel} is away`, 'later')
    const wanted = mediaOf(stream, media)
    if (wanted.length === 0) return errorResponse(404, 'media.none', 'the channel has none of that')
    if (this.#streams.size >= MAX_DEVICE_STREAMS) return errorResponse(503, 'busy', 'too many streams', 'later')
    const session = this.#session()
    const handle = session.allocateHandle()
    const out = new StreamOut(session, { handle, channel, stream, wanted, cname: this.#device.identity.serialNumber })
    this.#streams.set(handle, out)
    return jsonResponse(201, { stream: handle, direction: 'send', sdp: out.sdp })
  }

  #change(request: IncomingRequest, handle: number, isKey: boolean): HttpResponseInit {
    const out = this.#streams.get(handle)
    if (!out) return errorResponse(404, 'stream.unknown', `stream ${handle} is not open`)
    // What is played is drawn already: its key pictures come when they come, each second or two.
    if (isKey && request.method === 'POST') return { status: 204 }
    if (request.method === 'DELETE') {
      out[Symbol.dispose]()
      this.#streams.delete(handle)
      return { status: 204 }
    }
    if (request.method !== 'PATCH') return errorResponse(405, 'stream.request', `${request.method} is not for streams`)
    const { profile, paused, speed, position } = readJsonObject(request)
    if (speed !== undefined || position !== undefined)
      return errorResponse(409, 'stream.kind', 'a live stream has neither speed nor position')
    if (profile === 'main' || profile === 'sub') {
      const stream = this.#device.stream(out.channel * 100 + (profile === 'main' ? 1 : 2))
      if (!stream) return errorResponse(503, 'channel.offline', 'the camera is away', 'later')
      out.change(stream)
    }
    if (paused === true) out.pause()
    if (paused === false) out.play()
    return { status: 204 }
  }

  /** Ends all streams: the session is over. */
  [Symbol.dispose](): void {
    for (const out of this.#streams.values()) out[Symbol.dispose]()
    this.#streams.clear()
  }
}

/** Remembers answers on the device's clock. */
export const memoryOf = (clock: Clock): AnswerMemory => new AnswerMemory(() => clock.monotonic())
