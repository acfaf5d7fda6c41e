// SPDX-License-Identifier: Apache-2.0
/** The places that a device sends its events to: ours set among them, those of others left alone. */
import { PeerError, Refusal } from '@openhmp/protocol/base'
import { HTTP_HOSTS_PATH, type HttpHost, type HttpHostChange, httpHostsResource } from '@openhmp/protocol/isapi'
import { formatXml } from '@openhmp/protocol/xml'
import { confirmationOf } from './answer.ts'
import { type Changed, changeResource, type IsapiDoor, readResource } from './resource.ts'

interface Asking {
  readonly signal?: AbortSignal
}

/** Where we listen. */
export interface Listener {
  /** A name or an address that the device can reach. */
  readonly host: string
  readonly port: number
  /** Path and query, with whatever tells the device apart. */
  readonly url: string
  readonly protocol: 'HTTP' | 'HTTPS'
}

export const readHttpHosts = (door: IsapiDoor, options: Asking = {}): Promise<readonly HttpHost[]> =>
  readResource(door, httpHostsResource(), options)

/**
 * Makes the device send its events to `listener`, in the place that is ours already or in an empty one; gives that place as
 * read back. Rejects with `Refusal` `http-host.full` when others have them all.
 *
 * Tolerates: firmware that takes a place alone, and not the list.
 */
export const setHttpHost = async (door: IsapiDoor, listener: Listener, options: Asking = {}): Promise<HttpHost> => {
  const hosts = await readHttpHosts(door, options)
  const ours = hosts.find((one) => isAt(one, listener)) ?? hosts.find(({ host }) => host === undefined)
  if (!ours) {
    const others = hosts.map(({ host, port }) => `${host}:${port}`).join(', ')
    throw new Refusal('conflict', 'http-host.full', `${door.name}: all places are taken (${others}); free one first`)
  }
  if (isAt(ours, listener)) return ours
  return placeOf(await change(door, { id: ours.id, ...listener }, options), ours.id)
}

/** Empties a place. */
export const clearHttpHost = async (door: IsapiDoor, id: number, options: Asking = {}): Promise<HttpHost> =>
  placeOf(await change(door, { id, host: undefined }, options), id)

/** Has the device try the place. Rejects with what the device says against it. */
export const testHttpHost = async (door: IsapiDoor, id: number, options: Asking = {}): Promise<void> => {
  const document = await door.getXml(`${HTTP_HOSTS_PATH}/${id}`, options)
  const path = `${HTTP_HOSTS_PATH}/${id}/test`
  confirmationOf(await door.post(path, formatXml(document), options), `${door.name}: POST ${path}`)
}

const isAt = (one: HttpHost, { host, port, url, protocol }: Listener): boolean =>
  one.host === host && one.port === port && one.url === url && one.protocol === protocol

const change = async (
  door: IsapiDoor,
  told: HttpHostChange,
  options: Asking,
): Promise<Changed<readonly HttpHost[]>> => {
  try {
    return await changeResource(door, httpHostsResource(), told, options)
  } catch (error) {
    if (!(error instanceof PeerError) || error.code !== 'isapi.not-supported') throw error
    return changeResource(door, httpHostsResource(told.id), told, options)
  }
}

const placeOf = (changed: Changed<readonly HttpHost[]>, id: number): HttpHost => {
  const found = changed.after.find((one) => one.id === id)
  if (!found)
    throw new PeerError('setting.ignored', `the device does not tell place ${id} any more`, { retry: 'never' })
  return found
}
