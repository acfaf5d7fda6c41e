// SPDX-License-Identifier: Apache-2.0
/** A device that dials in over HMP: everything goes through its session, when it is there. */
import { doorOver, type IsapiDoor, pictureOf } from '@openhmp/client'
import type { Channel, DeviceInformation } from '@openhmp/contract'
import { type Clock, fromUtf8, LinkError, PeerError, Refusal } from '@openhmp/protocol/base'
import type { HttpResponse } from '@openhmp/protocol/http'
import { readStatus } from '@openhmp/protocol/isapi'
import type { HmpSession, SessionRequest } from '@openhmp/protocol/session'
import { openHmpSource } from '../live/hmp-source.ts'
import type { LiveSource, SourceSink } from '../live/source.ts'
import { conditionOf, ONLINE } from './condition.ts'
import type { KnownDevice } from './device-row.ts'
import type { Condition, Gear, GearSink } from './gear.ts'
import { readInformation } from './information.ts'
import type { Presence } from './presence.ts'
import { SourceSet } from './source-set.ts'

const ANSWER_MS = 10_000
/** How often the device is asked for its information again, in case that it changed. */
const LOOK_MS = 10 * 60_000

interface Doors {
  readonly clock: Clock
  readonly presence: Presence
  random(): number
}

const absent: Condition = {
  state: 'unreachable',
  cause: { code: 'hmp.offline', text: 'the device has not dialled in' },
}

export class HmpGear implements Gear {
  readonly learned = {}
  readonly #device: KnownDevice
  readonly #doors: Doors
  readonly #sources = new SourceSet()

  /** The device's ISAPI through its session. */
  readonly door: IsapiDoor

  constructor(device: KnownDevice, doors: Doors) {
    this.#device = device
    this.#doors = doors
    this.door = doorOver(device.name, async ({ method, path, body }, { signal, contentType }) => {
      const headers: [string, string][] = body?.length ? [['Content-Type', contentType ?? 'application/xml']] : []
      const request = { method, target: path, headers, ...(body ? { body } : {}) }
      const answer = await this.#ask(request, signal ?? AbortSignal.timeout(ANSWER_MS))
      const { status, body: bytes } = answer
      return { status, bytes, contentType: answer.headers.get('Content-Type') }
    })
  }

  async run(sink: GearSink, signal: AbortSignal): Promise<void> {
    const { presence, clock } = this.#doors
    const { id } = this.#device
    let wasThere = false
    const heed = (session: HmpSession | undefined) => {
      sink.onCondition(session ? ONLINE : absent)
      if (session) {
        this.#sources.nudge()
        void learn()
      } else if (wasThere) sink.onEventsLost()
      wasThere = session !== undefined
    }
    const learn = async () => {
      try {
        const information = await this.inform(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]))
        if (!signal.aborted) sink.onInformation(information)
      } catch (error) {
        // It is there but does not say what it is.
        if (!signal.aborted && presence.isOnline(id)) sink.onCondition({ ...conditionOf(error), state: 'degraded' })
      }
    }
    const stop = presence.watch(id, heed)
    heed(presence.find(id))
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, { signal }).catch(() => {}) // aborted: the loop ends
      if (!signal.aborted && presence.isOnline(id)) await learn()
    }
    stop()
    presence.revoke(id)
  }

  async inform(signal: AbortSignal): Promise<DeviceInformation> {
    const answer = await this.#ask({ method: 'GET', target: '/HMP/devices' }, signal)
    const told = deviceTold(answer)
    // What the streams are is told by the device itself, in its own documents.
    const isapi = await readInformation(this.door, signal).catch((error: unknown) => {
      if (error instanceof PeerError) return undefined
      throw error
    })
    return isapi ?? told
  }

  nudge(): void {
    this.#sources.nudge()
  }

  openSource(channel: number, profile: 'main' | 'sub', sink: SourceSink): LiveSource {
    const { presence, clock, random } = this.#doors
    const key = { device: this.#device.id, channel, profile }
    return this.#sources.add(openHmpSource(key, sink, { sessions: presence, clock, random }))
  }

  async picture(channel: number, signal: AbortSignal): Promise<Uint8Array> {
    const path = `/ISAPI/Streaming/channels/${channel}01/picture`
    return pictureOf(await this.door.get(path, { signal }), `${this.door.name}: GET ${path}`)
  }

  async reboot(key: string, signal: AbortSignal): Promise<void> {
    const headers: [string, string][] = [['Idempotency-Key', key]]
    const answer = await this.#ask({ method: 'PUT', target: '/ISAPI/System/reboot', headers }, signal)
    if (answer.status >= 300) throw refusalOf(answer, 'reboot')
  }

  async uptime(signal: AbortSignal): Promise<number | undefined> {
    return readStatus(await this.door.getXml('/ISAPI/System/status', { signal })).upTimeSeconds
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #ask(request: SessionRequest, signal: AbortSignal): Promise<HttpResponse> {
    const session = this.#doors.presence.find(this.#device.id)
    if (session) return session.request(request, { signal })
    return Promise.reject(
      new LinkError('hmp.offline', 'the device has not dialled in', { address: this.#device.address }),
    )
  }
}

const refusalOf = ({ status, body }: HttpResponse, what: string): PeerError => {
  let code = 'device.refused'
  try {
    const told = JSON.parse(fromUtf8(body)) as { code?: unknown }
    if (typeof told.code === 'string') code = told.code
  } catch {
    // Not one of HMP's own answers.
  }
  return new PeerError(code, `the device answered ${status} to ${what}`, {
    status,
    retry: status >= 500 ? 'later' : 'never',
  })
}

type Told = Partial<Record<'name' | 'model' | 'serialNumber' | 'firmwareVersion' | 'kind', unknown>> & {
  channels?: unknown
}

/** `GET /HMP/devices` as information; everything but the id may be missing (docs/protocol/hmp.md §11). */
const deviceTold = (answer: HttpResponse): DeviceInformation => {
  if (answer.status !== 200) throw refusalOf(answer, 'what it is')
  let first: Told | undefined
  try {
    const parsed = JSON.parse(fromUtf8(answer.body)) as { devices?: Told[] }
    first = parsed.devices?.[0]
  } catch (cause) {
    throw new PeerError('device.nonsense', 'the device does not say what it is in JSON', { retry: 'never', cause })
  }
  if (!first) throw new Refusal('conflict', 'device.none', 'nobody is behind this session')
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return {
    name: text(first.name),
    model: text(first.model),
    serialNumber: text(first.serialNumber),
    firmwareVersion: text(first.firmwareVersion),
    deviceType: text(first.kind),
    macAddress: '',
    channels: channelsOf(first.channels),
  }
}

const channelsOf = (told: unknown): Channel[] => {
  if (!Array.isArray(told)) return []
  return (told as { id?: unknown; name?: unknown; profiles?: unknown }[]).flatMap(({ id, name, profiles }) => {
    if (typeof id !== 'number') return []
    const known = (['main', 'sub'] as const).filter((one) => !Array.isArray(profiles) || profiles.includes(one))
    const blank = { codec: null, width: null, height: null, frameRate: null, bitrateKbps: null, audioCodec: null }
    const streams = known.map((profile) => ({ id: id * 100 + (profile === 'main' ? 1 : 2), profile, ...blank }))
    return [{ id, name: typeof name === 'string' ? name : `Channel ${id}`, streams }]
  })
}
