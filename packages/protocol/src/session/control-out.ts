// SPDX-License-Identifier: Apache-2.0
/**
 * Requests and answers on their way out, of one packet type: hmp.md §4 and §8.4. First packets go in the order of their numbers; messages
 * under way take turns packet by packet. A streamed body waits aside while it has neither content nor credit.
 */
import { Refusal } from '../base/errors.ts'
import {
  INITIAL_CREDIT_BYTES,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_PACKET_PAYLOAD_BYTES,
  MAX_PARTIAL_CONTROL_MESSAGES,
} from '../hmp/limits.ts'
import { Flag, type PacketType } from '../hmp/packet.ts'
import type { Outlet } from './outlet.ts'

/** Most bytes of messages that wait in one queue. */
export const MAX_WAITING_CONTROL_BYTES = 8 * MAX_CONTROL_MESSAGE_BYTES
/** A message is not cut into less, however little room there is. */
const LEAST_PIECE_BYTES = 16 * 1024

interface Outgoing {
  readonly sequence: number
  /** 0 or RESPONSE. */
  readonly response: number
  chunks: Uint8Array[]
  /** Into the first chunk. */
  offset: number
  /** No chunk will be added. */
  isComplete: boolean
  hasStarted: boolean
  /** Its first packet is its head, uncut and with MORE. */
  readonly isStreamed: boolean
  /** For a streamed body, how much more the other side takes. */
  credit: number
  /** Wakes the one who feeds a streamed body. */
  wake: (() => void) | undefined
}

export class ControlOut {
  readonly #type: PacketType
  readonly #outlet: Outlet
  readonly #isReady: () => void
  #fresh: Outgoing[] = []
  #going: Outgoing[] = []
  /** Streamed bodies without content at hand. */
  readonly #aside = new Set<Outgoing>()
  #waitingBytes = 0
  #turn = 0

  /** `isReady` is called when something to send has come by itself (content of a streamed body). */
  constructor(type: PacketType, outlet: Outlet, isReady: () => void) {
    this.#type = type
    this.#outlet = outlet
    this.#isReady = isReady
  }

  get isEmpty(): boolean {
    return this.#fresh.length === 0 && this.#going.length === 0
  }

  /** Queues a message, whole or (with `body`) its head. Throws `Refusal` `hmp.queue`, and for one over 1 MiB `hmp.too-long`. */
  push(sequence: number, response: number, bytes: Uint8Array, body?: AsyncIterable<Uint8Array>): void {
    if (bytes.length > MAX_CONTROL_MESSAGE_BYTES)
      throw new Refusal('invalid', 'hmp.too-long', `message of ${bytes.length} bytes`)
    if (this.#waitingBytes + bytes.length > MAX_WAITING_CONTROL_BYTES)
      throw new Refusal('exhausted', 'hmp.queue', 'too much waits to be sent')
    const message: Outgoing = {
      sequence,
      response,
      chunks: [bytes],
      offset: 0,
      isComplete: body === undefined,
      hasStarted: false,
      isStreamed: body !== undefined,
      credit: INITIAL_CREDIT_BYTES,
      wake: undefined,
    }
    this.#waitingBytes += bytes.length
    this.#fresh.push(message)
    if (body) void this.#feed(message, body)
  }

  /** Sends one packet of at most `room` bytes; false when nothing could be sent. */
  sendOne(room: number, nowMs: number): boolean {
    const message = this.#next()
    if (!message) return false
    const chunk = message.chunks[0]
    if (!chunk) {
      // Only a finished streamed body comes here without content: its last packet is empty.
      this.#outlet.empty(this.#type, message.response, 0, message.sequence)
      this.#remove(message)
      return true
    }
    const left = chunk.length - message.offset
    let size = Math.min(left, MAX_PACKET_PAYLOAD_BYTES)
    if (size > room) {
      // The head of a streamed body is never cut, so that its first packet ends with it.
      if (room < LEAST_PIECE_BYTES || (message.isStreamed && !message.hasStarted)) return false
      size = room
    }
    const isHead = message.isStreamed && !message.hasStarted
    const isLast = message.isComplete && message.chunks.length === 1 && size === left && !isHead
    const payload = size === chunk.length ? chunk : chunk.subarray(message.offset, message.offset + size)
    const flags = message.response | (isLast ? 0 : Flag.more)
    this.#outlet.packet(this.#type, flags, 0, message.sequence, payload, nowMs)
    this.#waitingBytes -= size
    this.#advance(message, size, left, isLast)
    return true
  }

  /** Under the limit of messages under way, new ones and old ones take turns. */
  #next(): Outgoing | undefined {
    const mayStart = this.#fresh.length > 0 && this.#going.length + this.#aside.size < MAX_PARTIAL_CONTROL_MESSAGES
    if (mayStart && (this.#going.length === 0 || this.#turn++ % 2 === 0)) return this.#fresh[0]
    return this.#going[0]
  }

  #advance(message: Outgoing, size: number, left: number, isLast: boolean): void {
    this.#remove(message)
    if (isLast) return
    message.hasStarted = true
    message.offset += size
    if (size === left) {
      message.chunks.shift()
      message.offset = 0
    }
    if (message.chunks.length > 0 || message.isComplete) this.#going.push(message)
    else this.#aside.add(message)
    message.wake?.()
  }

  #remove(message: Outgoing): void {
    if (this.#fresh[0] === message) this.#fresh.shift()
    else if (this.#going[0] === message) this.#going.shift()
    else {
      this.#fresh = this.#fresh.filter((other) => other !== message)
      this.#going = this.#going.filter((other) => other !== message)
      this.#aside.delete(message)
    }
  }

  /** `window` came. False when no such body is under way. */
  grant(sequence: number, response: number, credit: number): boolean {
    const message = this.#find(sequence, response)
    if (!message) return false
    message.credit += credit
    message.wake?.()
    return true
  }

  /** Forgets what has not been sent of a message. Returns whether some of it had been. */
  drop(sequence: number, response: number): 'gone' | 'unsent' | 'half-sent' {
    const message = this.#find(sequence, response)
    if (!message) return 'gone'
    for (const chunk of message.chunks) this.#waitingBytes -= chunk.length
    this.#waitingBytes += message.offset
    message.chunks = []
    message.isComplete = true
    this.#remove(message)
    message.wake?.()
    return message.hasStarted ? 'half-sent' : 'unsent'
  }

  #find(sequence: number, response: number): Outgoing | undefined {
    const isIt = (message: Outgoing) => message.sequence === sequence && message.response === response
    return this.#fresh.find(isIt) ?? this.#going.find(isIt) ?? [...this.#aside].find(isIt)
  }

  /** Ends all waiting; those who feed bodies stop. */
  close(): void {
    for (const message of [...this.#fresh, ...this.#going, ...this.#aside])
      this.drop(message.sequence, message.response)
  }

  async #feed(message: Outgoing, body: AsyncIterable<Uint8Array>): Promise<void> {
    const isDropped = () => message.isComplete
    try {
      for await (const chunk of body) {
        let rest = chunk
        while (rest.length > 0) {
          while (!isDropped() && (message.credit <= 0 || message.chunks.length > 1)) await this.#pause(message)
          if (isDropped()) return
          const size = Math.min(rest.length, message.credit, MAX_PACKET_PAYLOAD_BYTES)
          message.credit -= size
          this.#add(message, rest.subarray(0, size))
          rest = rest.subarray(size)
        }
        if (isDropped()) return
      }
      message.isComplete = true
      if (this.#aside.delete(message)) this.#going.push(message)
      this.#isReady()
    } catch {
      // The source failed: the other side must not take half a body for a whole one.
      if (isDropped()) return
      if (this.drop(message.sequence, message.response) !== 'gone')
        this.#outlet.empty(this.#type, Flag.cancel | message.response, 0, message.sequence)
    }
  }

  #add(message: Outgoing, chunk: Uint8Array): void {
    message.chunks.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#aside.delete(message)) this.#going.push(message)
    this.#isReady()
  }

  #pause(message: Outgoing): Promise<void> {
    return new Promise((resolve) => {
      message.wake = () => {
        message.wake = undefined
        resolve()
      }
    })
  }
}
