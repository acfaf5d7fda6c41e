// SPDX-License-Identifier: Apache-2.0
/** From what somebody asks to be added to a device as the fleet keeps it: address read and judged, secrets wrapped. */
import { randomUUID } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'
import { Secret } from '../secret/secret.ts'
import { type DeviceAddress, parseDeviceAddress, parseRtspAddress } from './address.ts'
import type { KnownDevice } from './device-row.ts'
import { hmpPlaceOf } from './presence.ts'
import { checkHost, type ReachOptions } from './reach.ts'
import { makeIdentity, makeKey } from './token.ts'

/** A device to be added, as the API's body gives it. */
export type DeviceWish =
  | {
      readonly kind: 'isapi'
      readonly name?: string | undefined
      readonly address: string
      readonly userName: string
      readonly password: string
      readonly rtspPort?: number | undefined
    }
  | {
      readonly kind: 'rtsp'
      readonly name?: string | undefined
      readonly address: string
      readonly userName?: string | undefined
      readonly password?: string | undefined
      readonly subAddress?: string | undefined
      readonly transport: 'tcp' | 'udp'
    }
  | {
      readonly kind: 'hmp'
      readonly name?: string | undefined
      readonly identity?: string | undefined
      /** It logs in by certificate, and gets no key. */
      readonly isCertified?: boolean
      readonly site?: string | null
    }

/** Reads an address and refuses one that must not be called. Rejects with `Refusal` `address.*`, `LinkError` `link.name`. */
export const checkedAddress = async (
  kind: KnownDevice['kind'],
  address: string,
  options: ReachOptions,
): Promise<DeviceAddress> => {
  const parsed = kind === 'rtsp' ? parseRtspAddress(address) : parseDeviceAddress(address)
  await checkHost(parsed.host, options, parsed.port)
  return parsed
}

/** Who is behind an agent is behind one that there is. Throws `Refusal` `agent.unknown`. */
export const checkAgent = ({ kind, address }: KnownDevice, fleet: { byIdentity(identity: string): unknown }): void => {
  const { identity, device } = hmpPlaceOf(address)
  if (kind === 'hmp' && device !== undefined && !fleet.byIdentity(identity))
    throw new Refusal('not-found', 'agent.unknown', `there is no agent ${identity}`)
}

/** A new device; a key and, if need be, an identity are made for one that will dial in. Rejects as `checkedAddress` does. */
export const knownFrom = async (
  wish: DeviceWish,
  options: ReachOptions & { readonly isDemo: boolean; readonly nowMs: number },
): Promise<KnownDevice> => {
  const { isDemo, nowMs } = options
  const base = {
    id: randomUUID(),
    information: undefined,
    epoch: 0,
    isDemo,
    addedAt: nowMs,
    site: null,
    tags: [],
    group: null,
  }
  if (wish.kind === 'hmp') {
    const identity = wish.identity ?? makeIdentity()
    const name = wish.name ?? identity
    // Behind an agent it is the agent that logs in.
    const secret = hmpPlaceOf(identity).device === undefined && !wish.isCertified ? makeKey() : undefined
    return {
      ...base,
      site: wish.site ?? null,
      name,
      kind: 'hmp',
      address: identity,
      userName: null,
      secret,
      options: {},
    }
  }
  const { url, host } = await checkedAddress(wish.kind, wish.address, options)
  const secret = wish.password === undefined ? undefined : new Secret(wish.password)
  const common = { ...base, name: wish.name ?? host, address: url, userName: wish.userName ?? null, secret }
  if (wish.kind === 'isapi') return { ...common, kind: 'isapi', options: { rtspPort: wish.rtspPort } }
  const subAddress =
    wish.subAddress === undefined ? undefined : (await checkedAddress('rtsp', wish.subAddress, options)).url
  return { ...common, kind: 'rtsp', options: { transport: wish.transport, subAddress } }
}
