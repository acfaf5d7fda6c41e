// SPDX-License-Identifier: Apache-2.0
/** Whether something that was found is a device of ours. */
import type { FoundDevice } from '@openhmp/client'
import type { Device } from '@openhmp/contract'
import { parseDeviceAddress } from '../fleet/address.ts'

/** As searches write hardware addresses. */
export const plainMacOf = (mac: string): string => mac.toLowerCase().replaceAll('-', ':')

/** By its address and port; by serial number where it says one. */
export const sameDevice = (found: FoundDevice, { kind, address, serialNumber }: Device): boolean => {
  if (found.serialNumber !== undefined && found.serialNumber === serialNumber) return true
  if (kind !== 'isapi') return false
  const { host, port } = parseDeviceAddress(address)
  return host === found.address && (found.httpPort === undefined || found.httpPort === port || found.httpsPort === port)
}
