// SPDX-License-Identifier: Apache-2.0
/**
 * An XML document as a tree: names and attributes as written, in order, so that a document that was read, changed in one
 * place and written back keeps what we do not know. Elements are found by local name: namespaces differ by firmware.
 */

export interface XmlAttribute {
  /** As written, prefix included: `xmlns`, `opt`. */
  readonly name: string
  readonly value: string
}

/** An element. Mutable, for read-modify-write; never shared between documents. */
export interface XmlElement {
  /** As written, prefix included. */
  readonly name: string
  attributes: XmlAttribute[]
  children: XmlElement[]
  /** Character data directly inside, joined and without white space at the ends; ISAPI has no mixed content. */
  text: string
}

/** The name without its prefix. */
export const localName = (element: XmlElement): string => element.name.slice(element.name.indexOf(':') + 1)

/** An element of text or children. */
export const element = (
  name: string,
  content: string | number | boolean | readonly XmlElement[] = '',
  attributes: Readonly<Record<string, string>> = {},
): XmlElement => ({
  name,
  attributes: Object.entries(attributes).map(([key, value]) => ({ name: key, value })),
  children: Array.isArray(content) ? [...content] : [],
  text: Array.isArray(content) ? '' : String(content),
})

export const attributeOf = (from: XmlElement, name: string): string | undefined =>
  from.attributes.find((one) => one.name === name)?.value

/** Children with that local name, letter case aside: firmware is not of one mind about it. */
export const childrenOf = (from: XmlElement | undefined, name: string): XmlElement[] => {
  const wanted = name.toLowerCase()
  return from?.children.filter((child) => localName(child).toLowerCase() === wanted) ?? []
}

/** The first element along a path of local names: `find(root, 'Video/videoCodecType')`. */
export const find = (from: XmlElement | undefined, path: string): XmlElement | undefined => {
  let at = from
  for (const name of path.split('/')) {
    if (!at) return undefined
    const wanted = name.toLowerCase()
    at = at.children.find((child) => localName(child).toLowerCase() === wanted)
  }
  return at
}

/** Text at a path; undefined when the element is missing or empty. */
export const textAt = (from: XmlElement | undefined, path: string): string | undefined => {
  const text = find(from, path)?.text
  return text === undefined || text === '' ? undefined : text
}

/** A finite number at a path, else undefined. */
export const numberAt = (from: XmlElement | undefined, path: string): number | undefined => {
  const text = textAt(from, path)
  const value = text === undefined ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** `true` or `false` at a path, else undefined: a missing flag is not a no. */
export const booleanAt = (from: XmlElement | undefined, path: string): boolean | undefined => {
  const text = textAt(from, path)?.toLowerCase()
  return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined
}

/** Sets the text at a path, making the elements that are missing at the end of their parents, with their parents' prefix. */
export const setText = (from: XmlElement, path: string, text: string | number | boolean): void => {
  let at = from
  for (const name of path.split('/')) {
    let next = find(at, name)
    if (!next) {
      next = element(at.name.slice(0, at.name.indexOf(':') + 1) + name)
      at.children.push(next)
    }
    at = next
  }
  at.text = String(text)
}

/** A deep copy. */
export const copyOf = (from: XmlElement): XmlElement => ({
  name: from.name,
  attributes: from.attributes.map((one) => ({ ...one })),
  children: from.children.map(copyOf),
  text: from.text,
})
