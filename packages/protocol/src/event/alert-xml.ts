// SPDX-License-Identifier: Apache-2.0
/** `EventNotificationAlert` in XML. Element order, names and namespaces differ by model: everything is found by local name. */
import { booleanAt, childrenOf, find, localName, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import type { DeviceEvent, EventTarget } from './device-event.ts'
import { kindOf } from './kind.ts'
import { timeOf } from './time.ts'

/** Reads one alert; undefined when the element is none. */
export const alertOfXml = (root: XmlElement): DeviceEvent | undefined => {
  if (localName(root).toLowerCase() !== 'eventnotificationalert') return undefined
  // Tolerates: NVRs that wrap a smart event as `duration`, though its own type stands in DurationList/Duration/relationEvent.
  const outer = textAt(root, 'eventType')
  const type = (outer?.toLowerCase() === 'duration' ? textAt(root, 'DurationList/Duration/relationEvent') : outer) ?? ''
  if (type === '') return undefined
  const state = textAt(root, 'eventState')?.toLowerCase() === 'inactive' ? 'inactive' : 'active'
  const time = textAt(root, 'dateTime')
  const targets = targetsOf(root)
  const region = numberAt(regionsOf(root)[0], 'regionID')
  const word = type.toLowerCase()
  return {
    kind: kindOf(type),
    type,
    state,
    isHeartbeat: word === 'heartbeat' || (word === 'videoloss' && state === 'inactive'),
    ...optional('channel', channelOf(root)),
    ...optional('input', numberAt(root, 'inputIOPortID') ?? numberAt(root, 'dynInputIOPortID')),
    ...timeOf(time),
    ...optional('description', textAt(root, 'eventDescription')),
    ...optional('channelName', textAt(root, 'channelName')),
    ...optional('macAddress', textAt(root, 'macAddress')),
    ...optional('count', numberAt(root, 'activePostCount')),
    targets,
    ...optional('region', region),
    ...optional('licensePlate', textAt(root, 'ANPR/licensePlate')),
    pictures: numberAt(root, 'detectionPicturesNumber') ?? numberAt(root, 'picNum') ?? 0,
    isRetransmission: booleanAt(root, 'isDataRetransmission') ?? false,
  }
}

/** Adds a member only when there is a value: a missing element is no member. */
export const optional = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V }

/** 0 and empty mean the whole device. */
const channelOf = (root: XmlElement): number | undefined => {
  const channel = numberAt(root, 'channelID') ?? numberAt(root, 'dynChannelID')
  return channel === undefined || channel < 1 ? undefined : Math.trunc(channel)
}

const regionsOf = (root: XmlElement): XmlElement[] => {
  const list = find(root, 'DetectionRegionList')
  return [...childrenOf(list, 'DetectionRegionEntry'), ...childrenOf(list, 'DetectionRegion')]
}

const targetsOf = (root: XmlElement): EventTarget[] =>
  [...regionsOf(root), root].flatMap((from) =>
    childrenOf(from, 'TargetRect').flatMap((rectangle) => {
      const [x, y, width, height] = ['X', 'Y', 'width', 'height'].map((name) => numberAt(rectangle, name))
      if (x === undefined || y === undefined || width === undefined || height === undefined) return []
      const type = textAt(from, 'detectionTarget') ?? textAt(root, 'targetType')
      return [{ x, y, width, height, ...optional('type', type) }]
    }),
  )
