// SPDX-License-Identifier: Apache-2.0
/**
 * Where an agent may connect to at its site, judged at each connection: a device's redirect, or a name that means another host today, must not
 * make the CMS's watcher of this machine, of other networks, or of a cloud's metadata.
 */
import { BlockList, isIP } from 'node:net'
import { judgeAddress, type Reach } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'

/** A list of networks as 192.168.1.0/24, or undefined when one of them is none. */
export const networkList = (networks: readonly string[]): BlockList | undefined => {
  const list = new BlockList()
  for (const network of networks) {
    const [, address = '', bits = ''] = /^([\da-f.:]+)\/(\d{1,3})$/i.exec(network) ?? []
    const family = isIP(address)
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined
    list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/**
 * For the connections to a device that the site calls `host`; `networks`: where its policy says that devices lie, undefined: anywhere. This
 * machine itself is reached only when the site wrote it so. The judge throws `Refusal` `address.forbidden`.
 */
export const reachOf = (host: string, networks: readonly string[] | undefined): Reach => {
  const list = networks && networkList(networks)
  const isHere = host === 'localhost' || (isIP(host) !== 0 && judgeAddress(host).kind === 'loopback')
  return (address) => {
    const { plain, family, kind } = judgeAddress(address)
    const why =
      kind === 'never'
        ? 'is no address that a device can have'
        : kind === 'loopback' && !isHere
          ? 'is the agent itself'
          : networks && list?.check(plain, family) !== true
            ? 'lies in no network that the policy of this site names'
            : undefined
    if (why !== undefined) throw new Refusal('forbidden', 'address.forbidden', `${address} ${why}`)
  }
}
