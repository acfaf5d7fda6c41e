// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/Event/notification/httpHosts`: the few places that a device sends its events to by itself. Each may be another CMS's. */
import { Refusal } from '../base/errors.ts'
import { booleanAt, childrenOf, find, localName, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { HOST_ELEMENTS, writeHost } from './host.ts'
import type { Resource } from './resource.ts'

export const HTTP_HOSTS_PATH = '/ISAPI/Event/notification/httpHosts'

/** A place. An empty one has no host. */
export interface HttpHost {
  readonly id: number
  /** A name or an address; undefined where nothing is set. */
  readonly host: string | undefined
  readonly port: number | undefined
  /** Path and query. */
  readonly url: string
  /** `HTTP`, `HTTPS`. */
  readonly protocol: string
  /** `XML`, `JSON`. */
  readonly format: string | undefined
  /** The device has given up sending there. */
  readonly isBroken: boolean | undefined
}

/** What a place is to be; `host` undefined empties it. */
export interface HttpHostChange {
  readonly id: number
  readonly host: string | undefined
  readonly port?: number
  readonly url?: string
  readonly protocol?: 'HTTP' | 'HTTPS'
}

const membersOf = (root: XmlElement): XmlElement[] =>
  localName(root).toLowerCase() === 'httphostnotification' ? [root] : childrenOf(root, 'HttpHostNotification')

const readHost = (from: XmlElement): HttpHost => {
  const host = textAt(from, 'hostName') ?? textAt(from, 'ipAddress') ?? textAt(from, 'ipv6Address')
  return {
    id: numberAt(from, 'id') ?? 0,
    host: host === '0.0.0.0' || host === '::' ? undefined : host,
    port: numberAt(from, 'portNo'),
    url: textAt(from, 'url') ?? '/',
    protocol: textAt(from, 'protocolType')?.toUpperCase() ?? 'HTTP',
    format: textAt(from, 'parameterFormatType'),
    isBroken: booleanAt(from, 'httpBroken'),
  }
}

/** All places; a change is of one, the others stay as they are. With `id` the document of that place alone. */
export const httpHostsResource = (id?: number): Resource<readonly HttpHost[], HttpHostChange> => ({
  path: id === undefined ? HTTP_HOSTS_PATH : `${HTTP_HOSTS_PATH}/${id}`,
  untold: HOST_ELEMENTS,
  read: (root) => membersOf(root).map(readHost),
  write: (root, change) => {
    const members = membersOf(root)
    const to = members.find((one) => numberAt(one, 'id') === change.id)
    if (!to) {
      const ids = members.map((one) => textAt(one, 'id')).join(', ')
      throw new Refusal('invalid', 'setting.range', `the device has no place ${change.id} for a listener, only ${ids}`)
    }
    writeHost(to, change.host ?? '0.0.0.0')
    setText(to, 'portNo', change.port ?? 80)
    setText(to, 'url', change.url ?? '/')
    if (change.protocol !== undefined) setText(to, 'protocolType', change.protocol)
    if (find(to, 'httpAuthenticationMethod')) setText(to, 'httpAuthenticationMethod', 'none')
  },
})
