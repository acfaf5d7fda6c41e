// SPDX-License-Identifier: Apache-2.0
/** Writes a tree as XML 1.0 in UTF-8, as strictly as any parser may ask. */
import type { XmlElement } from './element.ts'

/** Control characters (most of which XML 1.0 §2.2 forbids even as references) and lone surrogates are left out: no name can break a document. */
const forbidden = /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]|\p{Cs}/gu

const escapeText = (text: string): string =>
  text.replace(forbidden, '').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#13;')
const escapeValue = (text: string): string =>
  escapeText(text).replace(/"/g, '&quot;').replace(/\n/g, '&#10;').replace(/\t/g, '&#9;')

/** How a document is laid out. */
export interface XmlFormat {
  /** Between elements; cameras write CRLF, recorders LF. Default LF. */
  readonly newline?: '\n' | '\r\n'
  /** Leave the declaration out, as parts of an alert stream do. */
  readonly isFragment?: boolean
}

/** The document as text. */
export const formatXml = (root: XmlElement, { newline = '\n', isFragment = false }: XmlFormat = {}): string => {
  const lines: string[] = isFragment ? [] : ['<?xml version="1.0" encoding="UTF-8"?>']
  write(root, lines)
  return `${lines.join(newline)}${newline}`
}

const write = ({ name, attributes, children, text }: XmlElement, lines: string[]): void => {
  const open = `${name}${attributes.map((one) => ` ${one.name}="${escapeValue(one.value)}"`).join('')}`
  if (children.length === 0) {
    lines.push(text === '' ? `<${open}/>` : `<${open}>${escapeText(text)}</${name}>`)
    return
  }
  lines.push(`<${open}>${escapeText(text)}`)
  for (const child of children) write(child, lines)
  lines.push(`</${name}>`)
}
