// SPDX-License-Identifier: Apache-2.0
/**
 * The same alert in JSON: access control, alarm panels and some analytics send it among the XML ones. Its members have the
 * names of the elements, so it is turned into elements and read as those.
 */
import { WireError } from '../base/errors.ts'
import { element, type XmlElement } from '../xml/element.ts'
import { MAX_XML_DEPTH } from '../xml/parse.ts'
import { alertOfXml } from './alert-xml.ts'
import type { DeviceEvent } from './device-event.ts'

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads one alert of parsed JSON; undefined when it is none. Some devices wrap it in `EventNotificationAlert`. Throws
 * `WireError` `event.depth`.
 */
export const alertOfJson = (value: unknown): DeviceEvent | undefined => {
  if (!isMembers(value)) return undefined
  const inner = value['EventNotificationAlert']
  return alertOfXml(element('EventNotificationAlert', childrenOf(isMembers(inner) ? inner : value, 1)))
}

/** A list becomes an element of its name for each member, as XML has it. */
const childrenOf = (members: Members, depth: number): XmlElement[] =>
  Object.entries(members).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => elementOf(name, one, depth)),
  )

const elementOf = (name: string, value: unknown, depth: number): XmlElement => {
  if (depth > MAX_XML_DEPTH) throw new WireError('event.depth', `more than ${MAX_XML_DEPTH} levels of JSON`)
  if (isMembers(value)) return element(name, childrenOf(value, depth + 1))
  // A list inside a list has no counterpart; null is an empty element.
  return element(name, value === null || Array.isArray(value) ? '' : String(value))
}
