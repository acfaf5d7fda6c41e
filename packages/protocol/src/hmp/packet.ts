// SPDX-License-Identifier: Apache-2.0
/**
 * The packet's header: hmp.md §3. It has no tolerances: the first field that breaks its rule is named by a `WireError`
 * whose code is `hmp.` and the goodbye it earns.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |  magic 0x48 0x4D  ("HM")      |  version 1    |     type      |
 *     |     flags     |  reserved 0   |            stream             |
 *     |                           sequence                            |
 *     |                   length of the payload                       |
 */
import { concat, put16, put32, u16, u32 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import type { GoodbyeCode } from './goodbye.ts'
import { MAX_PACKET_PAYLOAD_BYTES, MAX_SESSION_MESSAGE_BYTES } from './limits.ts'

/** Bytes of a header. */
export const HEADER_BYTES = 16
const MAGIC = 0x484d
const VERSION = 1

/** What a packet carries. */
export const PacketType = { session: 0, video: 1, audio: 2, management: 3, event: 4 } as const
/** A number of `PacketType`. */
export type PacketType = (typeof PacketType)[keyof typeof PacketType]

/** Bits of the flags byte. */
export const Flag = { response: 0x01, more: 0x02, cancel: 0x04, key: 0x08, end: 0x10, damaged: 0x20 } as const

const mediaFlags = Flag.more | Flag.key | Flag.end | Flag.damaged
const controlFlags = Flag.response | Flag.more | Flag.cancel
const allowedFlags = [0, mediaFlags, mediaFlags, controlFlags, controlFlags] as const

/** A header as read. */
export interface PacketHeader {
  readonly type: PacketType
  readonly flags: number
  readonly stream: number
  readonly sequence: number
  /** Of the payload. */
  readonly length: number
}

/** Video or audio. */
export const isMedia = (type: PacketType): boolean => type === PacketType.video || type === PacketType.audio

/** The error that ends a session with this goodbye. `at` counts all bytes of the direction. */
export const violation = (code: GoodbyeCode, message: string, at?: number, section = '§3'): WireError =>
  new WireError(`hmp.${code}`, message, { ...(at === undefined ? {} : { at }), spec: `hmp.md ${section}` })

/**
 * Reads the 16 bytes at `at`, which must be there. `base` is the offset of the header in its direction, for the error's
 * `at`. Throws `WireError` `hmp.magic|version|type|flags|reserved|sequence|length`.
 */
export const decodeHeader = (bytes: Uint8Array, at = 0, base = 0): PacketHeader => {
  if (bytes.length - at < HEADER_BYTES) throw violation('length', 'no room for a header', base)
  if (u16(bytes, at) !== MAGIC) throw violation('magic', 'this is not HMP', base)
  if (bytes[at + 2] !== VERSION) throw violation('version', `version ${bytes[at + 2]}`, base + 2)
  const type = bytes[at + 3]!
  if (type > PacketType.event) throw violation('type', `packet type ${type}`, base + 3)
  const flags = bytes[at + 4]!
  checkFlags(type, flags, base + 4)
  if (bytes[at + 5] !== 0) throw violation('reserved', 'the reserved byte is not 0', base + 5)
  const isOfMedia = type === PacketType.video || type === PacketType.audio
  const stream = u16(bytes, at + 6)
  if (!isOfMedia && stream !== 0) throw violation('reserved', `stream ${stream} on type ${type}`, base + 6)
  if (isOfMedia && stream === 0) throw violation('sequence', 'media of stream 0', base + 6)
  const sequence = u32(bytes, at + 8)
  if (!isOfMedia && (sequence === 0) !== (type === PacketType.session))
    throw violation('sequence', `sequence ${sequence} on type ${type}`, base + 8)
  const length = u32(bytes, at + 12)
  checkLength(type, flags, length, base + 12)
  return { type: type as PacketType, flags, stream, sequence, length }
}

const checkFlags = (type: number, flags: number, at: number): void => {
  const isBad =
    (flags & ~allowedFlags[type]!) !== 0 ||
    ((flags & Flag.cancel) !== 0 && (flags & Flag.more) !== 0) ||
    ((flags & Flag.end) !== 0 && flags !== Flag.end)
  if (isBad) throw violation('flags', `flags 0x${flags.toString(16)} on type ${type}`, at)
}

const checkLength = (type: number, flags: number, length: number, at: number): void => {
  const limit = type === PacketType.session ? MAX_SESSION_MESSAGE_BYTES : MAX_PACKET_PAYLOAD_BYTES
  if (length > limit) throw violation('length', `payload of ${length} bytes`, at)
  const mustBeEmpty = (flags & (Flag.cancel | Flag.end)) !== 0
  if (mustBeEmpty && length > 0) throw violation('length', 'a payload beside CANCEL or END', at)
  const isControl = type === PacketType.management || type === PacketType.event
  const mayBeEmpty = mustBeEmpty || (isControl && (flags & Flag.more) === 0)
  if (!mayBeEmpty && length === 0) throw violation('length', 'no payload', at)
}

const HEADERS_PER_SLAB = 128

/**
 * Makes headers. They are cut from slabs that are given up once used, because a header lives until its socket has sent it;
 * one allocation then serves 128 packets.
 */
export class HeaderWriter {
  #slab = new Uint8Array(HEADERS_PER_SLAB * HEADER_BYTES)
  #at = 0

  write(type: PacketType, flags: number, stream: number, sequence: number, length: number): Uint8Array {
    if (this.#at === this.#slab.length) {
      this.#slab = new Uint8Array(HEADERS_PER_SLAB * HEADER_BYTES)
      this.#at = 0
    }
    const slab = this.#slab
    const at = this.#at
    this.#at += HEADER_BYTES
    put16(slab, at, MAGIC)
    slab[at + 2] = VERSION
    slab[at + 3] = type
    slab[at + 4] = flags
    put16(slab, at + 6, stream)
    put32(slab, at + 8, sequence)
    put32(slab, at + 12, length)
    return slab.subarray(at, at + HEADER_BYTES)
  }
}

/** One whole packet in one array: for tests and tools; sessions write header and payload apart. */
export const encodePacket = (header: Omit<PacketHeader, 'length'>, payload: Uint8Array): Uint8Array =>
  concat([new HeaderWriter().write(header.type, header.flags, header.stream, header.sequence, payload.length), payload])
