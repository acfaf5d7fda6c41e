// SPDX-License-Identifier: Apache-2.0
/** An ISAPI document as JSON and as text for people: local names, repeated elements as arrays, attributes with an `@`. */
import { localName, type XmlElement } from '@openhmp/protocol/xml'

export type Json = string | { [name: string]: Json | Json[] }

/** The element's content; its own name is the caller's to write. */
export function xmlToJson(element: XmlElement): Json {
  const attributes = element.attributes.filter(({ name }) => !name.startsWith('xmlns') && name !== 'version')
  if (element.children.length === 0 && attributes.length === 0) return element.text
  const value: { [name: string]: Json | Json[] } = {}
  for (const { name, value: text } of attributes) define(value, `@${name}`, text)
  for (const child of element.children) define(value, localName(child), xmlToJson(child))
  if (element.text !== '') define(value, '#text', element.text)
  return value
}

/** Repeats become an array. Defined, not assigned: a device that sends `__proto__` gets an element of that name. */
function define(object: { [name: string]: Json | Json[] }, name: string, value: Json): void {
  const before = Object.hasOwn(object, name) ? object[name] : undefined
  const next = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  Object.defineProperty(object, name, { value: next, enumerable: true, writable: true, configurable: true })
}

/** Indented names and values. */
export function formatXmlTree(element: XmlElement, paint: (name: string) => string, depth = 0): string {
  const text = element.text === '' ? '' : ` ${element.text}`
  const choices = element.attributes.filter(({ name }) => !name.startsWith('xmlns') && name !== 'version')
  const shown = choices.map(({ name, value }) => ` (${name} ${value})`).join('')
  const line = `${'  '.repeat(depth)}${paint(localName(element))}${text}${shown}`
  return [line, ...element.children.map((child) => formatXmlTree(child, paint, depth + 1))].join('\n')
}
