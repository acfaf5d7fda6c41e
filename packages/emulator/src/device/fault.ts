// SPDX-License-Identifier: Apache-2.0
/**
 * Faults on demand, in a small language for `--fault`: items separated by commas, each one of the table below. Unknown
 * words and bad numbers are refused; nothing is guessed. `3:lock` is for device 3 alone, `7-12:reboot=60s` for these six;
 * what is said for one comes before what is said for all.
 *
 *   drop=PERCENT       loses this share of RTP packets            drop=1%
 *   split=BYTES        cuts what is written into pieces           split=1
 *   slow=DURATION      waits before each answer                   slow=200ms
 *   offline@AT+FOR     gone from AT after the start, for FOR       offline@10s+5s
 *   events=WAY         how it tells events: `subscription` alone, or `inputs`: not at all, its alarm inputs can be looked at
 *   no-alerts@AT+FOR   ends alert streams and gives none for FOR    no-alerts@10s+5s
 *   reboot=DURATION    how long a reboot takes (default 8s)        reboot=2s
 *   flash=DURATION     how long writing firmware takes (5s)        flash=20s
 *   flash-END          how it ends: `fails` in the middle, `dud` leaves the old version, `dead` no device, `refused` at once
 *   upload-rate=N      takes so many kilobytes of firmware a second upload-rate=200
 *   upload-cut=N       breaks the first upload off after so many kB upload-cut=500
 *   rtsp-sessions=N    takes no more RTSP sessions at a time        rtsp-sessions=1
 *   lost-camera=N      a recorder does not reach its N-th camera    lost-camera=2
 *   alert-streams=N    takes no more alert streams at a time        alert-streams=1
 *   rtsp-STATUS        answers every DESCRIBE with it              rtsp-503
 *   nonsense           answers with bytes that mean nothing
 *   half-open          takes connections and never answers
 *   wrong-length       Content-Length of answers and parts is one too many
 *   lock               every account is locked from the start
 *   unlinked           no event is linked to the CMS from the factory
 *   no-inactive        events never end (`inactive` is not sent)
 *   old-certificate    its own certificate of HTTPS ran out a year ago
 *   not-activated      comes without a password
 *   drift=DURATION     the device's clock is ahead by this much   drift=90s, drift=-2h
 *   drift-rate=D/D     it gains this much in that time             drift-rate=2s/h, drift-rate=-1s/m
 *   hang-up            hangs up instead of answering what restarts it
 *   mute               pictures stop, the connection stays
 *   evil-NAME          it is hostile: see EVILS in evil.ts          evil-entities
 */
import { HmpError } from '@openhmp/protocol/base'
import { EVILS, type EvilName } from './evil.ts'
import type { FlashEnd } from './flash.ts'

/** From when, for how long, in milliseconds since the start. */
interface Outage {
  readonly atMs: number
  readonly forMs: number
}

/** The faults of a device; all off in `noFaults`. */
export interface Faults {
  /** Share of RTP packets to lose, 0 to 1. */
  readonly drop: number
  /** Longest piece to write at once, in bytes; 0 is off. */
  readonly splitBytes: number
  readonly slowMs: number
  readonly outages: readonly Outage[]
  /** The only way in which it tells events; undefined: all of them. */
  readonly eventWay: 'subscription' | 'inputs' | undefined
  /** Times in which it gives no alert stream, though it goes on. */
  readonly alertPauses: readonly Outage[]
  readonly rebootMs: number
  readonly flashMs: number
  readonly flashEnd: FlashEnd
  /** Status to answer a DESCRIBE with. */
  readonly rtspStatus: number | undefined
  /** Bytes of firmware that are taken in a second; 0: as fast as they come. */
  readonly uploadBytesPerSecond: number
  /** The first upload breaks off after so many; 0: it does not. */
  readonly uploadCutBytes: number
  /** Sessions that are taken at a time; undefined: as the profile says. */
  readonly rtspSessions: number | undefined
  /** Channel of a recorder whose camera it does not reach. */
  readonly lostCamera: number | undefined
  readonly alertStreams: number | undefined
  readonly driftMs: number
  /** Gained by the device's clock, in milliseconds per millisecond. */
  readonly driftRate: number
  readonly isNonsense: boolean
  readonly isHalfOpen: boolean
  readonly isWrongLength: boolean
  readonly isLocked: boolean
  readonly isNotActivated: boolean
  readonly hasOldCertificate: boolean
  readonly isUnlinked: boolean
  readonly isWithoutInactive: boolean
  readonly isMute: boolean
  readonly isHangingUp: boolean
  readonly evil: EvilName | undefined
}

/** No fault; a reboot takes eight seconds, quick for a camera and long enough to be noticed. */
export const noFaults: Faults = {
  drop: 0,
  splitBytes: 0,
  slowMs: 0,
  outages: [],
  alertPauses: [],
  eventWay: undefined,
  rebootMs: 8000,
  flashMs: 5000,
  flashEnd: 'works',
  rtspStatus: undefined,
  uploadBytesPerSecond: 0,
  uploadCutBytes: 0,
  rtspSessions: undefined,
  lostCamera: undefined,
  alertStreams: undefined,
  driftMs: 0,
  driftRate: 0,
  isNonsense: false,
  isHalfOpen: false,
  isWrongLength: false,
  isLocked: false,
  isNotActivated: false,
  hasOldCertificate: false,
  isUnlinked: false,
  isWithoutInactive: false,
  isMute: false,
  isHangingUp: false,
  evil: undefined,
}

/** A fault specification that is not one: wrong usage. */
export class FaultSpecError extends HmpError {
  constructor(item: string, why: string) {
    super('emulator.fault', `fault "${item}": ${why}`)
  }
}

/** Longest specification, in characters. */
export const MAX_FAULT_SPEC = 10_000

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

function duration(item: string, text: string): number {
  const match = /^(\d{1,7})(ms|s|m|h)$/.exec(text)
  if (!match) throw new FaultSpecError(item, `"${text}" is no duration such as 200ms, 5s or 2m`)
  return Number(match[1]) * units[match[2] as keyof typeof units]
}

const signed = (item: string, text: string): number =>
  text.startsWith('-') ? -duration(item, text.slice(1)) : duration(item, text)

function number(item: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) throw new FaultSpecError(item, `wants a number from ${least} to ${most}`)
  return value
}

const flags = {
  nonsense: 'isNonsense',
  'half-open': 'isHalfOpen',
  'wrong-length': 'isWrongLength',
  lock: 'isLocked',
  'not-activated': 'isNotActivated',
  'old-certificate': 'hasOldCertificate',
  unlinked: 'isUnlinked',
  'no-inactive': 'isWithoutInactive',
  mute: 'isMute',
  'hang-up': 'isHangingUp',
} as const satisfies Record<string, keyof Faults>

/** The faults of a fleet: those of each device by its number. */
export type FleetFaults = (index: number) => Faults

interface Item {
  readonly text: string
  /** Devices that it is for, both ends included; undefined: all. */
  readonly only: readonly [from: number, to: number] | undefined
  readonly change: Partial<Faults>
}

/**
 * Reads a specification for so many devices. Throws `FaultSpecError` for anything that is not in the table above, and for
 * devices that are not there.
 */
export function parseFaults(spec: string | undefined, devices = Number.POSITIVE_INFINITY): FleetFaults {
  if (spec === undefined || spec.trim() === '') return () => noFaults
  if (spec.length > MAX_FAULT_SPEC)
    throw new FaultSpecError(`${spec.slice(0, 20)}...`, `over ${MAX_FAULT_SPEC} characters`)
  const items = spec.split(',').map((text) => parseScoped(text.trim()))
  const everyones = gather(
    noFaults,
    items.filter(({ only }) => only === undefined),
  )
  const scoped = items.filter(({ only }) => only !== undefined)
  for (const { text, only } of scoped)
    if (only![1] >= devices) throw new FaultSpecError(text, `the last device is ${devices - 1}`)
  for (const { only } of scoped) gather(everyones, of(scoped, only![0])) // wrong ones are told now, not by the device
  return (index) => gather(everyones, of(scoped, index))
}

const of = (items: readonly Item[], index: number): Item[] =>
  items.filter(({ only }) => only !== undefined && only[0] <= index && index <= only[1])

/** `3:reboot=60s`, `7-12:lock`, or an item for all. */
function parseScoped(text: string): Item {
  const [, from, to = from, item = text] = /^(\d{1,4})(?:-(\d{1,4}))?:(.*)$/s.exec(text) ?? []
  const change = parseItem(item)
  if (from === undefined) return { text, only: undefined, change }
  if (Number(to) < Number(from)) throw new FaultSpecError(text, `there is no device from ${from} to ${to}`)
  return { text, only: [Number(from), Number(to)], change }
}

/** What is said for one device comes before what is said for all; nothing may be said twice at one level. */
function gather(base: Faults, items: readonly Item[]): Faults {
  let faults = base
  const seen = new Set<string>()
  for (const { text, change } of items) {
    for (const key of Object.keys(change)) {
      if (key !== 'outages' && key !== 'alertPauses' && seen.has(key)) throw new FaultSpecError(text, 'is given twice')
      seen.add(key)
    }
    const outages = [...faults.outages, ...(change.outages ?? [])]
    const alertPauses = [...faults.alertPauses, ...(change.alertPauses ?? [])]
    faults = { ...faults, ...change, outages, alertPauses }
  }
  return faults
}

function parseItem(item: string): Partial<Faults> {
  const outage = /^offline@([^+]+)\+(.+)$/.exec(item)
  if (outage) return { outages: [{ atMs: duration(item, outage[1]!), forMs: duration(item, outage[2]!) }] }
  const pause = /^no-alerts@([^+]+)\+(.+)$/.exec(item)
  if (pause) return { alertPauses: [{ atMs: duration(item, pause[1]!), forMs: duration(item, pause[2]!) }] }
  const status = /^rtsp-(\d+)$/.exec(item)
  if (status) return { rtspStatus: number(item, status[1]!, 300, 599) }
  const end = /^flash-(fails|dud|dead|refused)$/.exec(item)
  if (end) return { flashEnd: end[1] as FlashEnd }
  if (Object.hasOwn(flags, item)) return { [flags[item as keyof typeof flags]]: true }
  const evil = /^evil-(\w+)$/.exec(item)?.[1]
  if (evil !== undefined && Object.hasOwn(EVILS, evil)) return { evil: evil as EvilName }
  const [name = '', value = ''] = item.split(/=(.*)/s)
  switch (name) {
    case 'drop':
      if (!value.endsWith('%')) throw new FaultSpecError(item, 'wants a percentage such as 1%')
      return { drop: number(item, value.slice(0, -1), 0, 100) / 100 }
    case 'events':
      if (value !== 'subscription' && value !== 'inputs') throw new FaultSpecError(item, 'wants subscription or inputs')
      return { eventWay: value }
    case 'split':
      if (!/^\d+$/.test(value)) throw new FaultSpecError(item, 'wants a whole number of bytes')
      return { splitBytes: number(item, value, 1, 65_536) }
    case 'upload-rate':
      return { uploadBytesPerSecond: number(item, value, 1, 1_000_000) * 1000 }
    case 'upload-cut':
      return { uploadCutBytes: number(item, value, 1, 1_000_000) * 1000 }
    case 'lost-camera':
      return { lostCamera: number(item, value, 1, 256) }
    case 'rtsp-sessions':
      return { rtspSessions: number(item, value, 0, 1000) }
    case 'alert-streams':
      return { alertStreams: number(item, value, 0, 1000) }
    case 'slow':
      return { slowMs: duration(item, value) }
    case 'reboot':
      return { rebootMs: duration(item, value) }
    case 'flash':
      return { flashMs: duration(item, value) }
    case 'drift':
      return { driftMs: signed(item, value) }
    case 'drift-rate': {
      const [gain = '', time = ''] = value.split('/')
      const timeMs = duration(item, /^\d/.test(time) ? time : `1${time}`)
      return { driftRate: signed(item, gain) / number(item, String(timeMs), 1, Number.MAX_SAFE_INTEGER) }
    }
    default:
      throw new FaultSpecError(item, 'is not known')
  }
}
