// SPDX-License-Identifier: Apache-2.0
/**
 * Which addresses this server may call: a request to add a device, a target or a subscription must not become a way to
 * reach the server's own machine, its own ports or the cloud's metadata. One judge for all that calls; those that call by
 * name ask it again at each connection (`reachOf`), so a name that changes its meaning gains nothing.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { judgeAddress, type Reach } from '@openhmp/client'
import { LinkError, Refusal } from '@openhmp/protocol/base'

/** What a site allows. */
export interface ReachOptions {
  /** The machine itself, for emulated devices and tests; never its own listeners. */
  readonly allowLoopback: boolean
  /** Where this server listens. */
  ownPorts?(): readonly number[]
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
  const { plain, kind } = judgeAddress(address)
  const isLoopback = kind === 'loopback'
  if (isLoopback && !allowLoopback) return 'is this server itself'
  if (port !== undefined && ownPorts?.().includes(port) && (isLoopback || isOwn(plain)))
    return `is this server itself, at its own port ${port}`
  return kind === 'never' ? 'is no address that a device can have' : undefined
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
