// SPDX-License-Identifier: Apache-2.0
/** Time, status and login state: the small documents of `/ISAPI/System` and `/ISAPI/Security`. */
import { booleanAt, childrenOf, element, find, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'

/** `/System/time`. */
export interface DeviceTime {
  readonly timeMode: 'NTP' | 'manual' | (string & {})
  /** As written, with the device's offset. */
  readonly localTime: string | undefined
  /** POSIX form, sign inverted: `CST-8:00:00` is eight hours ahead of UTC. */
  readonly timeZone: string | undefined
}

export const readTime = (root: XmlElement): DeviceTime => ({
  timeMode: textAt(root, 'timeMode') ?? 'manual',
  localTime: textAt(root, 'localTime'),
  timeZone: textAt(root, 'timeZone'),
})

/** `localTime` goes with `manual` alone: with NTP a device refuses it. */
export const timeElement = ({ timeMode, localTime, timeZone }: DeviceTime): XmlElement =>
  isapiRoot('Time', [
    element('timeMode', timeMode),
    ...(localTime === undefined || timeMode === 'NTP' ? [] : [element('localTime', localTime)]),
    ...(timeZone === undefined ? [] : [element('timeZone', timeZone)]),
  ])

/** Minutes that a POSIX time zone is ahead of UTC, daylight saving aside; undefined when it cannot be read. */
export const zoneMinutes = (timeZone: string): number | undefined => {
  const match = /^[A-Za-z<>+-]{3,}?([+-]?)(\d{1,2})(?::(\d{2}))?/.exec(timeZone)
  if (!match) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  return minutes === 0 ? 0 : match[1] === '-' ? minutes : -minutes
}

/** `/System/status`. */
export interface DeviceStatus {
  /** Seconds; going down means that the device has restarted. */
  readonly upTimeSeconds: number | undefined
  readonly currentDeviceTime: string | undefined
  /** Percent of the first processor. */
  readonly cpuPercent: number | undefined
}

export const readStatus = (root: XmlElement): DeviceStatus => ({
  upTimeSeconds: numberAt(root, 'deviceUpTime'),
  currentDeviceTime: textAt(root, 'currentDeviceTime'),
  cpuPercent: numberAt(childrenOf(find(root, 'CPUList'), 'CPU')[0], 'cpuUtilization'),
})

/** `/Security/userCheck`. */
export interface UserCheck {
  readonly isOk: boolean
  readonly isActivated: boolean | undefined
  readonly isRiskPassword: boolean | undefined
  readonly isLocked: boolean
  /** Until the lock ends. */
  readonly unlockSeconds: number | undefined
  /** Tries left before a lock. */
  readonly triesLeft: number | undefined
}

export const readUserCheck = (root: XmlElement): UserCheck => ({
  isOk: numberAt(root, 'statusValue') === 200,
  isActivated: booleanAt(root, 'isActivated'),
  isRiskPassword: booleanAt(root, 'isRiskPassword'),
  isLocked: textAt(root, 'lockStatus')?.toLowerCase() === 'lock',
  unlockSeconds: numberAt(root, 'unlockTime') ?? numberAt(root, 'resLockTime'),
  triesLeft: numberAt(root, 'retryLoginTime') ?? numberAt(root, 'retryTimes'),
})
