// SPDX-License-Identifier: Apache-2.0
/** `EventNotificationAlert` in XML. Element order, names and namespaces differ by model: everything is found by local name. */
import { booleanAt, childrenOf, find, localName, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { detailOf } from './detail.ts'
import type { DeviceEvent } from './device-event.ts'
import { kindOf } from './kind.ts'
import { timeOf } from './time.ts'

/** Reads one alert; undefined when the element is none. */
export const alertOfXml = (root: XmlElement): DeviceEvent | undefined => {
  if (localName(root).toLowerCase() !== 'eventnotificationalert') return undefined
  const type = typeOf(root)
  if (type === undefined) return undefined
  const state = textAt(root, 'eventState')?.toLowerCase() === 'inactive' ? 'inactive' : 'active'
  const word = type.toLowerCase()
  return {
    kind: kindOf(type),
    type,
    state,
    isHeartbeat: word === 'heartbeat' || (word === 'videoloss' && state === 'inactive'),
    ...optional('channel', firstNumber(root, ['channelID', 'dynChannelID', 'videoInputChannelID'])),
    ...optional('input', firstNumber(root, ['inputIOPortID', 'dynInputIOPortID'])),
    ...timeOf(textAt(root, 'dateTime')),
    ...optional('description', textAt(root, 'eventDescription')),
    ...optional('channelName', textAt(root, 'channelName')),
    ...optional('macAddress', textAt(root, 'macAddress')),
    ...optional('count', numberAt(root, 'activePostCount')),
    ...detailOf(root),
    pictures:
      numberAt(root, 'detectionPicturesNumber') ?? numberAt(root, 'picNum') ?? numberAt(root, 'picturesNumber') ?? 0,
    isRetransmission: booleanAt(root, 'isDataRetransmission') ?? false,
  }
}

/**
 * Tolerates: recorders that wrap a smart event as `duration`, though its own type stands in DurationList/Duration/relationEvent;
 * a wrapper that names none keeps its own word.
 */
const typeOf = (root: XmlElement): string | undefined => {
  const outer = textAt(root, 'eventType')
  if (outer?.toLowerCase() !== 'duration') return outer
  const inner = childrenOf(find(root, 'DurationList'), 'Duration').map((one) => textAt(one, 'relationEvent'))
  return inner.find((one) => one !== undefined) ?? outer
}

/** Adds a member only when there is a value: a missing element is no member. */
const optional = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V }

/** The first number from 1 on: 0 and empty mean the whole device, and the next name may tell more. */
const firstNumber = (root: XmlElement, names: readonly string[]): number | undefined =>
  names.map((name) => Math.trunc(numberAt(root, name) ?? 0)).find((number) => number >= 1)
