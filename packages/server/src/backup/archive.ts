// SPDX-License-Identifier: Apache-2.0
/**
 * Several files in one stream: before each a head (length in 32 bits, then JSON with path and size), after the last an end.
 * Paths are few and plain, so that none leads out of the folder they are read into.
 */
import { Refusal } from '@openhmp/protocol/base'
import { z } from 'zod'

/** Longest head. */
export const MAX_HEAD_BYTES = 4096
/** Files in one archive: pictures of plans, firmware images, and a few more. */
export const MAX_FILES = 10_000

/** What it is a copy of. */
export const Manifest = z.object({
  form: z.literal(1),
  version: z.string().max(100),
  instance: z.string().max(100),
  createdAt: z.iso.datetime(),
  /** Tells the sealing key from others, and nothing else. */
  keyMark: z.string().max(100),
  bytes: z.number().int().nonnegative(),
})
export type Manifest = z.output<typeof Manifest>

const segment = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}'
const Entry = z.object({
  path: z.string().regex(new RegExp(`^${segment}(/${segment}){0,3}$`)),
  bytes: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
})
const Head = z.union([z.object({ manifest: Manifest }), z.object({ file: Entry }), z.object({ end: z.literal(true) })])

/** One file to be packed. */
export interface Packed {
  readonly path: string
  readonly bytes: number
  open(): AsyncIterable<Uint8Array>
}

/** One file of an archive: `content` is to be read to its end before the next. */
export interface Unpacked {
  readonly path: string
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array>
}

const headOf = (head: z.input<typeof Head>): Buffer => {
  const text = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text])
}

const form = (what: string): Refusal => new Refusal('invalid', 'backup.form', `the backup cannot be read: ${what}`)

/** The stream of these files. Throws `Refusal` `backup.changed` when one is not as long as it was said to be. */
export async function* pack(manifest: Manifest, files: Iterable<Packed>): AsyncGenerator<Uint8Array> {
  yield headOf({ manifest })
  for (const { path, bytes, open } of files) {
    yield headOf({ file: Entry.parse({ path, bytes }) })
    let left = bytes
    for await (const part of open()) {
      left -= part.length
      if (left < 0) break
      yield part
    }
    if (left !== 0)
      throw new Refusal('conflict', 'backup.changed', `${path} was changed while it was copied: begin again`)
  }
  yield headOf({ end: true })
}

/** Reads so many bytes at a time. */
class ByteSource {
  readonly #parts: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#parts = stream[Symbol.asyncIterator]()
  }

  async exactly(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for await (const part of this.upTo(bytes)) parts.push(part)
    return Buffer.concat(parts)
  }

  async *upTo(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) throw form('it ends too early')
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  async isAtEnd(): Promise<boolean> {
    return this.#held.length === 0 && !(await this.#more())
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#parts.next()
      if (done) return false
      this.#held = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      if (value.length > 0) return true
    }
  }
}

/** What it is a copy of, then its files one after the other. Throws `Refusal` `backup.form`. */
export const unpack = async (
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly manifest: Manifest; readonly files: AsyncGenerator<Unpacked> }> => {
  const source = new ByteSource(stream)
  const next = async () => {
    const length = (await source.exactly(4)).readUInt32BE()
    if (length > MAX_HEAD_BYTES) throw form('a head is too long')
    const read = Head.safeParse(parse((await source.exactly(length)).toString()))
    if (!read.success) throw form(`a head is not one (${read.error.issues[0]?.path.join('.') ?? ''})`)
    return read.data
  }
  const first = await next()
  if (!('manifest' in first)) throw form('it does not say what it is a copy of')
  return { manifest: first.manifest, files: filesOf(source, next) }
}

async function* filesOf(source: ByteSource, next: () => Promise<z.output<typeof Head>>): AsyncGenerator<Unpacked> {
  const seen = new Set<string>()
  for (let head = await next(); !('end' in head); head = await next()) {
    if (!('file' in head)) throw form('two beginnings')
    const { path, bytes } = head.file
    if (seen.has(path.toLowerCase())) throw form(`${path} is there twice`)
    if (seen.add(path.toLowerCase()).size > MAX_FILES) throw form('too many files')
    let left = bytes
    const content = (async function* () {
      for await (const part of source.upTo(bytes)) {
        left -= part.length
        yield part
      }
    })()
    yield { path, bytes, content }
    if (left > 0) throw form(`${path} was not read`)
  }
  if (!(await source.isAtEnd())) throw form('something follows its end')
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
