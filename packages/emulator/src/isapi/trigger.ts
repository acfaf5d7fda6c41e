// SPDX-License-Identifier: Apache-2.0
/** `/Event/triggers`: which events there are, and whom they are told to. Without `center` none leaves the device. */
import { childrenOf, element, find, localName, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { Alert } from '../device/alert.ts'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { pack, unpack } from './packed.ts'
import { document, get, type Route, type Routed } from './route.ts'

const PATH = '/Event/triggers'
const LIST = 'EventTriggerNotificationList'
const PLACE = `/${LIST}`

interface Trigger {
  /** `VMD-1`, `diskfull`. */
  readonly id: string
  readonly type: string
  /** Element that says which channel or port, and its number. */
  readonly of?: readonly [element: string, number: number]
}

function triggersOf(core: DeviceCore): Trigger[] {
  const { kind, inputs, media } = core.profile
  const channelElement = kind === 'recorder' ? 'dynVideoInputChannelID' : 'videoInputChannelID'
  const types = ['VMD', 'tamperdetection', ...(kind === 'recorder' ? ['videoloss'] : []), ...media.smart]
  return [
    ...core.channels.flatMap(({ channel }) =>
      types.map((type) => ({ id: idOf(type, channel), type, of: [channelElement, channel] as const })),
    ),
    ...Array.from({ length: inputs }, (_, i) => ({
      id: idOf('IO', i + 1),
      type: 'IO',
      of: ['inputIOPortID', i + 1] as const,
    })),
    ...['diskfull', 'diskerror', 'nicbroken', 'ipconflict', 'illaccess'].map((type) => ({ id: type, type })),
  ]
}

/** `tamper-1` is the trigger of `tamperdetection`, as on real devices. */
const idOf = (type: string, number: number): string => `${type === 'tamperdetection' ? 'tamper' : type}-${number}`

const link = (method: string): XmlElement =>
  element('EventTriggerNotification', [
    element('id', method === 'record' ? 'record-1' : method),
    element('notificationMethod', method),
    element('notificationRecurrence', 'beginning'),
    ...(method === 'record' ? [element('videoInputID', 1)] : []),
  ])

/** As the owner left it, or as it comes from the factory. */
function linksOf(core: DeviceCore, { id, type }: Trigger): XmlElement {
  const kept = core.settings.get(`${PATH}/${id}`, PLACE)
  if (kept !== undefined) return element(LIST, unpack(LIST, kept))
  const isUnlinked = core.faults.isUnlinked || core.profile.media.unlinked.includes(type)
  return element(LIST, [link(isUnlinked ? 'record' : 'center')])
}

/** True when this is told to a CMS. A sign of life always is, and what has no trigger. */
export function isLinked(core: DeviceCore, alert: Alert): boolean {
  if (alert.type === 'videoloss' && alert.state === 'inactive') return true
  const type = alert.type === 'shelteralarm' ? 'tamperdetection' : alert.type
  const number = type === 'IO' ? alert.input : alert.channel
  const trigger = triggersOf(core).find((one) => one.type === type && (!one.of || one.of[1] === number))
  if (!trigger) return true
  return childrenOf(linksOf(core, trigger), 'EventTriggerNotification').some(
    (one) => textAt(one, 'notificationMethod') === 'center',
  )
}

function triggerElement(core: DeviceCore, trigger: Trigger): XmlElement {
  const { id, type, of } = trigger
  return element('EventTrigger', [
    element('id', id),
    element('eventType', type),
    element('eventDescription', `${type} Event trigger Information`),
    ...(of ? [element(of[0], of[1])] : []),
    linksOf(core, trigger),
  ])
}

function triggerList({ core }: Routed): XmlElement {
  const list = document(
    core,
    'EventTriggerList',
    triggersOf(core).map((one) => triggerElement(core, one)),
  )
  if (core.profile.triggers === 'error') throw new IsapiRefusal('deviceError')
  return core.profile.triggers === 'list' ? list : document(core, 'EventNotification', [list])
}

const triggerOf = ({ core, tail }: Routed): Trigger => {
  const found = triggersOf(core).find(({ id }) => id.toLowerCase() === tail.toLowerCase())
  if (!found) throw new IsapiRefusal('notSupport')
  return found
}

type Links = readonly [trigger: Trigger, list: XmlElement | undefined]

/** Takes over the links of these triggers, all or none. */
function setLinks(core: DeviceCore, ...links: readonly Links[]): void {
  const packed = links.map(([{ id }, list]) => {
    const value = list && pack(LIST, list)
    if (value === undefined) throw new IsapiRefusal(list ? 'badParameters' : 'messageParametersLack')
    return [id, value] as const
  })
  for (const [id, value] of packed) core.settings.set(`${PATH}/${id}`, PLACE, value)
}

/** A way in which this firmware takes links; it refuses the others. */
const put = (path: string, form: 'trigger' | 'notifications' | 'list', take: (request: Routed) => void): Route => ({
  method: 'PUT',
  path,
  needs: 'Operator',
  handle: (request): Answer => {
    if (!request.core.profile.media.linkForms.includes(form)) return { status: 'methodNotAllowed' }
    if (!request.body) return { status: 'badXmlFormat' }
    take(request)
    return { status: 'ok' }
  },
})

const bodyOf = ({ body }: Routed, name: string): XmlElement => {
  if (!body || localName(body) !== name) throw new IsapiRefusal('badXmlContent')
  return body
}

const setTrigger = (request: Routed): void => {
  setLinks(request.core, [triggerOf(request), find(bodyOf(request, 'EventTrigger'), LIST)])
}

const setNotifications = (request: Routed): void => {
  setLinks(request.core, [triggerOf(request), bodyOf(request, LIST)])
}

const setList = (request: Routed): void => {
  const { core, body } = request
  const isNested = core.profile.triggers === 'nested'
  const list = isNested ? find(bodyOf(request, 'EventNotification'), 'EventTriggerList') : body
  if (!list || localName(list) !== 'EventTriggerList') throw new IsapiRefusal('badXmlContent')
  const known = triggersOf(core)
  const links = childrenOf(list, 'EventTrigger').map((one): Links => {
    const trigger = known.find(({ id }) => id === textAt(one, 'id'))
    if (!trigger) throw new IsapiRefusal('badParameters')
    return [trigger, find(one, LIST)]
  })
  setLinks(core, ...links)
}

/** Paths of this part of the tree. */
export const triggerRoutes: readonly Route[] = [
  get(PATH, triggerList),
  put(PATH, 'list', setList),
  get(`${PATH}/*`, (request) => {
    const { core } = request
    const { attributes } = document(core, 'EventTrigger', [])
    return { ...triggerElement(core, triggerOf(request)), attributes }
  }),
  put(`${PATH}/*`, 'trigger', setTrigger),
  get(`${PATH}/*/notifications`, (request) => ({
    ...linksOf(request.core, triggerOf(request)),
    attributes: document(request.core, LIST, []).attributes,
  })),
  put(`${PATH}/*/notifications`, 'notifications', setNotifications),
]
