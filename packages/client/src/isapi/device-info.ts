// SPDX-License-Identifier: Apache-2.0
/** The first document that a device is asked for: it tells whether there is a device at all. */
import { PeerError } from '@openhmp/protocol/base'
import { type DeviceInfo, readDeviceInfo } from '@openhmp/protocol/isapi'
import { localName, type XmlElement } from '@openhmp/protocol/xml'

/** Every device has it. */
export const INFO_PATH = '/ISAPI/System/deviceInfo'

/** Reads it. Throws `PeerError` `isapi.not-isapi` for another document; `where` names device and request. */
export const deviceInfoOf = (root: XmlElement, where: string): DeviceInfo => {
  if (localName(root).toLowerCase() === 'deviceinfo') return readDeviceInfo(root)
  const text = `${where}: the answer is <${root.name}>, not <DeviceInfo>`
  throw new PeerError('isapi.not-isapi', text, { retry: 'never' })
}
