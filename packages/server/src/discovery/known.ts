// SPDX-License-Identifier: Apache-2.0
/** Whether something that was found is a device of ours. */
import type { FoundDevice } from '@openhmp/client'
import type { DeviceId } from '@openhmp/contract'
import { plainMac } from '@openhmp/protocol/discovery'
import type { KnownDevice } from '../fleet/device-row.ts'

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'rtsp:': '554', 'rtsps:': '322' }

/** Tells it by hardware address or serial number, else by address and port. */
export const knownBy = (devices: Iterable<KnownDevice>): ((found: FoundDevice) => DeviceId | undefined) => {
  const ids = new Map<string, string>()
  for (const { id, address, kind, information } of devices) {
    const mac = plainMac(information?.macAddress)
    if (mac) ids.set(mac, id)
    if (information?.serialNumber) ids.set(information.serialNumber, id)
    const url = kind === 'hmp' ? null : URL.parse(address)
    if (url) ids.set(`${url.hostname}:${url.port || (PORTS[url.protocol] ?? '')}`, id)
  }
  return ({ macAddress, serialNumber, address, httpPort, httpsPort, rtspPort }) => {
    const ports = [httpPort, httpsPort, rtspPort].filter((port) => port !== undefined)
    const names = [macAddress, serialNumber, ...ports.map((port) => `${address}:${port}`)]
    for (const name of names) {
      const id = name === undefined ? undefined : ids.get(name)
      if (id !== undefined) return id as DeviceId
    }
    return undefined
  }
}
