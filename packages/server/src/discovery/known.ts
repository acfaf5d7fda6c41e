// SPDX-License-Identifier: Apache-2.0
/** Whether something that was found is a device of ours. */
import type { FoundDevice } from '@openhmp/client'
import { plainMac } from '@openhmp/protocol/discovery'
import type { KnownDevice } from '../fleet/device-row.ts'

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'rtsp:': '554', 'rtsps:': '322' }

/** Tells it by hardware address or serial number, else by address and port. */
export const knownBy = (devices: Iterable<KnownDevice>): ((found: FoundDevice) => KnownDevice | undefined) => {
  const byName = new Map<string, KnownDevice>()
  for (const device of devices) {
    const { address, kind, information } = device
    const mac = plainMac(information?.macAddress)
    if (mac) byName.set(mac, device)
    if (information?.serialNumber) byName.set(information.serialNumber, device)
    const url = kind === 'hmp' ? null : URL.parse(address)
    if (url) byName.set(`${url.hostname}:${url.port || (PORTS[url.protocol] ?? '')}`, device)
  }
  return ({ macAddress, serialNumber, address, httpPort, httpsPort, rtspPort }) => {
    const ports = [httpPort, httpsPort, rtspPort].filter((port) => port !== undefined)
    const names = [macAddress, serialNumber, ...ports.map((port) => `${address}:${port}`)]
    for (const name of names) {
      const device = name === undefined ? undefined : byName.get(name)
      if (device) return device
    }
    return undefined
  }
}
