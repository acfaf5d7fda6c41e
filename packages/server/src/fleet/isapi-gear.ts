// SPDX-License-Identifier: Apache-2.0
/**
 * A device reached at its address: ISAPI over HTTP for what it is and for orders, the alert stream for events and as the
 * sign that it is alive, RTSP for pictures.
 */
import { type AlertStreamState, IsapiClient, type IsapiDoor, openAlertStream } from '@openhmp/client'
import type { DeviceInformation } from '@openhmp/contract'
import { type Clock, PeerError, Refusal } from '@openhmp/protocol/base'
import { openRtspSource } from '../live/rtsp-source.ts'
import type { LiveSource, SourceSink } from '../live/source.ts'
import { parseDeviceAddress } from './address.ts'
import { CONNECTING, conditionOf, isRefusal, ONLINE, waitAfter } from './condition.ts'
import type { DeviceOptions, KnownDevice } from './device-row.ts'
import type { Gear, GearSink } from './gear.ts'
import { readInformation } from './information.ts'
import { pollInputs } from './input-poll.ts'
import { Nudge } from './nudge.ts'
import { type ReachOptions, reachOf } from './reach.ts'
import { SourceSet } from './source-set.ts'

const ANSWER_MS = 10_000
/** How often the device is asked again what it is. */
const LOOK_MS = 10 * 60_000
const RTSP_PORT = 554
const NUMBERS = { main: 1, sub: 2 } as const

interface Doors extends ReachOptions {
  readonly clock: Clock
  random(): number
}

export class IsapiGear implements Gear {
  readonly #doors: Doors
  readonly #nudge: Nudge
  readonly #sources = new SourceSet()
  readonly #isapi: IsapiClient
  readonly #host: string
  readonly #credentials: { readonly username: string; readonly password: string }
  #nudgeAlerts: (() => void) | undefined
  #information: DeviceInformation | undefined
  #rtspPort: number | undefined

  constructor(device: KnownDevice, doors: Doors) {
    this.#information = device.information
    this.#rtspPort = device.options.rtspPort
    this.#doors = doors
    this.#nudge = new Nudge(doors.clock)
    this.#host = parseDeviceAddress(device.address).host
    this.#credentials = { username: device.userName ?? '', password: device.secret?.reveal() ?? '' }
    const { certificate } = device.options
    this.#isapi = new IsapiClient({
      address: device.address,
      credentials: this.#credentials,
      clock: doors.clock,
      reach: reachOf(doors),
      ...(certificate === undefined ? {} : { tls: { pin: certificate } }),
    })
  }

  get door(): IsapiDoor {
    return this.#isapi
  }

  get learned(): DeviceOptions {
    const { certificate } = this.#isapi
    return {
      ...(certificate === undefined ? {} : { certificate }),
      ...(this.#rtspPort === undefined ? {} : { rtspPort: this.#rtspPort }),
    }
  }

  async run(sink: GearSink, signal: AbortSignal): Promise<void> {
    let failures = 0
    sink.onCondition(CONNECTING)
    while (!signal.aborted) {
      try {
        sink.onInformation(await this.inform(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])))
        failures = 0
        await this.#follow(sink, signal)
      } catch (error) {
        if (signal.aborted) return
        failures++
        sink.onCondition(conditionOf(error))
        await this.#nudge.wait(waitAfter(error, failures, this.#doors.random()), signal)
      }
    }
  }

  /** The device is there. Its alert stream says from now on whether it stays; only a refused account ends this. */
  async #follow(sink: GearSink, signal: AbortSignal): Promise<void> {
    const refused = new AbortController()
    let refusal: unknown
    let wasLost = false
    const over = AbortSignal.any([signal, refused.signal])
    let polling: Promise<void> | undefined
    const poll = () => {
      polling ??= pollInputs(
        this.#isapi,
        { onEvent: (event) => void sink.onEvent(event, []), onLost: () => sink.onEventsLost() },
        { clock: this.#doors.clock, signal: AbortSignal.any([over, streaming.signal]) },
      )
    }
    const streaming = new AbortController()
    const heed = (state: AlertStreamState) => {
      if (state.kind === 'open') {
        streaming.abort() // it tells by itself now
        sink.onCondition(ONLINE)
        sink.onHearing(true)
        this.#sources.nudge()
        if (wasLost) this.#nudge.now() // it may be another one after a restart: ask what it is
        wasLost = false
      } else if (state.kind === 'lost') {
        wasLost = true
        const { cause } = conditionOf(state.cause)
        if (cause) sink.onHearing({ silentMs: state.silentMs, cause })
        if (isRefusal(state.cause)) {
          refusal = state.cause
          refused.abort()
        } else if (isWithoutAlerts(state.cause)) {
          // It answers, but has no alert stream for us: pictures and orders work.
          const text = `the device gives no events: ${state.cause.message}`
          sink.onCondition({ state: 'degraded', cause: { code: 'events.none', text } })
          poll()
        } else sink.onCondition(conditionOf(state.cause))
      }
    }
    await using stream = openAlertStream(this.#isapi, {
      clock: this.#doors.clock,
      signal,
      random: this.#doors.random,
      onState: heed,
      onEvent: (event, pictures) => void sink.onEvent(event, pictures),
      onUnknown: () => sink.onEventsLost(),
    })
    this.#nudgeAlerts = () => stream.nudge()
    sink.onCondition(ONLINE)
    this.#sources.nudge()
    while (!over.aborted) {
      await this.#nudge.wait(LOOK_MS, over)
      if (over.aborted || stream.state.kind !== 'open') continue
      try {
        sink.onInformation(await this.inform(AbortSignal.any([over, AbortSignal.timeout(ANSWER_MS)])))
      } catch {
        // Whether it is there is told by the alert stream; it is asked again the next time.
      }
    }
    this.#nudgeAlerts = undefined
    await polling
    if (refusal !== undefined) throw refusal
  }

  async inform(signal: AbortSignal): Promise<DeviceInformation> {
    const told = await readInformation(this.#isapi, signal)
    // Given by hand it counts more: the device may be reached through a forwarded port.
    this.#rtspPort ??= await this.#isapi.rtspPort({ signal }).catch(nothingTold)
    this.#information = told
    return this.#information
  }

  nudge(): void {
    this.#nudge.now()
    this.#nudgeAlerts?.()
    this.#sources.nudge()
  }

  openSource(channel: number, profile: 'main' | 'sub', sink: SourceSink): LiveSource {
    const information = this.#information
    const known = information?.channels.find(({ id }) => id === channel)
    if (information && !known) throw new Refusal('not-found', 'channel.unknown', `the device has no channel ${channel}`)
    // Without a small picture the large one is shown: better than none.
    const number = known?.streams.some((stream) => stream.profile === profile) === false ? 1 : NUMBERS[profile]
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host
    const url = `rtsp://${host}:${this.#rtspPort ?? RTSP_PORT}/Streaming/Channels/${channel * 100 + number}`
    const place = { url, credentials: this.#credentials, transport: 'tcp', reach: reachOf(this.#doors) } as const
    return this.#sources.add(openRtspSource(place, sink, this.#doors))
  }

  picture(channel: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#isapi.picture(channel * 100 + 1, { signal })
  }

  reboot(_key: string, signal: AbortSignal): Promise<void> {
    return this.#isapi.reboot({ signal })
  }

  async uptime(signal: AbortSignal): Promise<number | undefined> {
    return (await this.#isapi.status({ signal })).upTimeSeconds
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#isapi[Symbol.asyncDispose]()
  }
}

/** Somebody else may be answering in its place: that says more than that there are no events. */
const SUSPICIOUS: readonly string[] = ['digest.downgrade', 'isapi.redirect', 'isapi.login-scheme']

const isWithoutAlerts = (error: Error): boolean =>
  error instanceof PeerError && error.retry === 'never' && !SUSPICIOUS.includes(error.code)

/** A device that does not tell its RTSP port has the usual one; one that is not there is found out elsewhere. */
const nothingTold = (error: unknown): undefined => {
  if (!(error instanceof PeerError) || error.retry === 'after-login') throw error
  return undefined
}
