// SPDX-License-Identifier: Apache-2.0
/**
 * Header fields as HTTP (RFC 9112 §5) and RTSP (RFC 2326 §4) write them: ordered, names matched without case, repeated
 * fields kept apart. Knows no field's meaning.
 */
import { WireError } from '../base/errors.ts'

/** Most fields that one message may carry. */
export const MAX_HEADER_FIELDS = 128
/** Longest header section, start line apart, in bytes. */
export const MAX_HEADER_BYTES = 16 * 1024

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is refused, RFC 9110 §5.5
const forbiddenInValue = /[\u0000-\u0008\u000a-\u001f\u007f]/
const spec = 'RFC 9112 §5'

/** What a `HeaderMap` can be made from: pairs in order, another map, or a plain record. */
export type HeaderInit = Iterable<readonly [string, string]> | Readonly<Record<string, string>>

/** Header fields in the order they came. Names keep their writing and are compared without case. */
export class HeaderMap implements Iterable<readonly [string, string]> {
  readonly #fields: [name: string, value: string][] = []

  /** Throws `WireError` `http.header-name`, `http.header-value`, `http.header-count`. */
  constructor(init?: HeaderInit) {
    if (!init) return
    const pairs = Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init)
    for (const [name, value] of pairs) this.append(name, value)
  }

  /** How many fields, repeated ones counted each. */
  get size(): number {
    return this.#fields.length
  }

  /** The first value of this name, or undefined. */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase()
    return this.#fields.find((field) => field[0].toLowerCase() === wanted)?.[1]
  }

  /** Every value of this name, in order; empty when there is none. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase()
    return this.#fields.filter((field) => field[0].toLowerCase() === wanted).map((field) => field[1])
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** Adds a field at the end, beside others of the same name. Throws `WireError` as the constructor does. */
  append(name: string, value: string): this {
    check(name, value)
    if (this.#fields.length >= MAX_HEADER_FIELDS)
      throw new WireError('http.header-count', `more than ${MAX_HEADER_FIELDS} header fields`, { spec })
    this.#fields.push([name, value])
    return this
  }

  /** Leaves exactly one field of this name, where the first stood, or at the end. */
  set(name: string, value: string): this {
    check(name, value)
    const wanted = name.toLowerCase()
    const at = this.#fields.findIndex((field) => field[0].toLowerCase() === wanted)
    if (at === -1) return this.append(name, value)
    this.delete(name)
    this.#fields.splice(at, 0, [name, value])
    return this
  }

  /** Removes every field of this name; true when there was one. */
  delete(name: string): boolean {
    const wanted = name.toLowerCase()
    const before = this.#fields.length
    for (let i = before - 1; i >= 0; i--) if (this.#fields[i]![0].toLowerCase() === wanted) this.#fields.splice(i, 1)
    return this.#fields.length < before
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, string]> {
    for (const [name, value] of this.#fields) yield [name, value]
  }
}

const check = (name: string, value: string): void => {
  if (!token.test(name))
    throw new WireError('http.header-name', `${JSON.stringify(name.slice(0, 40))} is no field name`, { spec })
  if (forbiddenInValue.test(value))
    throw new WireError('http.header-value', `field ${name} holds a control character`, { spec })
}

/**
 * Reads the lines between start line and empty line. `text` holds one character a byte; lines may end CRLF or LF.
 * Folded lines are joined by one space. Throws `WireError` `http.header-line` and those of `HeaderMap`.
 *
 * Tolerates: some RTSP servers put white space before the colon, though RFC 9112 §5.1 forbids it.
 */
export const parseHeaderLines = (text: string): HeaderMap => {
  checkSize(text)
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line
    if (bare === '') continue
    const isFolded = bare.startsWith(' ') || bare.startsWith('\t')
    if (isFolded && lines.length > 0) lines[lines.length - 1] += ` ${bare.trim()}`
    else lines.push(bare)
  }
  const headers = new HeaderMap()
  for (const line of lines) {
    const colon = colonOf(line)
    headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  return headers
}

/**
 * The same by the letter of hmp.md §8.2: each line ends in CRLF (also the last), none is folded, the name touches the
 * colon, and only spaces and tabs around a value are no part of it. Throws as `parseHeaderLines` does.
 */
export const parseStrictHeaderLines = (text: string): HeaderMap => {
  checkSize(text)
  const headers = new HeaderMap()
  const lines = text.split('\r\n')
  const last = lines.pop()
  if (last) throw new WireError('http.header-line', 'the last line does not end in CRLF', { spec })
  for (const line of lines) {
    const colon = colonOf(line)
    headers.append(line.slice(0, colon), trimBlanks(line.slice(colon + 1)))
  }
  return headers
}

const checkSize = (text: string): void => {
  if (text.length > MAX_HEADER_BYTES)
    throw new WireError('http.header-bytes', `header section over ${MAX_HEADER_BYTES} bytes`, { spec })
}

const colonOf = (line: string): number => {
  const colon = line.indexOf(':')
  if (colon === -1)
    throw new WireError('http.header-line', `${JSON.stringify(line.slice(0, 40))} has no colon`, { spec })
  return colon
}

const isBlank = (text: string, at: number): boolean => text[at] === ' ' || text[at] === '\t'

/** OWS of RFC 9110 §5.6.3 off both ends. `trim` takes other characters too, and a pattern may take quadratic time. */
const trimBlanks = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text, start)) start++
  while (end > start && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

/** `Name: value` lines, each ended by CRLF, without the empty line that closes the section. */
export const formatHeaderLines = (headers: Iterable<readonly [string, string]>): string => {
  let text = ''
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`
  return text
}
