// SPDX-License-Identifier: Apache-2.0
/** One direction of HMP in the clear (docs/protocol/hmp.md): session messages, the heads of requests and answers, media. */
import { concat, latin1 } from '@openhmp/protocol/base'
import { decodeSessionMessage, Flag, type PacketHeader, PacketSplitter, PacketType } from '@openhmp/protocol/hmp'
import { split4571 } from '@openhmp/protocol/rtp'
import type { DirectionReader, Talker } from './talk.ts'
import { readable } from './talk.ts'
import type { Place } from './tcp-order.ts'

/** Parts of units that are gathered at one time. */
const MAX_GATHERED_BYTES = 64 * 1024 * 1024

export class HmpReader implements DirectionReader {
  readonly #talker: Talker
  readonly #splitter: PacketSplitter
  readonly #parts = new Map<number, Uint8Array[]>()
  #gatheredBytes = 0
  #where: Place = { number: 0, timeMs: 0, at: 0 }

  constructor(talker: Talker) {
    this.#talker = talker
    this.#splitter = new PacketSplitter({ onPacket: (header, payload) => this.#read(header, payload) })
  }

  push(bytes: Uint8Array, where: Place): void {
    this.#where = where
    this.#splitter.push(bytes)
  }

  /** A packet that is exactly these bytes: a WebSocket message. */
  pushWhole(bytes: Uint8Array, where: Place): void {
    this.#where = where
    this.#splitter.pushWhole(bytes)
  }

  #read(header: PacketHeader, payload: Uint8Array): void {
    switch (header.type) {
      case PacketType.session:
        this.#talker.say(this.#where, 'HMP', describeSession(payload))
        break
      case PacketType.management:
      case PacketType.event:
        this.#talker.say(this.#where, 'HMP', describeControl(header, payload))
        break
      default:
        this.#readMedia(header, payload)
    }
  }

  #readMedia({ flags, stream }: PacketHeader, payload: Uint8Array): void {
    if (flags & Flag.end) {
      this.#talker.say(this.#where, 'HMP', `stream ${stream} ended`)
      return
    }
    const parts = this.#parts.get(stream) ?? []
    parts.push(payload.slice())
    this.#parts.set(stream, parts)
    this.#gatheredBytes += payload.length
    if (flags & Flag.more && this.#gatheredBytes <= MAX_GATHERED_BYTES) return
    this.#parts.delete(stream)
    const whole = concat(parts)
    this.#gatheredBytes -= whole.length
    for (const packet of split4571(whole)) this.#talker.media(packet, this.#where)
  }
}

function describeSession(payload: Uint8Array): string {
  const message = decodeSessionMessage(payload)
  switch (message.t) {
    case 'hello':
      return readable(`hello from ${message.role} ${message.identity} (${message.software})`)
    case 'challenge':
      return readable(`challenge from ${message.role} ${message.identity}`)
    case 'welcome':
      return readable(
        `welcome by ${message.role} ${message.identity}, epoch ${message.epoch}, session ${message.session}`,
      )
    case 'goodbye':
      return readable(`goodbye ${message.code}: ${message.text}`)
    case 'ack':
      return `ack ${message.bytes} bytes`
    case 'window':
      return `window of ${message.credit} bytes for ${message.sequence}`
    case 'ping':
    case 'pong':
      return `${message.t} ${message.id}`
    case 'unknown':
      return readable(`${message.word} (not known)`)
    default:
      return message.t
  }
}

function describeControl({ type, flags, sequence }: PacketHeader, payload: Uint8Array): string {
  const kind = type === PacketType.event ? 'event' : 'management'
  if (flags & Flag.cancel) return `${kind} ${sequence}: cancelled`
  const direction = flags & Flag.response ? 'answer' : 'request'
  const line = latin1(payload.subarray(0, 300)).split('\r\n')[0]!
  const isHead = / HTTP\/1\.1$|^HTTP\/1\.1 /.test(line)
  return `${kind} ${direction} ${sequence}: ${isHead ? readable(line.replace(/ ?HTTP\/1\.1 ?/, '')) : `${payload.length} bytes more`}`
}
