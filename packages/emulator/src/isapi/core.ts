// SPDX-License-Identifier: Apache-2.0
/** What the ISAPI handlers see of the device they belong to. */
import type { Clock } from '@openhmp/protocol/base'
import type { Accounts } from '../device/account.ts'
import type { Alert } from '../device/alert.ts'
import type { DeviceIdentity } from '../device/api.ts'
import type { DeviceCertificate } from '../device/certificate.ts'
import type { Faults } from '../device/fault.ts'
import type { FirmwareHeader } from '../device/firmware-image.ts'
import type { Flash } from '../device/flash.ts'
import type { DeviceLog } from '../device/log.ts'
import type { Profile } from '../device/profile.ts'
import type { WebSessions } from '../device/web-session.ts'
import type { LiveCamera } from '../media/live.ts'
import type { Settings } from './settings.ts'

/** One video input: a camera's own, or a camera behind a recorder. */
export interface Channel {
  readonly channel: number
  readonly defaultName: string
  readonly camera: LiveCamera
  /** Behind a recorder: the camera it comes from. */
  readonly source:
    | { readonly ipAddress: string; readonly model: string; readonly serialNumber: string; readonly isOnline: boolean }
    | undefined
}

/** The device behind the handlers. */
export interface DeviceCore {
  readonly identity: DeviceIdentity
  readonly profile: Profile
  readonly faults: Faults
  readonly clock: Clock
  readonly channels: readonly Channel[]
  readonly accounts: Accounts
  readonly settings: Settings
  /** What it wrote down of events; undefined where it keeps no log. */
  readonly log: Pick<DeviceLog, 'between'> | undefined
  /** Of HTTPS. */
  readonly certificate: Pick<DeviceCertificate, 'credentials' | 'request' | 'install' | 'reset'>
  /** Who logged in by a session instead of digest. */
  readonly webSessions: WebSessions
  /** False while the administrator has no password: nothing but activation is answered. */
  readonly isActivated: boolean
  /** As the device itself believes. */
  readonly address: {
    readonly ipAddress: string
    readonly httpPort: number
    readonly rtspPort: number
    readonly httpsPort?: number | undefined
  }
  /** Wall time as the device has it, milliseconds since 1970: its clock may be wrong. */
  deviceNow(): number
  setDeviceTime(ms: number): void
  upSeconds(): number
  readonly reboots: number
  /** The firmware that runs, and its renewal. `profile` tells how the family behaves, not what is installed. */
  readonly flash: Pick<Flash, 'firmware' | 'isUpgrading' | 'percent' | 'receive' | 'drop'>
  /** Writes firmware that is there whole. Throws `DeviceRefusal` when it is not for this device. */
  writeFirmware(image: FirmwareHeader): void
  /** Begins a reboot shortly after the answer is out. Throws `DeviceRefusal` while firmware is written. */
  reboot(): void
  /** Gives the administrator a password. Throws `DeviceRefusal`: activated already, or the password is weak. */
  activate(password: string): void
  /** Back to the factory, and a reboot: `basic` keeps network and users, `full` nothing, activation included. */
  factoryReset(mode: 'basic' | 'full'): void
  raise(alert: Alert): void
  channelName(channel: number): string
}

/** Local time with the offset of the device's POSIX zone, as `2026-10-16T12:00:00+08:00`. */
export function deviceTime(ms: number, zone: string): string {
  const minutes = zoneMinutes(zone)
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 19)
  const size = Math.abs(minutes)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** Minutes east of Greenwich; POSIX writes the sign the other way round (`CST-8:00:00` is +08:00). */
export function zoneMinutes(zone: string): number {
  const match = /^[A-Za-z]{1,8}([+-]?)(\d{1,2})(?::(\d{2}))?/.exec(zone)
  if (!match) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  return match[1] === '-' || minutes === 0 ? minutes : -minutes
}
