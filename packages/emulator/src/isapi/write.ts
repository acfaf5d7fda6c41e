// SPDX-License-Identifier: Apache-2.0
/** XML as devices write it: elements in the order given, one a line when they hold elements, line ends of the firmware. */

/** A piece of a document. */
export interface XmlPart {
  /** The text, with `lineEnd` between elements. */
  write(lineEnd: string): string
}

/** `&`, `<`, `>` and quotes as entities; characters that XML does not know are left out. */
export const escapeXml = (value: string): string =>
  value
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 §2.2 forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** An element that holds text. */
export const text = (name: string, value: string | number | boolean): XmlPart => ({
  write: () => (value === '' ? `<${name}></${name}>` : `<${name}>${escapeXml(String(value))}</${name}>`),
})

/** An element that holds elements. */
export const element = (
  name: string,
  parts: readonly XmlPart[],
  attributes: Readonly<Record<string, string>> = {},
): XmlPart => ({
  write: (lineEnd) => {
    const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    const body = parts.map((part) => part.write(lineEnd) + lineEnd).join('')
    return `<${name}${head.join('')}>${lineEnd}${body}</${name}>`
  },
})
