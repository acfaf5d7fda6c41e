// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/System/deviceInfo`. */
import { element, textAt, type XmlElement } from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'

/** What every device says of itself; an element that is missing is an empty text. */
export interface DeviceInfo {
  readonly deviceName: string
  readonly deviceId: string
  readonly model: string
  readonly serialNumber: string
  readonly macAddress: string
  /** `V5.7.17`. */
  readonly firmwareVersion: string
  /** `build 240606`. */
  readonly firmwareReleasedDate: string
  /** `IPCamera`, `IPDome`, `NVR`, `DVR` ... */
  readonly deviceType: string
}

const names = {
  deviceName: 'deviceName',
  deviceId: 'deviceID',
  model: 'model',
  serialNumber: 'serialNumber',
  macAddress: 'macAddress',
  firmwareVersion: 'firmwareVersion',
  firmwareReleasedDate: 'firmwareReleasedDate',
  deviceType: 'deviceType',
} as const satisfies Record<keyof DeviceInfo, string>

/** Reads the document. Texts are trimmed: intercoms write their type with a TAB in front. */
export const readDeviceInfo = (root: XmlElement): DeviceInfo => {
  const at = (name: keyof DeviceInfo): string => textAt(root, names[name]) ?? ''
  return {
    deviceName: at('deviceName'),
    deviceId: at('deviceId'),
    model: at('model'),
    serialNumber: at('serialNumber'),
    macAddress: at('macAddress').toLowerCase(),
    firmwareVersion: at('firmwareVersion'),
    firmwareReleasedDate: at('firmwareReleasedDate'),
    deviceType: at('deviceType'),
  }
}

/** Writes the document, with what else a device has to say at the end. */
export const deviceInfoElement = (
  info: DeviceInfo,
  more: readonly XmlElement[] = [],
  outer?: { version?: string; namespace?: string },
): XmlElement =>
  isapiRoot(
    'DeviceInfo',
    [...Object.entries(names).map(([key, name]) => element(name, info[key as keyof DeviceInfo])), ...more],
    outer,
  )
