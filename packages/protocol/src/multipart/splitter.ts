// SPDX-License-Identifier: Apache-2.0
/**
 * Multipart bodies (RFC 2046 §5.1) that come in pieces and may never end: alert streams, event pushes. A part is given
 * out as soon as it is known to be whole; nothing is ever held beyond the named limits.
 */
import { latin1, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { HeaderMap } from '../http/headers.ts'
import { ByteQueue } from './byte-queue.ts'

/** Longest head of a part. */
export const MAX_PART_HEAD_BYTES = 8 * 1024
/** Longest part; a picture of a 12-megapixel camera has 6 MiB. */
export const MAX_PART_BYTES = 8 * 1024 * 1024
/** Longest boundary, RFC 2046 §5.1.1, with room for devices that do not know it. */
export const MAX_BOUNDARY_LENGTH = 200
/** Bytes of line ends between a part and its delimiter that still let its Content-Length agree; RFC 2046 has two. */
export const MAX_LINE_END_BYTES = 64

/** Bytes that belong to no part, before the first one or between two: more is no multipart body. */
export const MAX_STRAY_BYTES = 64 * 1024

/** One part. `body` is the caller's to keep. */
export interface Part {
  readonly headers: HeaderMap
  readonly body: Uint8Array
}

const spec = 'RFC 2046 §5.1'
const CR = 13
const LF = 10
const HYPHEN = 0x2d
const GREATER = 0x3e
const BRACE = 0x7d

/** The boundary that a Content-Type names, undefined when it names none. */
export const boundaryOf = (contentType: string): string | undefined => {
  const match = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(contentType)
  // Tolerates: NVR firmware that writes `boundary=<boundary>`, angle brackets and all, though these are no boundary characters.
  const boundary = (match?.[1] ?? match?.[2])?.replace(/^<(.*)>$/, '$1')
  return boundary === undefined || boundary === '' || boundary.length > MAX_BOUNDARY_LENGTH ? undefined : boundary
}

/** Splits one body. `push` gives the parts that became whole; `end` the last one of a body that just stops. */
export class MultipartSplitter {
  readonly #delimiters: readonly Uint8Array[]
  readonly #queue = new ByteQueue()
  /** Undefined: between parts, looking for a delimiter. */
  #head: HeaderMap | undefined
  /** Where the search for the next delimiter goes on, so that a long body is looked through once. */
  #searchedTo = 0
  #isOver = false
  #strayBytes = 0
  /** Parts without any content, and delimiters that stood twice. */
  emptyParts = 0

  /** Takes the boundary, or the whole Content-Type. */
  constructor(boundaryOrType: string) {
    const boundary = boundaryOrType.includes('/') ? boundaryOf(boundaryOrType) : boundaryOrType
    // Tolerates: older NVRs whose header names one boundary while `--boundary` stands on the wire.
    const names = new Set([boundary ?? 'boundary', 'boundary', 'MIME_boundary'])
    this.#delimiters = [...names].map((name) => utf8(`--${name}`))
  }

  /** The closing delimiter came. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Throws `WireError` `multipart.head`, `multipart.size`, `multipart.stray`; the body cannot be read on then. */
  push(chunk: Uint8Array): Part[] {
    if (this.#isOver) return []
    this.#queue.append(chunk)
    const parts: Part[] = []
    while (!this.#isOver && (this.#head ? this.#takeBody(this.#head, parts) : this.#takeHead())) {
      // each turn takes a head or a body off the front
    }
    return parts
  }

  /** The body has ended without a closing delimiter: what is held is the last part, if it is one. */
  end(): Part | undefined {
    const head = this.#head
    const body = trimEnd(this.#queue.view).slice()
    this.#queue.drop(this.#queue.length)
    this.#isOver = true
    return head && body.length > 0 ? { headers: head, body } : undefined
  }

  /** Looks for a delimiter line and the head after it. */
  #takeHead(): boolean {
    const bytes = this.#queue.view
    const found = this.#find(bytes, 0)
    if (!found) {
      // A preamble is dropped, but for what may be the beginning of a delimiter.
      const stray = Math.max(0, bytes.length - MAX_BOUNDARY_LENGTH - 4)
      this.#queue.drop(stray)
      this.#stray(stray)
      return false
    }
    if (found.start > 0) {
      this.#queue.drop(found.start)
      this.#stray(found.start)
      return true
    }
    if (bytes[found.end] === HYPHEN) {
      this.#isOver = true
      this.#queue.drop(bytes.length)
      return false
    }
    const lineEnd = bytes.indexOf(LF, found.end)
    if (lineEnd < 0) return this.#waitForHead(bytes.length - found.start)
    const at = lineEnd + 1
    // Tolerates: cameras that send the delimiter twice in a row, though every delimiter begins a part.
    if (this.#delimiterAt(bytes, at) !== undefined) {
      this.emptyParts++
      this.#queue.drop(at)
      return true
    }
    const end = endOfHead(bytes, at)
    if (end === undefined) return this.#waitForHead(bytes.length - found.start)
    this.#head = readHead(latin1(bytes.subarray(at, end)))
    this.#queue.drop(end)
    this.#searchedTo = 0
    this.#strayBytes = 0
    return true
  }

  #stray(count: number): void {
    this.#strayBytes += count
    if (this.#strayBytes > MAX_STRAY_BYTES)
      throw new WireError('multipart.stray', `${this.#strayBytes} bytes without a part among them`, { spec })
  }

  #waitForHead(size: number): false {
    if (size > MAX_PART_HEAD_BYTES)
      throw new WireError('multipart.head', `the head of a part is longer than ${MAX_PART_HEAD_BYTES} bytes`, { spec })
    return false
  }

  /**
   * A part ends at a delimiter. Where its Content-Length can be believed it ends there, without waiting for the delimiter
   * of the next part, which may be ten seconds away.
   */
  #takeBody(head: HeaderMap, parts: Part[]): boolean {
    const bytes = this.#queue.view
    const promised = Number(head.get('content-length') ?? Number.NaN)
    // Tolerates: devices whose Content-Length is wrong, by the line end or altogether: it counts only where what follows agrees.
    if (Number.isInteger(promised) && promised > 0 && promised <= MAX_PART_BYTES) {
      if (bytes.length < promised && isPicture(head)) return false
      const next = skipLineEnds(bytes, promised)
      const rest = bytes.subarray(next)
      if (bytes.length >= promised) {
        if (this.#delimiterAt(bytes, next) !== undefined) return this.#give(head, promised, next, parts)
        if (this.#isBeginning(rest)) {
          if (looksWhole(bytes.subarray(0, promised))) return this.#give(head, promised, next, parts)
          return false
        }
      }
    }
    const found = this.#find(bytes, this.#searchedTo)
    if (found) return this.#give(head, found.start, found.start, parts)
    this.#searchedTo = Math.max(0, bytes.length - MAX_BOUNDARY_LENGTH - 4)
    if (bytes.length > MAX_PART_BYTES)
      throw new WireError('multipart.size', `a part is longer than ${MAX_PART_BYTES} bytes`, { spec })
    return false
  }

  #give(headers: HeaderMap, end: number, next: number, parts: Part[]): boolean {
    const body = trimEnd(this.#queue.view.subarray(0, end)).slice()
    if (body.length > 0) parts.push({ headers, body })
    else this.emptyParts++
    this.#queue.drop(next)
    this.#head = undefined
    return true
  }

  /** Nothing, or the first bytes of a delimiter. */
  #isBeginning(rest: Uint8Array): boolean {
    return this.#delimiters.some(
      (one) => rest.length <= one.length + 1 && startsWith(one, rest.subarray(0, one.length), 0),
    )
  }

  /** The first delimiter at the start of a line (or of the bytes) from `from` on. */
  #find(bytes: Uint8Array, from: number): { start: number; end: number } | undefined {
    for (let at = bytes.indexOf(HYPHEN, from); at >= 0; at = bytes.indexOf(HYPHEN, at + 1)) {
      // Tolerates: firmware that puts no line end before a delimiter after XML: `>` is enough.
      const before = at === 0 ? LF : bytes[at - 1]
      if (before !== LF && before !== GREATER) continue
      const length = this.#delimiterAt(bytes, at)
      if (length !== undefined) return { start: at, end: at + length }
    }
    return undefined
  }

  /** Length of the delimiter at `at`, which must be followed by a line end or `--`, or undefined. */
  #delimiterAt(bytes: Uint8Array, at: number): number | undefined {
    for (const delimiter of this.#delimiters) {
      if (!startsWith(bytes, delimiter, at)) continue
      const next = bytes[at + delimiter.length]
      if (next === CR || next === LF || next === 32 || next === 9) return delimiter.length
      if (next === HYPHEN && bytes[at + delimiter.length + 1] === HYPHEN) return delimiter.length
    }
    return undefined
  }
}

const startsWith = (bytes: Uint8Array, start: Uint8Array, at: number): boolean => {
  for (let i = 0; i < start.length; i++) if (bytes[at + i] !== start[i]) return false
  return true
}

const isPicture = (head: HeaderMap): boolean => /^image\//i.test(head.get('content-type') ?? '')

/** XML, JSON and JPEG say themselves where they end. */
const looksWhole = (body: Uint8Array): boolean => {
  const end = trimEnd(body)
  const last = end.at(-1)
  return last === GREATER || last === BRACE || (last === 0xd9 && end.at(-2) === 0xff)
}

const skipLineEnds = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (at < from + MAX_LINE_END_BYTES && (bytes[at] === CR || bytes[at] === LF)) at++
  return at
}

/** Without the line ends at the end: they belong to the delimiter, however many there are. */
const trimEnd = (bytes: Uint8Array): Uint8Array => {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === CR || bytes[end - 1] === LF)) end--
  return bytes.subarray(0, end)
}

/** Offset after the empty line that ends a head, or undefined while it is not there. */
const endOfHead = (bytes: Uint8Array, from: number): number | undefined => {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== LF) continue
    if (at === from || (at === from + 1 && bytes[from] === CR)) return at + 1
    if (bytes[at + 1] === LF) return at + 2
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3
  }
  return undefined
}

const readHead = (text: string): HeaderMap => {
  const headers = new HeaderMap()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    // Tolerates: lines in a head that are no field (alarm text before the empty line): they are passed over.
    if (colon > 0 && /^[!#$%&'*+.^_`|~\w-]+$/.test(line.slice(0, colon)))
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return headers
}
