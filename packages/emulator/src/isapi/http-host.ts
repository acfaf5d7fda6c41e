// SPDX-License-Identifier: Apache-2.0
/** `/Event/notification/httpHosts`: the places that events are sent to. They are kept and told here; who sends watches them. */
import { childrenOf, element, localName, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route, type Routed, resourceOf } from './route.ts'

const PATH = '/Event/notification/httpHosts'
const ONE = `${PATH}/#`

/** A place that is set. */
export interface HostPlace {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly url: string
  readonly isTls: boolean
}

/** What is known of a device's places beside what is written there. */
interface Known {
  readonly broken: Set<number>
  readonly watchers: Set<() => void>
}
const known = new WeakMap<DeviceCore, Known>()
const knownOf = (core: DeviceCore): Known => {
  const found = known.get(core) ?? { broken: new Set(), watchers: new Set() }
  known.set(core, found)
  return found
}

/** Calls `watcher` when a place has been written. */
export function watchHosts(core: DeviceCore, watcher: () => void): Disposable {
  const { watchers } = knownOf(core)
  watchers.add(watcher)
  return { [Symbol.dispose]: () => void watchers.delete(watcher) }
}

/** Whether the last event got through to a place. */
export function noteBroken(core: DeviceCore, id: number, isBroken: boolean): void {
  const { broken } = knownOf(core)
  if (isBroken) broken.add(id)
  else broken.delete(id)
}

const NOBODY = '0.0.0.0'

/** The places that are set. */
export const hostsOf = (core: DeviceCore): HostPlace[] =>
  Array.from({ length: core.profile.media.httpHosts }, (_, i) => i + 1).flatMap((id) => {
    if (!isWritten(core, id)) return [] // quick, as this is asked for each event
    const place = told(core, id)
    const host = textAt(place, 'hostName') ?? textAt(place, 'ipAddress') ?? NOBODY
    if (host === NOBODY) return []
    return [
      {
        id,
        host,
        port: numberAt(place, 'portNo') ?? 80,
        url: textAt(place, 'url') ?? '/',
        isTls: textAt(place, 'protocolType') === 'HTTPS',
      },
    ]
  })

const isWritten = (core: DeviceCore, id: number): boolean =>
  ['/ipAddress', '/hostName'].some((place) => core.settings.get(resourceOf(ONE, [id]), place) !== undefined)

/** With the elements of both forms of address; `told` leaves one of them. */
const template = (core: DeviceCore, id: number): XmlElement => {
  const opt = (name: string, value: string, ...more: string[]) =>
    element(name, value, { opt: [value, ...more].join(',') })
  const parts = [
    element('id', id),
    element('url', '/'),
    opt('protocolType', 'HTTP', 'HTTPS'),
    opt('parameterFormatType', 'XML', 'JSON'),
    opt('addressingFormatType', 'ipaddress', 'hostname'),
    element('hostName', ''),
    element('ipAddress', NOBODY),
    element('portNo', 80, { min: '1', max: '65535' }),
    element('userName', ''),
    opt('httpAuthenticationMethod', 'none', 'MD5digest'),
    element('httpBroken', knownOf(core).broken.has(id)),
    element('Extensions', [element('intervalBetweenEvents', 0)]),
  ]
  return core.settings.apply(resourceOf(ONE, [id]), element('HttpHostNotification', parts))
}

const told = (core: DeviceCore, id: number): XmlElement => {
  const whole = template(core, id)
  const hidden = textAt(whole, 'addressingFormatType') === 'hostname' ? 'ipAddress' : 'hostName'
  return {
    ...whole,
    children: whole.children.filter(({ name }) => name !== hidden).map((one) => ({ ...one, attributes: [] })),
  }
}

const list = ({ core }: Routed): XmlElement =>
  document(
    core,
    'HttpHostNotificationList',
    Array.from({ length: core.profile.media.httpHosts }, (_, i) => told(core, i + 1)),
  )

const placeOf = ({ core, ids }: Routed): number => {
  const [id = 0] = ids
  if (id < 1 || id > core.profile.media.httpHosts) throw new IsapiRefusal('notSupport')
  return id
}

/** Takes these places, all or none. */
const keep = (core: DeviceCore, places: readonly (readonly [id: number, written: XmlElement])[]): void => {
  for (const [, written] of places) {
    const address = textAt(written, 'ipAddress')
    if (address !== undefined && !/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) throw new IsapiRefusal('badParameters')
  }
  core.settings.mergeAll(
    places.map(([id, written]) => ({
      resource: resourceOf(ONE, [id]),
      document: template(core, id),
      written,
      readOnly: ['id', 'httpBroken'],
    })),
  )
  for (const watcher of knownOf(core).watchers) watcher()
}

const setList = ({ core, body }: Routed): Answer => {
  if (!core.profile.media.takesHttpHostList) return { status: 'methodNotAllowed' }
  if (!body) return { status: 'badXmlFormat' }
  if (localName(body) !== 'HttpHostNotificationList') return { status: 'badXmlContent' }
  const places = childrenOf(body, 'HttpHostNotification').map((one) => [numberAt(one, 'id') ?? 0, one] as const)
  if (places.some(([id]) => id < 1 || id > core.profile.media.httpHosts)) return { status: 'badParameters' }
  keep(core, places)
  return { status: 'ok' }
}

const setOne = (request: Routed): Answer => {
  const id = placeOf(request)
  if (!request.body) return { status: 'badXmlFormat' }
  keep(request.core, [[id, request.body]])
  return { status: 'ok' }
}

/** There is somebody there for every address but none. */
const test = (request: Routed): Answer => {
  const place = told(request.core, placeOf(request))
  const host = textAt(place, 'hostName') ?? textAt(place, 'ipAddress')
  return { status: host === undefined || host === NOBODY ? 'invalidOperation' : 'ok' }
}

const routes: readonly Route[] = [
  get(PATH, list),
  { method: 'PUT', path: PATH, needs: 'Operator', handle: setList },
  {
    method: 'GET',
    path: ONE,
    handle: (request) => {
      const place = told(request.core, placeOf(request))
      return { document: { ...place, attributes: document(request.core, place.name, []).attributes } }
    },
  },
  { method: 'PUT', path: ONE, needs: 'Operator', handle: setOne },
  { method: 'POST', path: `${ONE}/test`, needs: 'Operator', handle: test },
]

/** Paths of this part of the tree. */
export const httpHostRoutes = routes.map(
  (route): Route => ({
    ...route,
    handle: (request) => {
      if (request.core.faults.eventWay !== undefined) throw new IsapiRefusal('notSupport')
      return route.handle(request)
    },
  }),
)
