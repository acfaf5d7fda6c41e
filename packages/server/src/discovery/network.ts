// SPDX-License-Identifier: Apache-2.0
/**
 * Which addresses a search may knock at: private ones and those of the networks that this machine is in. Whoever may add
 * devices must not thereby be able to scan the internet, or this machine, from here.
 */
import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'
import { addressesOf } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'
import { objectionTo } from '../fleet/reach.ts'

/** RFC 1918, and RFC 6598 §7, which providers and overlay networks use within. */
const PRIVATE = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
] as const
/** A network that is larger than a search takes is offered as the part around our own address. */
const SMALLEST_PREFIX = 22
const MAX_OFFERED = 8

interface OwnNetwork {
  readonly address: string
  readonly prefix: number
}

const ownNetworks = (): OwnNetwork[] =>
  Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).flatMap(({ family, internal, address, cidr }) =>
      family === 'IPv4' && !internal && cidr !== null ? [{ address, prefix: Number(cidr.split('/')[1]) }] : [],
    ),
  )

/** Networks of this machine as ranges that a search takes: what to offer to a person. */
export const offeredRanges = (networks: readonly OwnNetwork[] = ownNetworks()): string[] => {
  const ranges = networks
    .filter(({ prefix }) => prefix < 31)
    .map(({ address, prefix }) => {
      const bits = 32 - (prefix < SMALLEST_PREFIX ? 24 : prefix)
      const first = Math.floor(numberOf(address) / 2 ** bits) * 2 ** bits
      return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${32 - bits}`
    })
  return [...new Set(ranges)].slice(0, MAX_OFFERED)
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

/** Throws `Refusal` `range.*` as `addressesOf` does, and `address.forbidden`, `range.foreign`. */
export const checkRange = (range: string, options: { readonly allowLoopback: boolean }): void => {
  const allowed = new BlockList()
  for (const [net, bits] of PRIVATE) allowed.addSubnet(net, bits, 'ipv4')
  for (const { address, prefix } of ownNetworks()) allowed.addSubnet(address, prefix, 'ipv4')
  for (const address of addressesOf(range)) {
    const objection = objectionTo(address, options)
    if (objection !== undefined) throw new Refusal('invalid', 'address.forbidden', `${address} ${objection}`)
    if (!allowed.check(address, 'ipv4'))
      throw new Refusal(
        'invalid',
        'range.foreign',
        `${address} is neither a private address nor in a network of this server: only such are searched`,
      )
  }
}
