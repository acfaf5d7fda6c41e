// SPDX-License-Identifier: Apache-2.0
/** What an agent answers its CMS: its devices, their streams, orders to them within the site's policy. hmp.md §9, §11. */
import type { FoundDevice } from '@openhmp/client'
import { type Clock, HmpError, LinkError, PeerError, utf8 } from '@openhmp/protocol/base'
import { errorResponse, type HttpResponseInit, jsonResponse, readJsonObject } from '@openhmp/protocol/http'
import type { AnswerMemory, HmpSession, IncomingRequest } from '@openhmp/protocol/session'
import type { LocalDevice } from '../device/local-device.ts'
import type { Policy } from '../policy/policy.ts'
import type { SpoolCounts } from '../spool/spool.ts'
import { RelayedStream } from './relayed-stream.ts'

/** Streams that one agent sends at a time. */
export const MAX_STREAMS = 128
/** Longest answer of a device that is passed on: the rest of a control message is head. */
const MAX_ANSWER_BYTES = 1024 * 1024 - 32 * 1024
/** Above it the list goes without the streams of the channels. */
const MAX_LIST_BYTES = 900 * 1024
const PROFILES = ['main', 'sub', 'third'] as const

/** What is answered from. */
export interface AnswerParts {
  readonly clock: Clock
  readonly policy: Policy
  readonly memory: AnswerMemory
  devices(): readonly LocalDevice[]
  counts(): SpoolCounts
  /** What was found on the site's networks; looks again when that is old. */
  found(): readonly FoundDevice[]
  session(): Promise<HmpSession>
}

/** Endless or huge: events and media have their own ways. */
const NOT_HERE = /^\/ISAPI\/(Event\/notification\/(alertStream|subscribe)|.*audioData|System\/updateFirmware)/i

/** Answers of one session. */
export class Answers implements AsyncDisposable {
  readonly #parts: AnswerParts
  readonly #streams = new Map<number, RelayedStream>()

  constructor(parts: AnswerParts) {
    this.#parts = parts
  }

  get streamCount(): number {
    return this.#streams.size
  }

  async answer(request: IncomingRequest): Promise<HttpResponseInit> {
    const { type, method, target } = request
    if (type !== 'management') return errorResponse(404, 'resource.unknown', 'an agent takes no events')
    if (method === 'GET' && target === '/HMP/devices') return this.#list()
    if (method === 'GET' && target === '/HMP/agent') return this.#tell()
    const stream = /^\/HMP\/streams\/(\d+)(\/key)?$/.exec(target)
    if (stream) return await this.#change(request, Number(stream[1]), stream[2] !== undefined)
    const device = this.#deviceOf(request)
    if (!('setting' in device)) return device
    if (method === 'POST' && target === '/HMP/streams') return await this.#open(device, request)
    if (/^\/ISAPI\//i.test(target)) return await this.#order(device, request)
    return errorResponse(404, 'resource.unknown', `nothing at ${target.slice(0, 100)}`)
  }

  #deviceOf({ device }: IncomingRequest): LocalDevice | HttpResponseInit {
    if (device === undefined) return errorResponse(400, 'device.missing', 'HMP-Device says which device')
    const found = this.#parts.devices().find(({ setting }) => setting.id === device)
    return found ?? errorResponse(404, 'device.unknown', `there is no device ${device.slice(0, 64)} here`)
  }

  #list(): HttpResponseInit {
    const list = (hasStreams: boolean) =>
      utf8(JSON.stringify({ devices: this.#parts.devices().map((one) => listed(one, hasStreams)) }))
    const whole = list(true)
    const body = whole.length <= MAX_LIST_BYTES ? whole : list(false)
    return { status: 200, headers: [['Content-Type', 'application/json']], body }
  }

  #tell(): HttpResponseInit {
    const { policy, counts, found } = this.#parts
    const seen = policy.rules.discovery
      ? found().map(({ address, httpPort, model, serialNumber, macAddress, firmwareVersion, isActivated }) => ({
          ...{ address, httpPort, model, serialNumber, macAddress, firmwareVersion, isActivated },
        }))
      : undefined
    return jsonResponse(200, { events: counts(), ...(seen ? { found: seen } : {}) })
  }

  async #open(device: LocalDevice, request: IncomingRequest): Promise<HttpResponseInit> {
    const { channel, kind, profile = 'main', media } = readJsonObject(request)
    const isMedia = (wanted: unknown): wanted is ('video' | 'audio')[] =>
      Array.isArray(wanted) && wanted.length > 0 && wanted.every((one) => one === 'video' || one === 'audio')
    if (typeof channel !== 'number' || !isMedia(media) || (profile !== 'main' && profile !== 'sub'))
      return errorResponse(400, 'stream.request', 'channel, media or profile is wrong')
    if (kind !== 'live') return errorResponse(400, 'stream.request', `an agent has no ${String(kind).slice(0, 20)}`)
    if (!this.#parts.policy.mayWatch(device.setting.id))
      return errorResponse(403, 'policy.refused', 'the policy of this site gives no live pictures of this device')
    if (device.description?.channels.some(({ id }) => id === channel) === false)
      return errorResponse(404, 'channel.unknown', `no channel ${channel}`)
    if (this.#streams.size >= MAX_STREAMS) return errorResponse(503, 'busy', 'too many streams', 'later')
    const session = await this.#parts.session()
    const handle = session.allocateHandle()
    const stream = new RelayedStream(
      session,
      handle,
      { device, channel, profile, media },
      {
        clock: this.#parts.clock,
        onEnd: () => this.#streams.delete(handle),
      },
    )
    this.#streams.set(handle, stream)
    const forget = () => void stream[Symbol.asyncDispose]()
    request.signal.addEventListener('abort', forget, { once: true })
    try {
      await stream.play()
      request.signal.throwIfAborted()
      return jsonResponse(201, { stream: handle, direction: 'send', sdp: stream.sdp })
    } catch (error) {
      this.#streams.delete(handle)
      session.releaseHandle(handle)
      await stream[Symbol.asyncDispose]()
      return refusalOf(error)
    } finally {
      request.signal.removeEventListener('abort', forget)
    }
  }

  async #change(request: IncomingRequest, handle: number, isKey: boolean): Promise<HttpResponseInit> {
    const stream = this.#streams.get(handle)
    if (!stream) return errorResponse(404, 'stream.unknown', `stream ${handle} is not open`)
    // A device's key pictures come when they come, each second or two.
    if (isKey && request.method === 'POST') return { status: 204 }
    if (request.method === 'DELETE') {
      this.#streams.delete(handle)
      await stream[Symbol.asyncDispose]()
      return { status: 204 }
    }
    if (request.method !== 'PATCH') return errorResponse(405, 'stream.request', `${request.method} is not for streams`)
    const { profile, paused, speed, position } = readJsonObject(request)
    if (speed !== undefined || position !== undefined)
      return errorResponse(409, 'stream.kind', 'a live stream has neither speed nor position')
    try {
      if (paused === true) await stream.pause()
      else if (profile === 'main' || profile === 'sub' || paused === false)
        await stream.change(profile === 'main' || profile === 'sub' ? profile : stream.profile)
      return { status: 204 }
    } catch (error) {
      return refusalOf(error)
    }
  }

  async #order(device: LocalDevice, request: IncomingRequest): Promise<HttpResponseInit> {
    const { method, target } = request
    if (NOT_HERE.test(target)) return errorResponse(404, 'isapi.not-here', 'events and media have ways of their own')
    const refusal = this.#parts.policy.refusalOf(device.setting.id, method, target)
    if (refusal !== undefined) return errorResponse(403, 'policy.refused', refusal)
    return await this.#parts.memory.answer(request, () => pass(device, request))
  }

  /** Ends all streams: the session is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    const streams = [...this.#streams.values()]
    this.#streams.clear()
    await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()))
  }
}

const listed = ({ setting, state, description }: LocalDevice, hasStreams: boolean): unknown => ({
  id: setting.id,
  ...state,
  ...(description && {
    ...{ name: description.name, model: description.model, serialNumber: description.serialNumber },
    ...{ firmwareVersion: description.firmwareVersion, deviceType: description.deviceType },
    macAddress: description.macAddress,
    kind: description.channels.length > 1 ? 'recorder' : 'camera',
    channels: description.channels.map(({ streams, ...channel }) => ({
      ...channel,
      media: streams.some(({ audioCodec }) => audioCodec !== null) ? ['video', 'audio'] : ['video'],
      profiles: PROFILES.filter((_, i) => streams.some(({ id }) => id % 100 === i + 1)),
      ...(hasStreams && {
        streams: streams.flatMap((stream) => {
          const profile = PROFILES[(stream.id % 100) - 1]
          return profile ? [{ ...stream, profile }] : []
        }),
      }),
    })),
  }),
})

/** One order, as it is; a device that cuts the connection on its way down has obeyed. */
const pass = async ({ isapi }: LocalDevice, request: IncomingRequest): Promise<HttpResponseInit> => {
  const { method, target, body, signal } = request
  const contentType = request.headers.get('Content-Type')
  const options = { signal, maxBytes: MAX_ANSWER_BYTES, ...(contentType === undefined ? {} : { contentType }) }
  try {
    if (method === 'PUT' && /\/(reboot|shutdown)$/i.test(target.split('?', 1)[0]!))
      return answerOf((await isapi.order(target, body, options)) ?? OBEYED)
    if (method === 'GET') return answerOf(await isapi.get(target, options))
    if (method === 'PUT') return answerOf(await isapi.put(target, body, options))
    if (method === 'POST') return answerOf(await isapi.post(target, body, options))
    if (method === 'DELETE') return answerOf(await isapi.delete(target, options))
    return errorResponse(405, 'isapi.method', `${method} is not for devices`)
  } catch (error) {
    return refusalOf(error)
  }
}

const OBEYED = {
  status: 200,
  contentType: 'application/xml',
  bytes: utf8(
    '<ResponseStatus version="2.0"><statusCode>1</statusCode><statusString>OK</statusString></ResponseStatus>',
  ),
}

const answerOf = ({
  status,
  contentType,
  bytes,
}: typeof OBEYED | { status: number; contentType: string | undefined; bytes: Uint8Array }): HttpResponseInit => ({
  status,
  ...(contentType === undefined ? {} : { headers: [['Content-Type', contentType]] }),
  body: bytes,
})

const refusalOf = (error: unknown): HttpResponseInit => {
  if (!(error instanceof HmpError)) {
    const text = error instanceof Error ? error.message : String(error)
    return errorResponse(502, 'device.unreachable', text, 'later')
  }
  if (error instanceof LinkError) return errorResponse(502, 'device.unreachable', error.message, 'later')
  const retry = error instanceof PeerError && error.retry !== 'never' ? 'later' : 'never'
  return errorResponse(error.code === 'codec.unsupported' ? 415 : 502, error.code, error.message, retry)
}
