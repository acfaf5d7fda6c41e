// SPDX-License-Identifier: Apache-2.0
/**
 * Which addresses this server may call: a request to add a device, a target or a subscription must not become a way to
 * reach the server's own machine, its own ports or the cloud's metadata. One judge for all that calls; those that call by
 * name ask it again at each connection (`reachOf`), so a name that changes its meaning gains nothing.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Reach } from '@openhmp/client'
import { LinkError, Refusal } from '@openhmp/protocol/base'

/** What a site allows. */
export interface ReachOptions {
  /** The machine itself, for emulated devices and tests; never its own listeners. */
  readonly allowLoopback: boolean
  /** Where this server listens. */
  ownPorts?(): readonly number[]
}

/** Who tells a virtual machine its keys: no device is there, wherever the server stands. */
const METADATA = ['100.100.100.200', '168.63.129.16', '192.0.0.192'] as const

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
  ['2001::', 32], // Teredo hides an IPv4 address behind another
  ['ff00::', 8],
] as const)
  forbidden.addSubnet(net, bits, 'ipv6')
for (const address of METADATA) forbidden.addAddress(address, 'ipv4')
forbidden.addAddress('fd00:ec2::254', 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** IPv4 hidden in IPv6: mapped, compatible, NAT64 (RFC 6052, RFC 8215), 6to4. Given back plain, so that one list judges all forms. */
const unwrap = (address: string): string => {
  const groups = expand(address)
  if (!groups) return address
  const v4 = (high: number, low: number) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  const [first, second] = groups
  const isZero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0)
  if (isZero(0, 5) && groups[5] === 0xffff) return v4(groups[6]!, groups[7]!)
  if (isZero(0, 6) && groups[6] !== 0) return v4(groups[6]!, groups[7]!)
  if (first === 0x64 && second === 0xff9b && groups[2] === 1) return v4(groups[6]!, groups[7]!)
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

/** This machine's own, by any of its interfaces. */
const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address))

/** Why an address may not be called, or undefined when it may. */
export const objectionTo = (
  address: string,
  { allowLoopback, ownPorts }: ReachOptions,
  port?: number,
): string | undefined => {
  const plain = unwrap(address)
  const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
  const isLoopback = loopback.check(plain, family)
  if (isLoopback && !allowLoopback) return 'is this server itself'
  if (port !== undefined && ownPorts?.().includes(port) && (isLoopback || isOwn(plain)))
    return `is this server itself, at its own port ${port}`
  return !isLoopback && forbidden.check(plain, family) ? 'is no address that a device can have' : undefined
}

const forbiddenHost = (shown: string, objection: string): Refusal =>
  new Refusal('invalid', 'address.forbidden', `${shown} ${objection}`)

/** For everything that connects: what is called is judged, not only what was typed. Throws `Refusal` `address.forbidden`. */
export const reachOf =
  (options: ReachOptions): Reach =>
  (address, port) => {
    const objection = objectionTo(address, options, port)
    if (objection !== undefined) throw forbiddenHost(address, objection)
  }

/** Looks a name up and refuses what must not be called. Rejects with `Refusal` `address.forbidden`, `LinkError` `link.name`. */
export const checkHost = async (host: string, options: ReachOptions, port?: number): Promise<void> => {
  await reachedAddress(host, port, options)
}

/** As `checkHost`, and gives the address that was judged, for those who cannot judge at the connection itself. */
export const reachedAddress = async (
  host: string,
  port: number | undefined,
  options: ReachOptions,
): Promise<string> => {
  const addresses = isIP(host) ? [host] : await resolve(host)
  for (const address of addresses) {
    const objection = objectionTo(address, options, port)
    if (objection !== undefined) throw forbiddenHost(`${host}${host === address ? '' : ` (${address})`}`, objection)
  }
  return addresses[0] ?? host
}

const resolve = async (host: string): Promise<string[]> => {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch (cause) {
    throw new LinkError('link.name', `${host}: the name is not known`, { address: host, cause })
  }
}
