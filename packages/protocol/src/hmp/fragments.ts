// SPDX-License-Identifier: Apache-2.0
/** Fragments put together into messages: hmp.md §4. A message in one packet passes through as the view that it is. */
import { concat } from '../base/bytes.ts'
import { MAX_CONTROL_MESSAGE_BYTES, MAX_MEDIA_UNIT_BYTES, MAX_PARTIAL_CONTROL_MESSAGES } from './limits.ts'
import { Flag, isMedia, type PacketHeader, type PacketType, violation } from './packet.ts'

/** A message, whole. `flags` are those of its first packet, without MORE. */
export interface Message {
  readonly type: PacketType
  readonly flags: number
  readonly stream: number
  readonly sequence: number
  readonly payload: Uint8Array
}

class Partial {
  readonly first: PacketHeader
  readonly #parts: Uint8Array[] = []
  #bytes = 0

  constructor(first: PacketHeader) {
    this.first = first
  }

  add(payload: Uint8Array, limit: number, offset: number): void {
    this.#bytes += payload.length
    if (this.#bytes > limit) throw violation('length', `message over ${limit} bytes`, offset + 12, '§5')
    this.#parts.push(payload)
  }

  join(): Uint8Array {
    return concat(this.#parts)
  }
}

/** The units of one type of one stream. At most one is under way. */
export class UnitJoiner {
  #partial: Partial | undefined
  /** Flags of the unit that `push` last completed. */
  flags = 0

  get isUnderWay(): boolean {
    return this.#partial !== undefined
  }

  /** The unit's payload when this packet completes it. Throws `WireError` `hmp.sequence|flags|length`. */
  push(header: PacketHeader, payload: Uint8Array, offset: number): Uint8Array | undefined {
    const isMore = (header.flags & Flag.more) !== 0
    const partial = this.#partial
    if (!partial) {
      if (!isMore) {
        this.flags = header.flags
        return payload
      }
      this.#partial = new Partial(header)
      this.#partial.add(payload, MAX_MEDIA_UNIT_BYTES, offset)
      return undefined
    }
    if (header.sequence !== partial.first.sequence)
      throw violation('sequence', `unit ${header.sequence} inside unit ${partial.first.sequence}`, offset + 8, '§4')
    if ((header.flags & ~Flag.more) !== 0) throw violation('flags', 'flags on a later fragment', offset + 4, '§4')
    partial.add(payload, MAX_MEDIA_UNIT_BYTES, offset)
    if (isMore) return undefined
    this.#partial = undefined
    this.flags = partial.first.flags & ~Flag.more
    return partial.join()
  }
}

/** Requests and answers of one direction. */
export class ControlJoiner {
  readonly #partials = new Map<number, Partial>()

  /** How many are under way. */
  get size(): number {
    return this.#partials.size
  }

  /** True when this packet continues a message under way. */
  has(header: PacketHeader): boolean {
    return this.#partials.has(keyOf(header))
  }

  /** The message's payload when this packet completes it. Throws `WireError` `hmp.flow|length`. */
  push(header: PacketHeader, payload: Uint8Array, offset: number): Uint8Array | undefined {
    const key = keyOf(header)
    const isMore = (header.flags & Flag.more) !== 0
    let partial = this.#partials.get(key)
    if (!partial) {
      if (!isMore) return payload
      if (this.#partials.size >= MAX_PARTIAL_CONTROL_MESSAGES)
        throw violation('flow', 'too many messages under way', offset + 8, '§4')
      partial = new Partial(header)
      this.#partials.set(key, partial)
    }
    partial.add(payload, MAX_CONTROL_MESSAGE_BYTES, offset)
    if (isMore) return undefined
    this.#partials.delete(key)
    return partial.join()
  }

  /** Forgets a message under way: it was cancelled. */
  drop(header: Pick<PacketHeader, 'type' | 'flags' | 'sequence'>): boolean {
    return this.#partials.delete(keyOf(header))
  }
}

/** What fragments of one control message share, as one number. */
export const keyOf = (header: Pick<PacketHeader, 'type' | 'flags' | 'sequence'>): number =>
  header.sequence * 16 + header.type * 2 + (header.flags & Flag.response)

/** All messages of one direction, for tools that look at a capture. Streamed bodies come as one message with their head. */
export class MessageJoiner {
  readonly #control = new ControlJoiner()
  readonly #units = new Map<number, UnitJoiner>()

  /** Throws the `WireError`s of the joiners above. */
  push(header: PacketHeader, payload: Uint8Array, offset: number): Message | undefined {
    const { type, stream, sequence } = header
    if (!isMedia(type)) {
      const whole = type === 0 ? payload : this.#control.push(header, payload, offset)
      return whole && { type, flags: header.flags & ~Flag.more, stream, sequence, payload: whole }
    }
    const key = stream * 4 + type
    let joiner = this.#units.get(key)
    if (!joiner) {
      joiner = new UnitJoiner()
      this.#units.set(key, joiner)
    }
    const whole = joiner.push(header, payload, offset)
    return whole && { type, flags: joiner.flags, stream, sequence, payload: whole }
  }
}
