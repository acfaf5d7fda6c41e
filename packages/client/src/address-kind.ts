// SPDX-License-Identifier: Apache-2.0
/** What kind of address one is, however it is written: of this machine, of no device ever, or one that a device can have. */
import { BlockList, isIP, isIPv4 } from 'node:net'

/** Who tells a virtual machine its keys: no device is there, wherever we stand. */
const METADATA = ['100.100.100.200', '168.63.129.16', '192.0.0.192'] as const

/** Never devices, wherever we stand (RFC 6890). */
const never = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  never.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 128],
  ['fe80::', 10],
  ['2001::', 32], // Teredo hides an IPv4 address behind another
  ['ff00::', 8],
] as const)
  never.addSubnet(net, bits, 'ipv6')
for (const address of METADATA) never.addAddress(address, 'ipv4')
never.addAddress('fd00:ec2::254', 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** An address as it counts, its family, and of what kind it is. */
export interface JudgedAddress {
  /** IPv4 that was hidden in IPv6 is given back plain, so that one list judges all forms. */
  readonly plain: string
  readonly family: 'ipv4' | 'ipv6'
  readonly kind: 'loopback' | 'never' | 'possible'
}

/** Judges an IP address; never a name. */
export const judgeAddress = (address: string): JudgedAddress => {
  const plain = unwrap(address)
  const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
  if (loopback.check(plain, family)) return { plain, family, kind: 'loopback' }
  return { plain, family, kind: never.check(plain, family) ? 'never' : 'possible' }
}

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
