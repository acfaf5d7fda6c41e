// SPDX-License-Identifier: Apache-2.0
/** How a device is doing, as far as it tells: uptime, clock, disks, event links, password. Seven small questions, no change. */
import { type Clock, PeerError } from '@openhmp/protocol/base'
import { readInputProxyStatuses, readStatus, readTime, readUserCheck } from '@openhmp/protocol/isapi'
import { childrenOf, find, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { readUnlinkedEvents } from './links.ts'
import type { IsapiDoor } from './resource.ts'

/** The device's clock beside ours. */
export interface ClockReading {
  /** Device minus here; undefined when it tells no time with an offset. */
  readonly offsetMs: number | undefined
  /** `NTP`, `manual` ... */
  readonly mode: string
}

/** A disk, card or share of the device. */
export interface DiskReading {
  readonly name: string
  /** The device's own word: `ok`, `unformatted`, `error` ... */
  readonly state: string
  readonly isGood: boolean
  readonly capacityMb: number | undefined
  readonly freeMb: number | undefined
}

/** What the device does not tell is undefined. */
export interface HealthReading {
  readonly uptimeSeconds: number | undefined
  readonly cpuPercent: number | undefined
  readonly temperatureCelsius: number | undefined
  readonly clock: ClockReading | undefined
  readonly disks: readonly DiskReading[]
  /** Ids of wanted events that are not linked to a CMS; undefined when links are not told. */
  readonly unlinkedEvents: readonly string[] | undefined
  /** Cameras that a recorder does not reach, and its own word for why; none of a camera. */
  readonly lostCameras: readonly { readonly channel: number; readonly reason: string | undefined }[]
  /** The device itself calls the password weak. */
  readonly isRiskPassword: boolean | undefined
}

interface Asking {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Asks. Rejects when the device is not reached or refuses the account; what it does not have is left out. */
export const readHealth = async (door: IsapiDoor, options: Asking): Promise<HealthReading> => {
  const told = await orNothing(() => door.getXml('/ISAPI/System/status', options))
  const clock = await orNothing(() => readClock(door, options))
  const disks = await orNothing(() => readDisks(door, options))
  const unlinkedEvents = await orNothing(() => readUnlinkedEvents(door, options))
  const lostCameras = await orNothing(() => readLostCameras(door, options))
  const check = await orNothing(async () => readUserCheck(await door.getXml('/ISAPI/Security/userCheck', options)))
  const status = told && readStatus(told)
  return {
    uptimeSeconds: status?.upTimeSeconds,
    cpuPercent: status?.cpuPercent,
    temperatureCelsius: told && numberAt(find(told, 'TemperatureList/Temperature'), 'temperature'),
    clock,
    disks: disks ?? [],
    unlinkedEvents,
    lostCameras: lostCameras ?? [],
    isRiskPassword: check?.isRiskPassword,
  }
}

/** The clock, half of the way there and back counted off. */
export const readClock = async (door: IsapiDoor, { clock, signal }: Asking): Promise<ClockReading> => {
  const fromMs = clock.monotonic()
  const { timeMode, localTime } = readTime(await door.getXml('/ISAPI/System/time', { signal }))
  const tookMs = clock.monotonic() - fromMs
  const told = timeOf(localTime)
  const offsetMs = told === undefined ? undefined : Math.round(told - (clock.now() - tookMs / 2))
  return { offsetMs, mode: timeMode.toUpperCase() === 'NTP' ? 'NTP' : timeMode }
}

const readLostCameras = async (door: IsapiDoor, { signal }: Pick<Asking, 'signal'>) =>
  readInputProxyStatuses(await door.getXml('/ISAPI/ContentMgmt/InputProxy/channels/status', { signal }))
    // What is not said is not "offline".
    .filter(({ isOnline }) => isOnline === false)
    .map(({ id, result }) => ({ channel: id, reason: result }))

/** Disks and shares; none is an empty list. */
export const readDisks = async (door: IsapiDoor, { signal }: Pick<Asking, 'signal'>): Promise<DiskReading[]> => {
  const root = await door.getXml('/ISAPI/ContentMgmt/Storage', { signal })
  return [...childrenOf(find(root, 'hddList'), 'hdd'), ...childrenOf(find(root, 'nasList'), 'nas')].map(diskOf)
}

const diskOf = (disk: XmlElement): DiskReading => {
  const state = textAt(disk, 'status') ?? 'unknown'
  return {
    name: textAt(disk, 'hddName') ?? textAt(disk, 'ipAddress') ?? `disk ${textAt(disk, 'id') ?? '?'}`,
    state,
    isGood: /^(ok|idle|sleeping)$/i.test(state),
    capacityMb: numberAt(disk, 'capacity'),
    freeMb: numberAt(disk, 'freeSpace'),
  }
}

/**
 * Milliseconds since 1970; undefined for what is no time with an offset.
 *
 * Tolerates: offsets with an hour of one digit (`-6:00`).
 */
const timeOf = (text: string | undefined): number | undefined => {
  const whole = text?.replace(/([+-])(\d):(\d\d)$/, '$10$2:$3')
  const ms = whole !== undefined && /(Z|[+-]\d\d:?\d\d)$/.test(whole) ? Date.parse(whole) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** What a device says no to is not there; a refused account and a lost link concern the whole device. */
const orNothing = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof PeerError && error.retry !== 'after-login') return undefined
    throw error
  }
}
