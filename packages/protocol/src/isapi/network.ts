// SPDX-License-Identifier: Apache-2.0
/** Network interfaces and the ports of a device's services. */
import { Refusal } from '../base/errors.ts'
import { booleanAt, childrenOf, element, find, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import type { Resource } from './resource.ts'

/** One interface, as far as IPv4 goes. */
export interface NetworkSettings {
  readonly isDhcp: boolean | undefined
  readonly address: string | undefined
  readonly mask: string | undefined
  readonly gateway: string | undefined
  readonly dns: string | undefined
  readonly secondDns: string | undefined
  readonly mtu: number | undefined
  /** Lower case, with colons. Told, not set. */
  readonly macAddress: string | undefined
}
export type NetworkChange = Partial<Omit<NetworkSettings, 'macAddress'>>

const IP = 'IPAddress'
const places = {
  address: `${IP}/ipAddress`,
  mask: `${IP}/subnetMask`,
  gateway: `${IP}/DefaultGateway/ipAddress`,
  dns: `${IP}/PrimaryDNS/ipAddress`,
  secondDns: `${IP}/SecondaryDNS/ipAddress`,
} as const

const isAddress = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256)

/** An interface by its number; cameras have one. */
export const networkResource = (number = 1): Resource<NetworkSettings, NetworkChange> => ({
  path: `/ISAPI/System/Network/interfaces/${number}`,
  read: (root) => ({
    isDhcp: dhcpOf(textAt(root, `${IP}/addressingType`)),
    address: textAt(root, places.address),
    mask: textAt(root, places.mask),
    gateway: textAt(root, places.gateway),
    dns: textAt(root, places.dns),
    secondDns: textAt(root, places.secondDns),
    mtu: numberAt(root, 'Link/MTU'),
    // Tolerates: a space before the address.
    macAddress: textAt(root, 'Link/MACAddress')?.trim().toLowerCase().replaceAll('-', ':'),
  }),
  write: (root, { isDhcp, mtu, ...addresses }) => {
    const to = find(root, IP)
    if (!to) throw new Refusal('conflict', 'setting.absent', 'the device tells no IPv4 address of this interface')
    if (isDhcp !== undefined) setText(root, `${IP}/addressingType`, isDhcp ? 'dynamic' : 'static')
    for (const [name, place] of Object.entries(places) as [keyof typeof places, string][]) {
      const told = addresses[name]
      if (told === undefined) continue
      if (!isAddress(told)) throw new Refusal('invalid', 'setting.range', `${name}: "${told}" is no IPv4 address`)
      write(root, place, told)
    }
    if (mtu !== undefined) setText(root, 'Link/MTU', mtu)
  },
})

/** The element, made where only its parent is missing. */
const write = (root: XmlElement, place: string, text: string): void => {
  const [outer, middle, inner] = place.split('/') as [string, string, string | undefined]
  const parent = find(root, outer)
  if (inner !== undefined && parent && !find(parent, middle))
    parent.children = [...parent.children, element(middle, [element(inner, text)])]
  else setText(root, place, text)
}

const dhcpOf = (word: string | undefined): boolean | undefined =>
  word === undefined ? undefined : /^dynamic$/i.test(word)

/** One service of a device and where it listens. */
export interface AdminAccess {
  readonly id: number
  /** `HTTP`, `HTTPS`, `RTSP`, `DEV_MANAGE` ... */
  readonly protocol: string
  readonly port: number | undefined
  /** Undefined: this firmware does not say. */
  readonly isEnabled: boolean | undefined
}

/** A service by its protocol: ids differ by firmware. */
export type AdminAccessChange = Pick<AdminAccess, 'protocol'> & Partial<Pick<AdminAccess, 'port' | 'isEnabled'>>

export const adminAccessResource: Resource<readonly AdminAccess[], AdminAccessChange> = {
  path: '/ISAPI/Security/adminAccesses',
  read: (root) => accesses(root).map(readAccess),
  write: (root, { protocol, port, isEnabled }) => {
    const found = accesses(root).find((one) => readAccess(one).protocol === protocol.toUpperCase())
    if (!found) {
      const there = accesses(root).map((one) => readAccess(one).protocol)
      throw new Refusal('conflict', 'setting.absent', `the device has no ${protocol}; it has ${there.join(', ')}`)
    }
    if (port !== undefined) {
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new Refusal('invalid', 'setting.range', `${port} is no port`)
      setText(found, 'portNo', port)
    }
    if (isEnabled === undefined || (isEnabled && !find(found, 'enabled'))) return
    // Where nothing says so, it is always on.
    if (!find(found, 'enabled'))
      throw new Refusal('conflict', 'setting.absent', `the device cannot switch ${protocol} on or off`)
    setText(found, 'enabled', isEnabled)
  },
}

const accesses = (root: XmlElement): XmlElement[] => childrenOf(root, 'AdminAccessProtocol')

const readAccess = (from: XmlElement): AdminAccess => ({
  id: numberAt(from, 'id') ?? 0,
  protocol: (textAt(from, 'protocol') ?? '').toUpperCase(),
  port: numberAt(from, 'portNo'),
  isEnabled: booleanAt(from, 'enabled'),
})
