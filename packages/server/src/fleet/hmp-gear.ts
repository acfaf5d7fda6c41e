// SPDX-License-Identifier: Apache-2.0
/** A device that dials in over HMP, an agent, or a device behind one: everything goes through the session, when it is there. */
import { doorOver, type IsapiDoor, pictureOf } from '@openhmp/client'
import type { DeviceInformation } from '@openhmp/contract'
import { type Clock, fromUtf8, LinkError, PeerError, Refusal } from '@openhmp/protocol/base'
import type { HttpResponse } from '@openhmp/protocol/http'
import { readStatus } from '@openhmp/protocol/isapi'
import type { HmpSession, SessionRequest } from '@openhmp/protocol/session'
import { openHmpSource } from '../live/hmp-source.ts'
import type { LiveSource, SourceSink } from '../live/source.ts'
import { type ListedDevice, listDevices } from './agent-list.ts'
import { conditionOf, ONLINE } from './condition.ts'
import type { KnownDevice } from './device-row.ts'
import type { Condition, Gear, GearSink } from './gear.ts'
import { readInformation } from './information.ts'
import { type HmpPlace, hmpPlaceOf, type Presence } from './presence.ts'
import { SourceSet } from './source-set.ts'

const ANSWER_MS = 10_000
/** How often the device is asked for its information again, in case that it changed. */
const LOOK_MS = 10 * 60_000

interface Doors {
  readonly clock: Clock
  readonly presence: Presence
  random(): number
}

/** What an agent calls itself as a type of device. */
const AGENT = 'agent'

const absent = {
  state: 'unreachable',
  cause: { code: 'hmp.offline', text: 'the device has not dialled in' },
} as const
const agentAbsent = {
  state: 'unreachable',
  cause: { code: 'agent.offline', text: 'its agent has not dialled in' },
} as const
const behindAbsent = { code: 'agent.unreachable', text: 'its agent does not reach the device' }

export class HmpGear implements Gear {
  readonly learned = {}
  readonly #device: KnownDevice
  readonly #place: HmpPlace
  readonly #doors: Doors
  readonly #sources = new SourceSet()
  readonly #isapi: IsapiDoor

  constructor(device: KnownDevice, doors: Doors) {
    this.#device = device
    this.#place = hmpPlaceOf(device.address)
    this.#doors = doors
    this.#isapi = doorOver(device.name, async ({ method, path, body }, { signal, contentType }) => {
      const headers: [string, string][] = body?.length ? [['Content-Type', contentType ?? 'application/xml']] : []
      const request = { method, target: path, headers, ...(body ? { body } : {}) }
      const answer = await this.#ask(request, signal ?? AbortSignal.timeout(ANSWER_MS))
      const { status, body: bytes } = answer
      throwRefusedBySite(answer)
      return { status, bytes, contentType: answer.headers.get('Content-Type') }
    })
  }

  /** The device's ISAPI through its session. An agent has none of its own. */
  get door(): IsapiDoor | undefined {
    return this.#isAgent ? undefined : this.#isapi
  }

  get #isAgent(): boolean {
    if (this.#place.device !== undefined) return false
    const session = this.#doors.presence.find(this.#place.identity)
    return session ? session.peer?.role === 'agent' : this.#device.information?.deviceType === AGENT
  }

  async run(sink: GearSink, signal: AbortSignal): Promise<void> {
    const { presence, clock } = this.#doors
    const { identity, device } = this.#place
    let wasThere = false
    const become = (isThere: boolean, condition: Condition) => {
      sink.onCondition(condition)
      if (isThere && !wasThere) this.#sources.nudge()
      if (!isThere && wasThere) sink.onEventsLost()
      wasThere = isThere
    }
    const heed = (session: HmpSession | undefined, isNews: boolean) => {
      if (!session) become(false, device === undefined ? absent : agentAbsent)
      else {
        if (device === undefined) become(true, ONLINE)
        void learn(session, isNews)
      }
    }
    const learn = async (session: HmpSession, isNews: boolean) => {
      try {
        if (device !== undefined) {
          const { state, cause, information } = await this.#listed(session, { isNews })
          if (signal.aborted || presence.find(identity) !== session) return
          if (state === 'online') become(true, ONLINE)
          else become(false, { state: state === 'refused' ? 'refused' : 'unreachable', cause: cause ?? behindAbsent })
          if (information.channels.length > 0) sink.onInformation(information)
          return
        }
        const information = await this.inform(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]))
        if (!signal.aborted) sink.onInformation(information)
      } catch (error) {
        // Its session is there, but it does not say what it is.
        if (signal.aborted || presence.find(identity) !== session) return
        if (device === undefined) sink.onCondition({ ...conditionOf(error), state: 'degraded' })
        else become(false, conditionOf(error))
      }
    }
    const stop = presence.watch(this.#device.address, heed)
    heed(presence.find(identity), false)
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, { signal }).catch(() => {}) // aborted: the loop ends
      const session = presence.find(identity)
      if (!signal.aborted && session) await learn(session, false)
    }
    stop()
    if (device === undefined) presence.revoke(identity)
  }

  async inform(signal: AbortSignal): Promise<DeviceInformation> {
    const session = this.#session()
    if (this.#place.device !== undefined) {
      const { information, cause, state } = await this.#listed(session, { isNews: true })
      if (state !== 'online' && information.channels.length === 0)
        throw new LinkError(cause?.code ?? behindAbsent.code, cause?.text ?? behindAbsent.text)
      return information
    }
    const [told] = await listDevices(session)
    if (session.peer?.role === 'agent') return agentInformation(session)
    if (!told) throw new Refusal('conflict', 'device.none', 'nobody is behind this session')
    // What the streams are is told by the device itself, in its own documents.
    const isapi = await readInformation(this.#isapi, signal).catch((error: unknown) => {
      if (error instanceof PeerError) return undefined
      throw error
    })
    return isapi ?? told.information
  }

  async #listed(session: HmpSession, options: { isNews: boolean }): Promise<ListedDevice> {
    const { identity, device } = this.#place
    const found = (await listDevices(session, options)).find(({ id }) => id === device)
    if (found) return found
    throw new LinkError('agent.unknown-device', `the agent ${identity} has no device ${device}`)
  }

  nudge(): void {
    this.#sources.nudge()
  }

  openSource(channel: number, profile: 'main' | 'sub', sink: SourceSink): LiveSource {
    const { presence, clock, random } = this.#doors
    const key = { ...this.#place, channel, profile }
    return this.#sources.add(openHmpSource(key, sink, { sessions: presence, clock, random }))
  }

  async picture(channel: number, signal: AbortSignal): Promise<Uint8Array> {
    const path = `/ISAPI/Streaming/channels/${channel}01/picture`
    return pictureOf(await this.#isapi.get(path, { signal }), `${this.#isapi.name}: GET ${path}`)
  }

  async reboot(key: string, signal: AbortSignal): Promise<void> {
    if (this.#isAgent) throw new Refusal('conflict', 'order.unsupported', 'an agent is not restarted from here')
    const headers: [string, string][] = [['Idempotency-Key', key]]
    const answer = await this.#ask({ method: 'PUT', target: '/ISAPI/System/reboot', headers }, signal)
    if (answer.status >= 300) throw refusalOf(answer, 'reboot')
  }

  async uptime(signal: AbortSignal): Promise<number | undefined> {
    return readStatus(await this.#isapi.getXml('/ISAPI/System/status', { signal })).upTimeSeconds
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #ask(request: SessionRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { device } = this.#place
    return this.#session().request({ ...request, ...(device === undefined ? {} : { device }) }, { signal })
  }

  /** Throws `LinkError` `hmp.offline`. */
  #session(): HmpSession {
    const session = this.#doors.presence.find(this.#place.identity)
    if (session) return session
    const { code, text } = (this.#place.device === undefined ? absent : agentAbsent).cause
    throw new LinkError(code, text, { address: this.#device.address })
  }
}

/** The answerer's own error (docs/protocol/hmp.md §8.6); undefined for what a device answers. */
const toldBy = ({ body }: HttpResponse): { readonly code: string; readonly text: string } | undefined => {
  try {
    const { code, text } = JSON.parse(fromUtf8(body)) as { code?: unknown; text?: unknown }
    if (typeof code !== 'string' || typeof text !== 'string') return undefined
    return { code: code.slice(0, 100), text: text.slice(0, 300) }
  } catch {
    return undefined
  }
}

const refusalOf = (answer: HttpResponse, what: string): PeerError => {
  const { status } = answer
  const { code = 'device.refused', text = `the device answered ${status} to ${what}` } = toldBy(answer) ?? {}
  return new PeerError(code, text, { status, retry: status >= 500 ? 'later' : 'never' })
}

/** A site's policy says no in words of its own: people are to read them. */
const throwRefusedBySite = (answer: HttpResponse): void => {
  if (answer.status === 403 && toldBy(answer)) throw refusalOf(answer, '')
}

const agentInformation = (session: HmpSession): DeviceInformation => ({
  name: '',
  model: session.peer?.software ?? '',
  serialNumber: '',
  firmwareVersion: '',
  deviceType: AGENT,
  macAddress: '',
  channels: [],
})
