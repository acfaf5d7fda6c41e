// SPDX-License-Identifier: Apache-2.0
/**
 * A bounded, tolerant reader of XML 1.0 as devices write it: one pass, no DTD, no entities but the five and character
 * references. What it forgives is marked; all else throws `WireError` with the offset in characters.
 */
import { fromUtf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import type { XmlAttribute, XmlElement } from './element.ts'

/** Longest document. A recorder with 256 channels lists them in about 300 KB. */
export const MAX_XML_BYTES = 4 * 1024 * 1024
/** Elements inside elements. The deepest known ISAPI document has 12. */
export const MAX_XML_DEPTH = 64
export const MAX_XML_ELEMENTS = 100_000
export const MAX_XML_ATTRIBUTES = 64

const spec = 'XML 1.0'
const fault = (code: string, text: string, at: number): WireError => new WireError(`xml.${code}`, text, { at, spec })

/** Reads one document; returns its root. */
export const parseXml = (input: string | Uint8Array): XmlElement => {
  if (input.length > MAX_XML_BYTES) throw fault('size', `longer than ${MAX_XML_BYTES} bytes`, MAX_XML_BYTES)
  // Tolerates: several firmwares, which leave NUL bytes or a boundary behind the root, though nothing may follow but comments.
  return readElement(textOf(input), 0).root
}

/**
 * Reads documents glued together, as alert streams send them after a reconnect. At most `most`. What comes behind the
 * first, and is none, ends the reading: whole documents are not lost for a broken one behind them.
 */
export const parseXmlDocuments = (input: string | Uint8Array, most = 64): XmlElement[] => {
  if (input.length > MAX_XML_BYTES) throw fault('size', `longer than ${MAX_XML_BYTES} bytes`, MAX_XML_BYTES)
  const text = textOf(input)
  const roots: XmlElement[] = []
  for (let at = 0; roots.length < most; ) {
    const next = text.indexOf('<', at)
    if (next < 0) break
    try {
      const { root, end } = readElement(text, next)
      roots.push(root)
      at = end
    } catch (error) {
      if (roots.length === 0) throw error
      break
    }
  }
  if (roots.length === 0) throw fault('empty', 'no element', 0)
  return roots
}

const textOf = (input: string | Uint8Array): string => (typeof input === 'string' ? input : fromUtf8(input))

/** A name, §2.3 [4] to [5]; those beyond the basic plane aside, which no device uses. */
const nameStart =
  ':A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD'
const nameForm = new RegExp(`[${nameStart}][-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040${nameStart}]{0,255}`, 'y')

/** The name at `at`, or an empty text. */
const nameAt = (text: string, at: number): string => {
  nameForm.lastIndex = at
  return nameForm.exec(text)?.[0] ?? ''
}

/** Reads prolog and root from `from` on; `end` is the offset after the root. */
const readElement = (text: string, from: number): { root: XmlElement; end: number } => {
  let at = skipProlog(text, from)
  const open: XmlElement[] = []
  const parts: string[][] = []
  let root: XmlElement | undefined
  let count = 0
  while (true) {
    const tag = text.indexOf('<', at)
    if (tag < 0)
      throw fault('unclosed', open.length > 0 ? `<${open.at(-1)!.name}> is not closed` : 'no element', text.length)
    if (open.length > 0 && tag > at) parts.at(-1)!.push(decode(text.slice(at, tag)))
    if (text.startsWith('<!--', tag)) at = past(text, '-->', tag)
    else if (text.startsWith('<![CDATA[', tag)) {
      at = past(text, ']]>', tag)
      parts.at(-1)?.push(text.slice(tag + 9, at - 3))
    } else if (text.startsWith('<?', tag)) at = past(text, '?>', tag)
    else if (text.startsWith('<!', tag)) throw fault('dtd', 'a document type declaration is refused', tag)
    else if (text[tag + 1] === '/') {
      const end = past(text, '>', tag)
      const name = text.slice(tag + 2, end - 1).trim()
      const closed = open.pop()
      if (closed?.name !== name) throw fault('nesting', `</${name.slice(0, 40)}> closes <${closed?.name ?? ''}>`, tag)
      closed.text = parts.pop()!.join('').trim()
      at = end
      if (open.length === 0) return { root: root!, end: at }
    } else {
      const { element, end, isEmpty } = readTag(text, tag)
      if (++count > MAX_XML_ELEMENTS) throw fault('elements', `more than ${MAX_XML_ELEMENTS} elements`, tag)
      if (open.length >= MAX_XML_DEPTH) throw fault('depth', `more than ${MAX_XML_DEPTH} elements deep`, tag)
      open.at(-1)?.children.push(element)
      root ??= element
      at = end
      if (!isEmpty) {
        open.push(element)
        parts.push([])
      } else if (open.length === 0) return { root, end }
    }
  }
}

const past = (text: string, end: string, from: number): number => {
  const at = text.indexOf(end, from)
  if (at < 0) throw fault('unclosed', `no ${end}`, from)
  return at + end.length
}

const skipProlog = (text: string, from: number): number => {
  let at = from
  while (at < text.length && (text[at]! <= ' ' || text[at] === '\uFEFF')) at++
  // Tolerates: a popular PTZ client and devices that accept it, which write `<?xml version: "1.0" ?>`, though it must be `version="1.0"`.
  if (text.startsWith('<?', at)) at = past(text, '?>', at)
  return at
}

const readTag = (text: string, tag: number): { element: XmlElement; end: number; isEmpty: boolean } => {
  const name = nameAt(text, tag + 1)
  if (name === '') throw fault('name', 'no name after <', tag + 1)
  let at = tag + 1 + name.length
  if (!/[\s/>]/.test(text[at] ?? ' ')) throw fault('name', 'a name that is too long or holds what none may', at)
  const attributes: XmlAttribute[] = []
  const element = { name, attributes, children: [], text: '' }
  while (true) {
    at = skipSpace(text, at)
    const sign = text[at]
    if (sign === '>') return { element, end: at + 1, isEmpty: false }
    if (sign === '/' && text[at + 1] === '>') return { element, end: at + 2, isEmpty: true }
    if (sign === undefined) throw fault('unclosed', 'a tag is not closed', tag)
    const key = nameAt(text, at)
    if (key === '') throw fault('attribute', 'no attribute where one is due', at)
    at = skipSpace(text, at + key.length)
    if (text[at] !== '=') throw fault('attribute', 'an attribute without value', at)
    at = skipSpace(text, at + 1)
    const quote = text[at]
    if (quote !== '"' && quote !== "'") throw fault('attribute', 'a value without quotes', at)
    const end = past(text, quote, at + 1)
    if (attributes.length >= MAX_XML_ATTRIBUTES)
      throw fault('attributes', `more than ${MAX_XML_ATTRIBUTES} attributes`, at)
    if (attributes.some((one) => one.name === key)) throw fault('attribute', `${key} stands twice`, at)
    attributes.push({ name: key, value: decode(text.slice(at + 1, end - 1)) })
    at = end
  }
}

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (/\s/.test(text[at] ?? '')) at++
  return at
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const decode = (text: string): string => {
  if (!text.includes('&')) return text
  // Tolerates: cameras named "Yard & gate", which send the & as it is, though it must be `&amp;`: what is no reference stays.
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g,
    (whole, decimal, hexadecimal, name) => {
      if (name !== undefined) return entities[name]!
      const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)
      return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? whole : String.fromCodePoint(code)
    },
  )
}
