// SPDX-License-Identifier: Apache-2.0
/** SADP and WS-Discovery on the wire: asks on every interface, again and again, and tells what answers. */
import { randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { type Clock, LinkError, WireError } from '@openhmp/protocol/base'
import {
  plainMac,
  readSadpAnswer,
  readWsDiscoveryMatches,
  SADP_GROUP,
  SADP_PORT,
  sadpInquiry,
  scopeOf,
  WS_DISCOVERY_GROUP,
  WS_DISCOVERY_PORT,
  wsDiscoveryProbe,
} from '@openhmp/protocol/discovery'
import type { Sighting } from './found.ts'

/** Datagrams get lost: asked anew so often. */
const AGAIN_MS = 1000
const TIMES = 4

interface Asking {
  /** IPv4 addresses of our own interfaces to ask on. */
  readonly interfaces: readonly string[]
  readonly clock: Clock
  readonly signal: AbortSignal
  onSighting(sighting: Sighting): void
}

/** IPv4 addresses of this machine's interfaces, loopback left out. */
export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).flatMap(({ family, internal, address }) => (family === 'IPv4' && !internal ? [address] : [])),
  )

/** Devices of the vendor, also those whose address does not fit into this network: they answer to the group, too. */
export const searchSadp = (asking: Asking): Promise<void> => {
  const question = () => sadpInquiry(randomUUID())
  return search(asking, { group: SADP_GROUP, port: SADP_PORT, question, isHeard: true }, (bytes, from) => {
    const answer = readSadpAnswer(bytes)
    if (!answer) return
    // The address that it says counts, not that of the datagram: it may not be reachable there yet.
    asking.onSighting({
      ...{ method: 'sadp', kind: 'hikvision', address: answer.address ?? from },
      ...{ httpPort: answer.httpPort, model: answer.model, serialNumber: answer.serialNumber },
      ...{ macAddress: answer.macAddress, firmwareVersion: answer.firmwareVersion, isActivated: answer.isActivated },
      ...{ isDhcp: answer.isDhcp, mask: answer.mask, gateway: answer.gateway },
    })
  })
}

/** ONVIF devices. */
export const searchWsDiscovery = (asking: Asking): Promise<void> => {
  const question = () => wsDiscoveryProbe(randomUUID())
  return search(asking, { group: WS_DISCOVERY_GROUP, port: WS_DISCOVERY_PORT, question }, (bytes, from) => {
    for (const { scopes, addresses } of readWsDiscoveryMatches(bytes)?.matches ?? []) {
      const service = addresses.map((text) => URL.parse(text)).find((url) => url?.hostname === from)
      const hardware = scopeOf(scopes, 'hardware')
      asking.onSighting({
        ...{ method: 'wsDiscovery', address: from, name: scopeOf(scopes, 'name'), model: hardware },
        kind: /^(DS-|iDS-|HIKVISION)/i.test(`${hardware ?? ''}`) ? 'hikvision' : 'onvif',
        httpPort: service?.protocol === 'http:' ? Number(service.port || 80) : undefined,
        httpsPort: service?.protocol === 'https:' ? Number(service.port || 443) : undefined,
        macAddress: plainMac(scopeOf(scopes, 'MAC')),
      })
    }
  })
}

interface Group {
  readonly group: string
  readonly port: number
  question(): string
  /** Answers are sent to the group, too. */
  readonly isHeard?: boolean
}

/** Until the signal aborts. An interface that cannot ask does not keep the others from asking; if none can, rejects with `LinkError`. */
const search = async (
  { interfaces, clock, signal }: Asking,
  { group, port, question, isHeard = false }: Group,
  heed: (bytes: Uint8Array, from: string) => void,
): Promise<void> => {
  const sockets: Socket[] = []
  const heard: Socket[] = []
  let failure: Error | undefined
  const take = (bytes: Uint8Array, { address }: { address: string }) => {
    try {
      heed(bytes, address)
    } catch (error) {
      // Anybody may send anything to this port.
      if (!(error instanceof WireError)) throw error
    }
  }
  try {
    for (const address of interfaces) {
      try {
        sockets.push(await openSocket(address, take))
      } catch (error) {
        failure = error as Error
      }
    }
    if (sockets.length === 0) {
      const why = failure?.message ?? 'this machine has no network interface'
      throw new LinkError('discovery.interface', `cannot ask by multicast: ${why}`, { address: group, cause: failure })
    }
    // Where the port is somebody else's alone, answers to us still come.
    const ear = isHeard ? await openEar(group, port, interfaces, take).catch(() => undefined) : undefined
    if (ear) heard.push(ear)
    for (let i = 0; i < TIMES && !signal.aborted; i++) {
      for (const socket of sockets) socket.send(question(), port, group)
      await clock.sleep(AGAIN_MS, { signal }).catch(() => {}) // aborted: the loop ends
    }
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    for (const socket of [...sockets, ...heard]) socket.close()
  }
}

const openSocket = (address: string, take: (bytes: Uint8Array, from: { address: string }) => void): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind({ address, port: 0 }, () => {
      try {
        socket.setMulticastInterface(address)
      } catch (error) {
        socket.close()
        reject(error)
        return
      }
      socket.removeAllListeners('error')
      socket.on('error', () => {}) // one datagram that could not be sent: it is asked again
      socket.on('message', take)
      resolve(socket)
    })
  })

/** Hears what is said to the group on these interfaces. */
const openEar = (
  group: string,
  port: number,
  interfaces: readonly string[],
  take: (bytes: Uint8Array, from: { address: string }) => void,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind(port, () => {
      for (const address of interfaces)
        try {
          socket.addMembership(group, address)
        } catch {
          // An interface without multicast: nothing is said there.
        }
      socket.removeAllListeners('error')
      socket.on('error', () => {}) // nothing is sent on it
      socket.on('message', take)
      resolve(socket)
    })
  })
