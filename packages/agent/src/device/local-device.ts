// SPDX-License-Identifier: Apache-2.0
/** One device of the site: reached over ISAPI, its alert stream followed, its state known. Where its events go is the agent's business. */
import { randomUUID } from 'node:crypto'
import {
  type AlertStreamState,
  type DeviceDescription,
  describeDevice,
  IsapiClient,
  LOGIN_BLOCK_MS,
  openAlertStream,
  type Reach,
} from '@openhmp/client'
import { type Clock, HmpError, LinkError, PeerError, utf8 } from '@openhmp/protocol/base'
import { type DeviceEvent, type EventContent, formatAlert, formatEventContent } from '@openhmp/protocol/event'
import type { DeviceSetting } from '../home/home.ts'
import { reachOf } from '../policy/networks.ts'
import { MAX_RECORD_BYTES } from '../spool/segment.ts'
import { EventFilter } from './event-filter.ts'

const ANSWER_MS = 10_000
/** How often the device is asked again what it is. */
const LOOK_MS = 10 * 60_000
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000
const RTSP_PORT = 554
/** Beside a picture: the alert, and what stands around both. */
const ALERT_ROOM_BYTES = 64 * 1024
/** ISAPI's namespace and version, for the ends that a device does not tell itself. */
const FRAME = { namespace: 'http://www.isapi.org/ver20/XMLSchema', version: '2.0', portNo: 80 }

/** How a device is, seen from the agent. */
export interface LocalState {
  readonly state: 'online' | 'offline' | 'refused'
  readonly cause?: { readonly code: string; readonly text: string }
}

/** What a device needs of the agent. */
export interface LocalDeviceParts {
  readonly clock: Clock
  /** 0 up to 1. */
  random(): number
  onEvent(device: string, content: EventContent): void
  /** Where this site's devices lie; undefined: anywhere. */
  readonly networks?: readonly string[] | undefined
  /** State or description are others now. */
  onChange(device: string): void
  onCertificate(device: string, certificate: string): void
}

/** Followed until disposed. */
export class LocalDevice implements AsyncDisposable {
  readonly setting: DeviceSetting
  readonly isapi: IsapiClient
  /** Judges each connection to it. */
  readonly reach: Reach
  state: LocalState = { state: 'offline', cause: { code: 'agent.starting', text: 'the agent has not reached it yet' } }
  description: DeviceDescription | undefined
  readonly #parts: LocalDeviceParts
  readonly #filter = new EventFilter()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #rtspPort: number | undefined

  /** Throws `Refusal` `address.form`. */
  constructor(setting: DeviceSetting, parts: LocalDeviceParts) {
    this.setting = setting
    this.#parts = parts
    this.#rtspPort = setting.rtspPort
    const { address, userName: username, password, certificate } = setting
    this.isapi = new IsapiClient({
      ...{
        address,
        credentials: { username, password },
        clock: parts.clock,
        reach: (to, port) => this.reach(to, port),
      },
      ...(certificate === undefined ? {} : { tls: { pin: certificate } }),
    })
    this.reach = reachOf(this.isapi.host, parts.networks)
    this.#running = this.#run()
  }

  /** Where a stream is played. */
  rtspPlace(
    channel: number,
    profile: 'main' | 'sub',
  ): { url: string; credentials: { username: string; password: string } } {
    const { host } = this.isapi
    const streams = this.description?.channels.find(({ id }) => id === channel)?.streams
    // Without a small picture the large one is shown: better than none.
    const number = profile === 'main' || streams?.some(({ id }) => id % 100 === 2) === false ? 1 : 2
    const { userName: username, password } = this.setting
    const place = `${host.includes(':') ? `[${host}]` : host}:${this.#rtspPort ?? RTSP_PORT}`
    return { url: `rtsp://${place}/Streaming/Channels/${channel * 100 + number}`, credentials: { username, password } }
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#parts
    const { signal } = this.#stop
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.#inform(signal)
        failures = 1
        await this.#follow(signal)
      } catch (error) {
        if (signal.aborted) return
        this.#become(stateOf(error))
        const limit = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(10, failures - 1))
        const waitMs = isRefusal(error) ? LOGIN_BLOCK_MS : limit * (0.5 + random() / 2)
        await clock.sleep(waitMs, { signal }).catch(() => {}) // aborted: the loop ends
      }
    }
  }

  async #inform(over: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([over, AbortSignal.timeout(ANSWER_MS)])
    const before = this.description
    this.description = await describeDevice(this.isapi, { signal })
    this.#rtspPort ??= await this.isapi.rtspPort({ signal }).catch(nothingTold)
    const { certificate } = this.isapi
    if (certificate !== undefined && this.setting.certificate === undefined)
      this.#parts.onCertificate(this.setting.id, certificate)
    if (JSON.stringify(before) !== JSON.stringify(this.description)) this.#parts.onChange(this.setting.id)
  }

  /** It is there: its alert stream says whether it stays. Rejects when the account is refused. */
  async #follow(over: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts
    const refused = new AbortController()
    const signal = AbortSignal.any([over, refused.signal])
    let wasLost = false
    const heed = (state: AlertStreamState) => {
      if (state.kind === 'open') {
        this.#become({ state: 'online' })
        if (wasLost) void this.#inform(signal).catch(() => {}) // the stream says whether it is there
        wasLost = false
      } else if (state.kind === 'lost') {
        wasLost = true
        this.#filter.reset()
        if (isRefusal(state.cause)) refused.abort(state.cause)
        // Without an alert stream pictures and orders work all the same.
        else if (!(state.cause instanceof PeerError && state.cause.retry === 'never'))
          this.#become(stateOf(state.cause))
      }
    }
    this.#become({ state: 'online' })
    await using _stream = openAlertStream(this.isapi, {
      ...{ clock, signal, random, onState: heed },
      onEvent: (event, pictures, isInferred, source) => this.#take(event, pictures, isInferred ? undefined : source),
    })
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, { signal }).catch(() => {}) // aborted: the loop ends
      if (!signal.aborted) await this.#inform(signal).catch(() => {}) // the stream says whether it is there
    }
    if (refused.signal.aborted && !over.aborted) throw refused.signal.reason
  }

  #take(event: DeviceEvent, pictures: readonly Uint8Array[], source: Uint8Array | undefined): void {
    const { clock, onEvent } = this.#parts
    if (!this.#filter.takes(event, clock.monotonic())) return
    const alert = source ?? utf8(this.#written(event))
    const fitting: Uint8Array[] = []
    let room = MAX_RECORD_BYTES - ALERT_ROOM_BYTES - alert.length
    for (const picture of pictures) {
      room -= picture.length
      if (room < 0) break
      fitting.push(picture)
    }
    if (alert.length < MAX_RECORD_BYTES - ALERT_ROOM_BYTES)
      onEvent(this.setting.id, formatEventContent(alert, fitting, randomUUID()))
  }

  /** An event that the device did not write alone, or not at all. */
  #written({ type, state, channel, input, time, count, description, channelName, targets }: DeviceEvent): string {
    return formatAlert(
      {
        ...{ type, state, targets, count: count ?? 1, description: description ?? '' },
        time: time ?? new Date(this.#parts.clock.now()).toISOString(),
        ...(channel === undefined ? {} : { channel }),
        ...(input === undefined ? {} : { input }),
        ...(channelName === undefined ? {} : { channelName }),
      },
      { ...FRAME, ipAddress: this.isapi.host },
    )
  }

  #become(state: LocalState): void {
    if (this.state.state === state.state && this.state.cause?.code === state.cause?.code) return
    this.state = state
    this.#parts.onChange(this.setting.id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.isapi[Symbol.asyncDispose]()
  }
}

const isRefusal = (error: unknown): boolean => error instanceof PeerError && error.retry === 'after-login'

const stateOf = (error: unknown): LocalState => ({
  state: isRefusal(error) ? 'refused' : 'offline',
  cause:
    error instanceof HmpError
      ? { code: error.code, text: error.message }
      : { code: 'link.failed', text: error instanceof Error ? error.message : String(error) },
})

/** A device that does not tell its RTSP port has the usual one. */
const nothingTold = (error: unknown): undefined => {
  if (!(error instanceof PeerError) || error.retry === 'after-login' || error instanceof LinkError) throw error
  return undefined
}
