// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses of devices, as people type them, and which of them this server may call at all: a request to add a device
 * must not become a way to reach the server's own machine or its neighbours' management.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { LinkError, Refusal } from '@openhmp/protocol/base'

/** Where a device is, taken apart. */
export interface DeviceAddress {
  /** `http://host:port` or `https://host:port`, the port always there; `rtsp://...` for RTSP devices. */
  readonly url: string
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** Never devices, wherever the server stands (RFC 6890). */
const forbidden = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  forbidden.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  forbidden.addSubnet(net, bits, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** IPv4 hidden in IPv6: mapped, NAT64 (RFC 6052), 6to4. Given back plain, so that one list judges all forms. */
const unwrap = (address: string): string => {
  const groups = expand(address)
  if (!groups) return address
  const v4 = (high: number, low: number) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  const [first, second] = groups
  const isZero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0)
  if (isZero(0, 5) && groups[5] === 0xffff) return v4(groups[6]!, groups[7]!)
  if (first === 0x64 && second === 0xff9b && isZero(2, 6)) return v4(groups[6]!, groups[7]!)
  if (first === 0x2002) return v4(second!, groups[2]!)
  return address
}

const expand = (address: string): number[] | undefined => {
  if (isIP(address) !== 6) return undefined
  const plain = address.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16)
    return `${hex(a, b)}:${hex(c, d)}`
  })
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...middle, ...right].map((group) => Number.parseInt(group, 16))
}

/** Why an address may not be called, or undefined when it may. */
export const objectionTo = (address: string, options: { allowLoopback: boolean }): string | undefined => {
  const plain = unwrap(address)
  const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
  if (loopback.check(plain, family)) return options.allowLoopback ? undefined : 'is this server itself'
  return forbidden.check(plain, family) ? 'is no address that a device can have' : undefined
}

/** Looks a name up and refuses what must not be called. Rejects with `Refusal` `address.forbidden`, `LinkError` `link.name`. */
export const checkHost = async (host: string, options: { allowLoopback: boolean }): Promise<void> => {
  const addresses = isIP(host) ? [host] : await resolve(host)
  for (const address of addresses) {
    const objection = objectionTo(address, options)
    if (objection !== undefined)
      throw new Refusal(
        'invalid',
        'address.forbidden',
        `${host}${host === address ? '' : ` (${address})`} ${objection}`,
      )
  }
}

const resolve = async (host: string): Promise<string[]> => {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch (cause) {
    throw new LinkError('link.name', `${host}: the name is not known`, { address: host, cause })
  }
}

const bad = (text: string): Refusal => new Refusal('invalid', 'address.form', text)

/** Reads `host`, `host:port` or `http(s)://host:port`. Throws `Refusal` `address.form`. */
export const parseDeviceAddress = (text: string): DeviceAddress => {
  const trimmed = text.trim()
  const isBare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)
  const bracketed = isBare && isIP(trimmed) === 6 ? `[${trimmed}]` : trimmed
  const url = URL.parse(isBare ? `http://${bracketed}` : bracketed)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw bad(`${show(trimmed)} is no address: write host, host:port or https://host`)
  if (url.username !== '' || url.password !== '') throw bad('write user and password in their own fields')
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '')
    throw bad(`${show(trimmed)}: an address has no path`)
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return { url: `${url.protocol}//${url.hostname}:${port}`, host: url.hostname.replace(/^\[|\]$/g, ''), port }
}

/** Reads `rtsp://` or `rtsps://`. Throws `Refusal` `address.form`. */
export const parseRtspAddress = (text: string): DeviceAddress => {
  const trimmed = text.trim()
  const url = URL.parse(trimmed)
  if (!url || !/^rtsps?:$/.test(url.protocol) || url.hostname === '')
    throw bad(`${show(trimmed)} is no rtsp:// address`)
  if (url.username !== '' || url.password !== '') throw bad('write user and password in their own fields')
  const port = url.port === '' ? (url.protocol === 'rtsps:' ? 322 : 554) : Number(url.port)
  return { url: trimmed, host: url.hostname.replace(/^\[|\]$/g, ''), port }
}

const show = (text: string): string => text.replace(/\/\/[^/@]*@/, '//***@').slice(0, 100)
