// SPDX-License-Identifier: Apache-2.0
/** The grammar that challenges and credentials share: a scheme, then `name=value` with tokens or quoted strings. RFC 9110 §11. */
import { WireError } from '../base/errors.ts'

/** Longest header value, in characters. */
export const MAX_AUTH_LENGTH = 8192
/** Most schemes in one answer. */
export const MAX_CHALLENGES = 16

/** One scheme with its parameters, names in lower case. */
export interface AuthField {
  /** Lower case: `digest`, `basic`. */
  readonly scheme: string
  /** What stands behind the scheme when it is no list of parameters: Basic's credentials. */
  readonly token68: string
  readonly parameters: ReadonlyMap<string, { readonly value: string; readonly isQuoted: boolean }>
}

const blank = /[\s,]/
const wordEnd = /[\s,="]/

/**
 * Reads one header value into schemes. Throws `WireError` `digest.size`, `digest.count`; what cannot be read is left out.
 *
 * Tolerates: devices that put two challenges into one header, which RFC 9110 §11.6.1 allows, or leave out commas, which it
 * does not.
 */
export const parseAuthFields = (text: string): AuthField[] => {
  if (text.length > MAX_AUTH_LENGTH)
    throw new WireError('digest.size', `header of ${text.length} characters`, {
      at: MAX_AUTH_LENGTH,
      spec: 'RFC 9110 §11',
    })
  const fields: (AuthField & { token68: string; parameters: Map<string, { value: string; isQuoted: boolean }> })[] = []
  let at = 0
  const skip = (what: RegExp): number => {
    while (at < text.length && what.test(text[at]!)) at++
    return at
  }
  const word = (): string => {
    const start = at
    while (at < text.length && !wordEnd.test(text[at]!)) at++
    return text.slice(start, at)
  }
  while (skip(blank) < text.length) {
    const wordAt = at
    const name = word()
    skip(/\s/)
    const current = fields.at(-1)
    if (text[at] === '=') {
      at++
      skip(/\s/)
      const isQuoted = text[at] === '"'
      const value = isQuoted ? quoted() : word()
      if (!current) continue
      if (value === '' && !isQuoted && current.parameters.size === 0) current.token68 = token68From(wordAt)
      else current.parameters.set(name.toLowerCase(), { value, isQuoted })
    } else if (name === '') at++
    else if (current && current.parameters.size === 0 && current.token68 === '' && !/^(digest|basic)$/i.test(name))
      current.token68 = name
    else {
      if (fields.length === MAX_CHALLENGES)
        throw new WireError('digest.count', `more than ${MAX_CHALLENGES} schemes`, { at: wordAt, spec: 'RFC 9110 §11' })
      fields.push({ scheme: name.toLowerCase(), token68: '', parameters: new Map() })
    }
  }
  return fields

  /** RFC 9110 §5.6.4; one without end takes what is left. */
  function quoted(): string {
    let value = ''
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\' && at + 1 < text.length) at++
      value += text[at]!
    }
    at++
    return value
  }
  /** Base64 ends in `=`, which looks like a parameter without value. */
  function token68From(start: number): string {
    while (text[at] === '=') at++
    return text.slice(start, at)
  }
}

/** A value as a quoted string, RFC 9110 §5.6.4. Control characters are left out: they would end the header. */
export const quote = (value: string): string =>
  `"${[...value]
    .filter((c) => c >= ' ' && c !== '\u007f')
    .join('')
    .replace(/["\\]/g, '\\$&')}"`
