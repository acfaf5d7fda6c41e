// SPDX-License-Identifier: Apache-2.0
/** Starts devices: cameras first, then recorders; device i listens on the given ports plus i. */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Clock, HmpError, Scope } from '@openhmp/protocol/base'
import { systemClock } from './clock.ts'
import type { Alert } from './device/alert.ts'
import { EmulatedDevice } from './device/device.ts'
import { type Faults, parseFaults } from './device/fault.ts'
import { identityOf } from './device/identity.ts'
import { type Profile, type ProfileName, profiles } from './device/profile.ts'
import { Responder } from './discovery/responder.ts'
import { DialOut } from './hmp/dial-out.ts'
import { HttpListener } from './http/listener.ts'
import { Pusher } from './http/push.ts'
import type { Channel } from './isapi/core.ts'
import { LiveCamera } from './media/live.ts'
import { fileClip, sceneClip, type VideoCodec } from './media/load.ts'
import { Pacer } from './media/pacer.ts'
import { listenRtsp } from './rtsp/listener.ts'
import { rtspLogin } from './rtsp/login.ts'
import { type StateError, StateFolder } from './state/folder.ts'

/** Devices of one process. */
export const MAX_DEVICES = 2000
/** Cameras behind a recorder unless told otherwise. */
const RECORDER_CHANNELS = 4
/** Several processes may answer one search, each with devices on ports that the system chose: these tell theirs apart. */
const PROCESS_MARK = (process.pid & 0x1fff) << 11
/** Cameras of one scene are apart by this much, so that they do not all send their key pictures at once. */
const PHASE_STEP_MS = 1730

/** Wrong usage of the emulator. Codes: `emulator.usage`, `emulator.ports`. */
export class EmulatorError extends HmpError {}

/** What to emulate. */
export interface EmulatorOptions {
  readonly cameras: number
  readonly recorders: number
  /** Cameras behind each recorder; default 4. */
  readonly recorderChannels?: number
  /** The first device's; device i listens on it plus i. 0: any free one for each. */
  readonly httpPort: number
  readonly rtspPort: number
  /** As the others; left out: no HTTPS. */
  readonly httpsPort?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly user: string
  readonly password: string
  /** False: devices as they come from the factory, to be activated; default true. */
  readonly isActivated?: boolean
  /** They answer SADP and WS-Discovery; default false. */
  readonly isDiscoverable?: boolean
  /** Of the main streams; default h264. */
  readonly codec?: VideoCodec
  /** Law of the sound; default pcma. */
  readonly audio?: 'pcma' | 'pcmu'
  /** The user's own MP4, instead of the scenes. */
  readonly media?: string
  /** See `parseFaults`. */
  readonly fault?: string
  /**
   * Firmware of the devices: a camera's name for cameras, a recorder's for recorders, `mixed` for all in turn. Default: the
   * newest of each.
   */
  readonly profile?: string
  /** Where each device keeps its state, so that it survives a restart; left out: nowhere. Holds the devices' passwords. */
  readonly stateDir?: string
  /** The devices dial a CMS: the i-th with the i-th token. Join tokens need no `url`. */
  readonly hmp?: { readonly url?: string; readonly tokens: readonly string[]; readonly proxy?: string }
  /** Default: the real time. */
  readonly clock?: Clock
  /** A line for people about what happens (a reboot, a return). */
  readonly onLine?: (line: string) => void
}

/** Where a device is to be found. */
export interface EmulatedDeviceInfo {
  readonly index: number
  readonly kind: 'camera' | 'recorder'
  readonly model: string
  readonly serialNumber: string
  readonly httpUrl: string
  readonly httpsUrl: string | undefined
  /** Of its first channel's main stream. */
  readonly rtspUrl: string
}

/** Runs until disposed. */
export interface Emulator extends AsyncDisposable {
  readonly devices: readonly EmulatedDeviceInfo[]
  /** A running device, to make things happen: `raise`, `reboot`. */
  device(index: number): EmulatedDevice
  /** Starts or ends an event of a device. */
  raise(index: number, alert: Alert): void
}

type Timed = EmulatorOptions & { readonly clock: Clock }

/** Starts everything, or nothing. Throws `EmulatorError`, `FaultSpecError`, `MediaError`, `StateError`. */
export async function startEmulator(given: EmulatorOptions): Promise<Emulator> {
  const options: Timed = { clock: systemClock, ...given }
  const plan = planOf(options)
  const faults = parseFaults(options.fault, plan.length)
  const scope = new Scope()
  try {
    const say = (error: StateError) => options.onLine?.(error.message)
    const folder =
      options.stateDir === undefined
        ? undefined
        : scope.use(await StateFolder.open(options.stateDir, options.clock, say))
    const pacer = scope.use(new Pacer(options.clock))
    const devices: EmulatedDevice[] = []
    const infos: EmulatedDeviceInfo[] = []
    for (const [index, profile] of plan.entries()) {
      const device = scope.use(await makeDevice(options, profile, index, pacer, faults(index), folder))
      infos.push(await openPorts(options, device, scope))
      devices.push(device)
      const token = options.hmp?.tokens[index]
      if (options.hmp && token !== undefined) {
        const { clock, onLine, stateDir } = options
        const file = stateDir === undefined ? undefined : join(stateDir, `link-${index}.json`)
        const { url, proxy } = options.hmp
        scope.use(new DialOut({ device, url, token, proxy, file, clock, onLine }))
      }
      device.onPower((power) =>
        options.onLine?.(`${device.identity.kind} ${index} is ${power === 'up' ? 'back' : 'gone'}`),
      )
    }
    if (options.isDiscoverable) scope.use(await responderFor(devices, options.host ?? '127.0.0.1'))
    const running = scope.move()
    const at = (index: number): EmulatedDevice => {
      const device = devices[index]
      if (!device) throw new EmulatorError('emulator.usage', `no device ${index}; there are ${devices.length}`)
      return device
    }
    return {
      devices: infos,
      device: at,
      raise: (index, alert) => at(index).raise(alert),
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    }
  } catch (error) {
    await scope[Symbol.asyncDispose]()
    throw error
  }
}

async function responderFor(devices: readonly EmulatedDevice[], host: string): Promise<Responder> {
  try {
    return await Responder.open(devices, host)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EmulatorError('emulator.ports', `cannot answer searches of the network: ${why}`, { cause })
  }
}

/** The profile of each device. */
function planOf(options: EmulatorOptions): Profile[] {
  const { cameras, recorders, httpPort, rtspPort, profile, user, password } = options
  const count = cameras + recorders
  const fail = (text: string) => new EmulatorError('emulator.usage', text)
  if (![cameras, recorders].every((n) => Number.isInteger(n) && n >= 0) || count < 1 || count > MAX_DEVICES)
    throw fail(`from 1 to ${MAX_DEVICES} devices can be emulated`)
  if (user === '' || password === '') throw fail('user and password are needed')
  const ports = [httpPort, rtspPort, ...(options.httpsPort === undefined ? [] : [options.httpsPort])]
  for (const port of ports)
    if (!Number.isInteger(port) || port < 0 || port + count - 1 > 65_535)
      throw fail(`${count} devices from port ${port} on run past port 65535`)
  const firsts = ports.filter((port) => port !== 0).toSorted((a, b) => a - b)
  if (firsts.some((port, i) => i > 0 && port - firsts[i - 1]! < count)) throw fail('the ranges of ports overlap')
  if (profile !== undefined && profile !== 'mixed' && !Object.hasOwn(profiles, profile))
    throw fail(`no profile "${profile}"; there are ${Object.keys(profiles).join(', ')}, mixed`)
  const all: readonly Profile[] = Object.values(profiles)
  const chosen =
    profile === 'mixed'
      ? all
      : [profiles[(profile ?? 'ipc-5.7') as ProfileName], profiles['ipc-5.7'], profiles['nvr-4']]
  const inTurn = (kind: Profile['kind'], n: number): Profile[] => {
    const fitting = chosen.filter((one) => one.kind === kind)
    const usable = profile === 'mixed' ? fitting : fitting.slice(0, 1)
    return Array.from({ length: n }, (_, i) => usable[i % usable.length]!)
  }
  return [...inTurn('camera', cameras), ...inTurn('recorder', recorders)]
}

async function makeDevice(
  options: Timed,
  profile: Profile,
  index: number,
  pacer: Pacer,
  faults: Faults,
  folder: StateFolder | undefined,
): Promise<EmulatedDevice> {
  const { user, password, httpPort } = options
  const isRecorder = profile.kind === 'recorder'
  const channels: Channel[] = []
  const count = isRecorder ? (options.recorderChannels ?? RECORDER_CHANNELS) : 1
  for (let n = 0; n < count; n++)
    channels.push(await makeChannel(options, pacer, isRecorder ? n : index, n + 1, isRecorder))
  const first = httpPort === 0 && options.isDiscoverable ? PROCESS_MARK : httpPort
  const unique = first + index
  const name = isRecorder ? 'Network Video Recorder' : channels[0]!.defaultName
  const state = await folder?.read(index, profile.model)
  const device: EmulatedDevice = new EmulatedDevice({
    identity: identityOf({ index, unique, name, profile }),
    profile,
    channels,
    faults,
    user,
    password,
    isActivated: options.isActivated ?? true,
    state,
    onChange: () => folder?.note(index, device),
    pacer,
  })
  return device
}

async function makeChannel(
  options: EmulatorOptions,
  pacer: Pacer,
  scene: number,
  channel: number,
  isProxied: boolean,
): Promise<Channel> {
  const { media, codec = 'h264', audio = 'pcma' } = options
  const clip = media === undefined ? await sceneClip(scene, codec) : await fileClip(media)
  // The user's own file has one law or none, whatever was asked.
  const law = clip.audio[audio] ? audio : clip.audio.pcma ? 'pcma' : clip.audio.pcmu ? 'pcmu' : undefined
  const round = Math.floor(scene / 4)
  const random = () => randomBytes(4).readUInt32BE()
  const phaseMs = (scene * PHASE_STEP_MS) % clip.loopMs
  return {
    channel,
    defaultName: round === 0 ? clip.title : `${clip.title} ${round + 1}`,
    camera: new LiveCamera({ clip, pacer, law, phaseMs, random }),
    source: isProxied
      ? {
          ipAddress: `192.168.254.${channel + 1}`,
          model: profiles['ipc-5.7'].model,
          serialNumber: `${profiles['ipc-5.7'].model}20260916AAWR${200_000_000 + channel}`,
          isOnline: true,
        }
      : undefined,
  }
}

async function openPorts(options: Timed, device: EmulatedDevice, scope: Scope): Promise<EmulatedDeviceInfo> {
  const { host = '127.0.0.1', rtspPort, httpsPort, clock } = options
  const portOf = (first: number): number => (first === 0 ? 0 : first + index)
  const { index, kind, model, serialNumber } = device.identity
  try {
    const http = scope.use(
      await HttpListener.open(
        device,
        host,
        portOf(options.httpPort),
        httpsPort === undefined ? undefined : portOf(httpsPort),
      ),
    )
    const port = portOf(rtspPort)
    const rtsp = scope.use(await listenRtsp({ device, host, port, clock, login: rtspLogin(device.profile) }))
    device.setAddress({ ipAddress: host, httpPort: http.port, rtspPort: rtsp.port, httpsPort: http.httpsPort })
    scope.use(new Pusher(device))
    const name = host.includes(':') ? `[${host}]` : host
    return {
      index,
      kind,
      model,
      serialNumber,
      httpUrl: `http://${name}:${http.port}`,
      httpsUrl: http.httpsPort === undefined ? undefined : `https://${name}:${http.httpsPort}`,
      rtspUrl: `rtsp://${name}:${rtsp.port}/Streaming/Channels/101`,
    }
  } catch (cause) {
    if (cause instanceof HmpError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EmulatorError('emulator.ports', `${kind} ${index} cannot listen: ${why}`, { cause })
  }
}
