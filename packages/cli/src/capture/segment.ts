// SPDX-License-Identifier: Apache-2.0
/**
 * From a captured frame to what TCP or UDP carried: Ethernet (with VLAN tags), BSD loopback, raw IP and Linux cooked
 * captures; IPv4 (RFC 791) and IPv6 (RFC 8200). Fragments of IP are not put together: they are counted and passed over.
 */
import type { CapturedFrame } from './pcap.ts'

/** One TCP segment or UDP datagram. */
export interface Segment {
  readonly protocol: 'tcp' | 'udp'
  /** `192.0.2.1:554` or `[2001:db8::1]:554` */
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
  readonly payload: Uint8Array
  /** Offset of the payload in the capture file. */
  readonly at: number
  /** TCP alone. */
  readonly sequence: number
  readonly isSyn: boolean
  readonly isEnd: boolean
}

const LinkType = { null: 0, ethernet: 1, raw: [12, 14, 101, 228, 229], loop: 108, cooked: 113, cooked2: 276 } as const

/** The segment of a frame; undefined for what is no whole TCP or UDP over IP. */
export function readSegment(frame: CapturedFrame): Segment | undefined {
  const { bytes } = frame
  const start = networkStart(frame)
  if (start === undefined || start >= bytes.length) return undefined
  const version = bytes[start]! >> 4
  return version === 4 ? readIpv4(frame, start) : version === 6 ? readIpv6(frame, start) : undefined
}

function networkStart({ bytes, linkType }: CapturedFrame): number | undefined {
  switch (linkType) {
    case LinkType.null:
    case LinkType.loop:
      return 4
    case LinkType.cooked:
      return isIp(bytes, 14) ? 16 : undefined
    case LinkType.cooked2:
      return isIp(bytes, 0) ? 20 : undefined
    case LinkType.ethernet: {
      let at = 12
      for (let tags = 0; tags < 2 && isVlan(bytes, at); tags++) at += 4
      return isIp(bytes, at) ? at + 2 : undefined
    }
    default:
      return (LinkType.raw as readonly number[]).includes(linkType) ? 0 : undefined
  }
}

const half = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
const isIp = (bytes: Uint8Array, at: number) => half(bytes, at) === 0x0800 || half(bytes, at) === 0x86dd
const isVlan = (bytes: Uint8Array, at: number) => half(bytes, at) === 0x8100 || half(bytes, at) === 0x88a8

function readIpv4(frame: CapturedFrame, at: number): Segment | undefined {
  const { bytes } = frame
  if (at + 20 > bytes.length) return undefined
  if ((half(bytes, at + 6) & 0x3fff) !== 0) return undefined // a fragment
  const header = (bytes[at]! & 15) * 4
  // Zero stands for a length that the network card was to fill in.
  const total = half(bytes, at + 2) || bytes.length - at
  const end = Math.min(bytes.length, at + total)
  const name = (from: number) => bytes.subarray(from, from + 4).join('.')
  return readTransport(frame, bytes[at + 9]!, at + header, end, name(at + 12), name(at + 16))
}

function readIpv6(frame: CapturedFrame, at: number): Segment | undefined {
  const { bytes } = frame
  if (at + 40 > bytes.length) return undefined
  const end = Math.min(bytes.length, at + 40 + (half(bytes, at + 4) || bytes.length - at - 40))
  let next = bytes[at + 6]!
  let start = at + 40
  // Hop-by-hop, routing and destination options (RFC 8200 §4); a fragment (44) ends the walk.
  for (let i = 0; i < 8 && (next === 0 || next === 43 || next === 60) && start + 8 <= end; i++) {
    next = bytes[start]!
    start += 8 + bytes[start + 1]! * 8
  }
  return readTransport(frame, next, start, end, ipv6Name(bytes, at + 8), ipv6Name(bytes, at + 24))
}

function ipv6Name(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => half(bytes, at + 2 * i).toString(16))
  return `[${groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::')}]`
}

function readTransport(
  frame: CapturedFrame,
  protocol: number,
  at: number,
  end: number,
  from: string,
  to: string,
): Segment | undefined {
  const { bytes } = frame
  const isTcp = protocol === 6
  if ((!isTcp && protocol !== 17) || at + (isTcp ? 20 : 8) > end) return undefined
  const sourcePort = half(bytes, at)
  const destinationPort = half(bytes, at + 2)
  const start = at + (isTcp ? (bytes[at + 12]! >> 4) * 4 : 8)
  if (start > end) return undefined
  const flags = isTcp ? bytes[at + 13]! : 0
  return {
    protocol: isTcp ? 'tcp' : 'udp',
    source: `${from}:${sourcePort}`,
    destination: `${to}:${destinationPort}`,
    sourcePort,
    destinationPort,
    payload: bytes.subarray(start, end),
    at: frame.at + start,
    sequence: isTcp ? ((half(bytes, at + 4) << 16) | half(bytes, at + 6)) >>> 0 : 0,
    isSyn: (flags & 2) !== 0,
    isEnd: (flags & 5) !== 0,
  }
}
