// SPDX-License-Identifier: Apache-2.0
/**
 * A device that is nothing but an RTSP address, with another one for a small picture if it has one: live pictures and
 * whether it is there. It has no events, no snapshot of its own and no orders.
 */
import { type LoginCredentials, openRtsp, type RtspConnection, type TlsTrust } from '@openhmp/client'
import type { Channel, DeviceInformation } from '@openhmp/contract'
import { type Clock, PeerError, Refusal } from '@openhmp/protocol/base'
import { describeParameterSets } from '@openhmp/protocol/payload'
import type { MediaDescription } from '@openhmp/protocol/sdp'
import { openRtspSource } from '../live/rtsp-source.ts'
import type { LiveSource, SourceSink } from '../live/source.ts'
import { CONNECTING, conditionOf, ONLINE, waitAfter } from './condition.ts'
import type { DeviceOptions, KnownDevice } from './device-row.ts'
import type { Gear, GearSink } from './gear.ts'
import { Nudge } from './nudge.ts'
import { type ReachOptions, reachOf } from './reach.ts'
import { SourceSet } from './source-set.ts'

/** How often it is asked whether it is there. */
const LOOK_MS = 60_000
const ANSWER_MS = 10_000

interface Doors extends ReachOptions {
  readonly clock: Clock
  random(): number
}

type StreamShape = Channel['streams'][number]

export class RtspGear implements Gear {
  readonly #device: KnownDevice
  readonly #doors: Doors
  readonly #nudge: Nudge
  readonly #sources = new SourceSet()
  #certificate: string | undefined

  constructor(device: KnownDevice, doors: Doors) {
    this.#device = device
    this.#doors = doors
    this.#nudge = new Nudge(doors.clock)
    this.#certificate = device.options.certificate
  }

  get learned(): DeviceOptions {
    return this.#certificate === undefined ? {} : { certificate: this.#certificate }
  }

  async run(sink: GearSink, signal: AbortSignal): Promise<void> {
    let failures = 0
    sink.onCondition(CONNECTING)
    while (!signal.aborted) {
      try {
        const information = await this.inform(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]))
        failures = 0
        sink.onInformation(information)
        sink.onCondition(ONLINE)
        this.#sources.nudge()
        await this.#nudge.wait(LOOK_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        failures++
        sink.onCondition(conditionOf(error))
        await this.#nudge.wait(waitAfter(error, failures, this.#doors.random()), signal)
      }
    }
  }

  async inform(signal: AbortSignal): Promise<DeviceInformation> {
    const { address, options, name } = this.#device
    const main = await this.#describe(address, 'main', signal)
    const streams = [main]
    if (options.subAddress !== undefined) streams.push(await this.#describe(options.subAddress, 'sub', signal))
    const channels = [{ id: 1, name, streams }]
    const unknown = { serialNumber: '', firmwareVersion: '', macAddress: '' }
    return { ...unknown, model: 'RTSP', deviceType: 'RTSP', name: '', channels }
  }

  nudge(): void {
    this.#nudge.now()
    this.#sources.nudge()
  }

  openSource(channel: number, profile: 'main' | 'sub', sink: SourceSink): LiveSource {
    if (channel !== 1) throw new Refusal('not-found', 'channel.unknown', `the device has no channel ${channel}`)
    const { address, options } = this.#device
    // Without a small picture the large one is shown: better than none.
    const url = profile === 'sub' ? (options.subAddress ?? address) : address
    const place = {
      url,
      transport: options.transport ?? 'tcp',
      ...this.#login(),
      tls: this.#trust(),
      reach: reachOf(this.#doors),
    } as const
    return this.#sources.add(openRtspSource(place, sink, this.#doors))
  }

  picture(): Promise<Uint8Array> {
    const text = 'a device that is only an RTSP address gives no still pictures'
    return Promise.reject(new Refusal('conflict', 'picture.unsupported', text))
  }

  uptime(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** The first certificate that is shown is the one from then on. */
  #trust(): TlsTrust {
    if (this.#certificate !== undefined) return { pin: this.#certificate }
    return {
      onFirstUse: (fingerprint) => {
        this.#certificate = fingerprint
      },
    }
  }

  #login(): { credentials?: LoginCredentials } {
    const { userName, secret } = this.#device
    return userName === null ? {} : { credentials: { username: userName, password: secret?.reveal() ?? '' } }
  }

  /** Plays for as long as it takes to be told what there is. */
  async #describe(url: string, profile: 'main' | 'sub', signal: AbortSignal): Promise<StreamShape> {
    let described: readonly MediaDescription[] = []
    const connection: RtspConnection = await openRtsp({
      url,
      ...this.#login(),
      tls: this.#trust(),
      reach: reachOf(this.#doors),
      transport: this.#device.options.transport ?? 'tcp',
      signal,
      clock: this.#doors.clock,
      onUnit: () => {},
      onDescription: (media) => {
        described = media
      },
    })
    await connection[Symbol.asyncDispose]()
    return shapeOf(described, profile)
  }
}

const shapeOf = (media: readonly MediaDescription[], profile: 'main' | 'sub'): StreamShape => {
  const video = media.find(({ kind }) => kind === 'video')
  const audio = media.find(({ kind }) => kind === 'audio')
  if (!video && !audio)
    throw new PeerError('media.none', 'nothing to see or hear is at this address', { retry: 'never' })
  return {
    id: profile === 'main' ? 1 : 2,
    profile,
    codec: video ? (video.codec ?? video.encoding) : null,
    ...sizeOf(video),
    bitrateKbps: null,
    audioCodec: audio ? (audio.codec ?? audio.encoding) : null,
  }
}

const sizeOf = (video: MediaDescription | undefined): Pick<StreamShape, 'width' | 'height' | 'frameRate'> => {
  const { codec, parameterSets = [], dimensions } = video ?? {}
  if ((codec === 'h264' || codec === 'h265') && parameterSets.length > 0)
    try {
      const { width, height, frameRate = null } = describeParameterSets(codec, parameterSets)
      return { width, height, frameRate }
    } catch {
      // The description's parameter sets are broken; those in the stream may be better.
    }
  return { width: dimensions?.width ?? null, height: dimensions?.height ?? null, frameRate: null }
}
