// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware images of emulated devices. The format is ours, since real images are nobody's to copy: the eight bytes
 * `HMPFIRM1`, the length of the header (32 bits, big-endian), the header as JSON in UTF-8, and as many bytes of contents as
 * the header says, whose SHA-256 it names. An image is read as it comes and never held whole.
 */
import { createHash, type Hash } from 'node:crypto'
import { fromUtf8, HmpError, utf8 } from '@openhmp/protocol/base'

/** Largest image, contents alone, in bytes. */
export const MAX_FIRMWARE_BYTES = 256 * 1024 * 1024
/** Longest header. */
export const MAX_FIRMWARE_HEADER_BYTES = 4096
/** Most bytes after the contents: the end of a form. */
export const MAX_FIRMWARE_TAIL_BYTES = 1024
const MAGIC = utf8('HMPFIRM1')
const FIXED_BYTES = MAGIC.length + 4
const PIECE_BYTES = 64 * 1024

/** What an image says of itself. */
export interface FirmwareHeader {
  /** Models that take it. */
  readonly models: readonly string[]
  /** As `V5.7.20`. */
  readonly version: string
  /** As `build 261101`. */
  readonly releasedDate: string
  /** `EN`, `CN` ...; `ML` is for all. */
  readonly language: string
  readonly sizeBytes: number
  /** Of the contents, in hex. */
  readonly sha256: string
}

/** No image, or not whole. `isFormat`: it never was one. Codes: `firmware.format`, `firmware.content`. */
export class FirmwareError extends HmpError {
  readonly isFormat: boolean
  constructor(isFormat: boolean, text: string) {
    super(isFormat ? 'firmware.format' : 'firmware.content', text)
    this.isFormat = isFormat
  }
}

/** An image with made-up contents, piece by piece: the same bytes for the same header. */
export function* writeFirmware(image: Omit<FirmwareHeader, 'sha256'>): Generator<Uint8Array> {
  if (!Number.isInteger(image.sizeBytes) || image.sizeBytes < 1 || image.sizeBytes > MAX_FIRMWARE_BYTES)
    throw new FirmwareError(true, `an image has from 1 to ${MAX_FIRMWARE_BYTES} bytes`)
  const hash = createHash('sha256')
  for (const piece of contents(image)) hash.update(piece)
  const header = utf8(JSON.stringify({ ...image, sha256: hash.digest('hex') } satisfies FirmwareHeader))
  if (header.length > MAX_FIRMWARE_HEADER_BYTES) throw new FirmwareError(true, 'the header is too long')
  const head = new Uint8Array(FIXED_BYTES + header.length)
  head.set(MAGIC)
  new DataView(head.buffer).setUint32(MAGIC.length, header.length)
  head.set(header, FIXED_BYTES)
  yield head
  yield* contents(image)
}

/** Bytes that do not compress, other ones for each version. */
function* contents({ version, sizeBytes }: Omit<FirmwareHeader, 'sha256'>): Generator<Uint8Array> {
  const seed = createHash('sha256').update(version).digest()
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, sizeBytes - at))
    let state = seed.readUInt32BE(0) ^ at
    for (let i = 0; i < piece.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      piece[i] = state >>> 24
    }
    yield piece
  }
}

/** Reads an image that comes in pieces. Each method throws `FirmwareError`. */
export class FirmwareReader {
  readonly #hash: Hash = createHash('sha256')
  readonly #mayHaveTail: boolean
  #head: Uint8Array = new Uint8Array()
  #header: FirmwareHeader | undefined
  #gotBytes = 0
  #tailBytes = 0

  /** `mayHaveTail`: something may follow the contents, as the end of a form does. */
  constructor(options: { readonly mayHaveTail?: boolean } = {}) {
    this.#mayHaveTail = options.mayHaveTail ?? false
  }

  push(piece: Uint8Array): void {
    if (this.#header) {
      this.#take(piece)
      return
    }
    this.#head = Buffer.concat([this.#head, piece.subarray(0, FIXED_BYTES + MAX_FIRMWARE_HEADER_BYTES)])
    const known = this.#head
    if (known.subarray(0, MAGIC.length).some((byte, i) => byte !== MAGIC[i]))
      throw new FirmwareError(true, 'this is no firmware')
    if (known.length < FIXED_BYTES) return
    const endAt = FIXED_BYTES + new DataView(known.buffer, known.byteOffset).getUint32(MAGIC.length)
    if (endAt > FIXED_BYTES + MAX_FIRMWARE_HEADER_BYTES) throw new FirmwareError(true, 'the header is too long')
    if (known.length < endAt) return
    this.#header = readHeader(known.subarray(FIXED_BYTES, endAt))
    this.#head = new Uint8Array()
    this.#take(known.subarray(endAt))
    // what of the piece did not fit into the head
    this.#take(piece.subarray(FIXED_BYTES + MAX_FIRMWARE_HEADER_BYTES))
  }

  #take(bytes: Uint8Array): void {
    const left = this.#header!.sizeBytes - this.#gotBytes
    const mine = bytes.subarray(0, left)
    this.#gotBytes += mine.length
    this.#hash.update(mine)
    this.#tailBytes += bytes.length - mine.length
    if (this.#tailBytes > (this.#mayHaveTail ? MAX_FIRMWARE_TAIL_BYTES : 0))
      throw new FirmwareError(false, 'more bytes than the header says')
  }

  /** All has come: what it is. */
  end(): FirmwareHeader {
    const header = this.#header
    if (!header) throw new FirmwareError(true, 'this is no firmware')
    if (this.#gotBytes < header.sizeBytes) throw new FirmwareError(false, 'less bytes than the header says')
    if (this.#hash.digest('hex') !== header.sha256) throw new FirmwareError(false, 'the contents are damaged')
    return header
  }
}

function readHeader(bytes: Uint8Array): FirmwareHeader {
  try {
    const told: unknown = JSON.parse(fromUtf8(bytes))
    if (isHeader(told)) return told
  } catch {
    // told below
  }
  throw new FirmwareError(true, 'the header cannot be read')
}

function isHeader(told: unknown): told is FirmwareHeader {
  if (typeof told !== 'object' || told === null) return false
  const { models, version, releasedDate, language, sizeBytes, sha256 } = told as Record<keyof FirmwareHeader, unknown>
  return (
    Array.isArray(models) &&
    models.every((model) => typeof model === 'string') &&
    [version, releasedDate, language, sha256].every((text) => typeof text === 'string' && text !== '') &&
    typeof sizeBytes === 'number' &&
    Number.isInteger(sizeBytes) &&
    sizeBytes > 0 &&
    sizeBytes <= MAX_FIRMWARE_BYTES
  )
}
