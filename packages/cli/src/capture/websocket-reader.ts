// SPDX-License-Identifier: Apache-2.0
/**
 * One direction of a WebSocket (RFC 6455 §5) that carries HMP: frames unmasked, messages put together, and each read as one packet
 * (docs/protocol/hmp.md §2.2). Without extensions: HMP offers none.
 */
import { concat, latin1, WireError } from '@openhmp/protocol/base'
import { HEADER_BYTES, MAX_PACKET_PAYLOAD_BYTES } from '@openhmp/protocol/hmp'
import { HmpReader } from './hmp-reader.ts'
import type { DirectionReader, Talker } from './talk.ts'
import { readable } from './talk.ts'
import type { Place } from './tcp-order.ts'

/** Longest message: one packet. */
export const MAX_MESSAGE_BYTES = HEADER_BYTES + MAX_PACKET_PAYLOAD_BYTES
const MAX_CONTROL_BYTES = 125
const spec = 'RFC 6455 §5.2'
const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

interface Frame {
  readonly opcode: number
  readonly isFinal: boolean
  /** Undefined: not masked. */
  readonly mask: Uint8Array | undefined
  readonly headBytes: number
  readonly payloadBytes: number
}

export class WebSocketReader implements DirectionReader {
  readonly #talker: Talker
  readonly #isClient: boolean
  readonly #hmp: HmpReader
  /** Pieces of one frame that is not whole yet. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  /** How many bytes there must be before it is worth while to look again. */
  #wantedBytes = 2
  /** Of a message in several frames. */
  #parts: Uint8Array[] | undefined
  #partBytes = 0

  /** `isClient`: of the direction whose frames are masked. */
  constructor(talker: Talker, isClient: boolean) {
    this.#talker = talker
    this.#isClient = isClient
    this.#hmp = new HmpReader(talker)
  }

  /** Throws WireError `websocket.*`, and those of HMP's packets. */
  push(bytes: Uint8Array, where: Place): void {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes < this.#wantedBytes) {
      this.#held[this.#held.length - 1] = bytes.slice() // the one who handed it in may write over it
      return
    }
    let rest = this.#held.length === 1 ? bytes : concat(this.#held)
    this.#wantedBytes = 2
    while (rest.length >= this.#wantedBytes) {
      const frame = this.#readHead(rest)
      const whole = frame ? frame.headBytes + frame.payloadBytes : rest.length + 1
      if (!frame || rest.length < whole) {
        this.#wantedBytes = whole
        break
      }
      this.#take(frame, unmask(rest.subarray(frame.headBytes, whole), frame.mask), where)
      rest = rest.subarray(whole)
      this.#wantedBytes = 2
    }
    this.#held = rest.length === 0 ? [] : [rest.slice()]
    this.#heldBytes = rest.length
  }

  /** Undefined when it is not all there. What cannot be HMP is refused before its payload is waited for. */
  #readHead(bytes: Uint8Array): Frame | undefined {
    const [first = 0, second = 0] = bytes
    const opcode = first & 0x0f
    const isFinal = (first & 0x80) !== 0
    const isMasked = (second & 0x80) !== 0
    if (first & 0x70) throw new WireError('websocket.extension', 'a reserved bit is set', { spec })
    if (isMasked !== this.#isClient)
      throw new WireError('websocket.mask', this.#isClient ? 'a client that does not mask' : 'a server that masks', {
        spec,
      })
    const short = second & 0x7f
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0
    const headBytes = 2 + lengthBytes + (isMasked ? 4 : 0)
    if (bytes.length < headBytes) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const payloadBytes = short === 127 ? Number(view.getBigUint64(2)) : short === 126 ? view.getUint16(2) : short
    const isControl = opcode >= Opcode.close
    if (isControl && (payloadBytes > MAX_CONTROL_BYTES || !isFinal))
      throw new WireError('websocket.control', 'a control frame that is long or in pieces', { spec: 'RFC 6455 §5.5' })
    if (payloadBytes + (isControl ? 0 : this.#partBytes) > MAX_MESSAGE_BYTES)
      throw new WireError('websocket.length', `a message of more than ${MAX_MESSAGE_BYTES} bytes`, {
        spec: 'hmp.md §2.2',
      })
    const mask = isMasked ? bytes.subarray(headBytes - 4, headBytes) : undefined
    return { opcode, isFinal, mask, headBytes, payloadBytes }
  }

  #take({ opcode, isFinal }: Frame, payload: Uint8Array, where: Place): void {
    switch (opcode) {
      case Opcode.binary:
      case Opcode.continuation:
        this.#takeData(opcode, isFinal, payload, where)
        return
      case Opcode.close:
        this.#talker.say(where, 'WebSocket', readable(describeClose(payload)))
        return
      case Opcode.ping:
      case Opcode.pong:
        this.#talker.say(where, 'WebSocket', opcode === Opcode.ping ? 'ping' : 'pong')
        return
      default:
        throw new WireError(
          'websocket.opcode',
          opcode === Opcode.text ? 'a text message has no place in HMP' : `opcode ${opcode} is not known`,
          { spec: opcode === Opcode.text ? 'hmp.md §2.2' : spec },
        )
    }
  }

  #takeData(opcode: number, isFinal: boolean, payload: Uint8Array, where: Place): void {
    if ((opcode === Opcode.continuation) !== (this.#parts !== undefined))
      throw new WireError('websocket.continuation', 'frames of messages are mixed', { spec: 'RFC 6455 §5.4' })
    if (isFinal && !this.#parts) {
      this.#hmp.pushWhole(payload, where)
      return
    }
    this.#parts ??= []
    this.#parts.push(payload.slice())
    this.#partBytes += payload.length
    if (!isFinal) return
    const whole = concat(this.#parts)
    this.#parts = undefined
    this.#partBytes = 0
    this.#hmp.pushWhole(whole, where)
  }
}

/** RFC 6455 §5.3. Not masked: the view itself. */
const unmask = (payload: Uint8Array, mask: Uint8Array | undefined): Uint8Array =>
  mask ? payload.map((byte, i) => byte ^ mask[i & 3]!) : payload

/** RFC 6455 §5.5.1; 4000 and more: the goodbye's number, hmp.md §2.2. */
const describeClose = (payload: Uint8Array): string => {
  if (payload.length < 2) return 'close'
  return `close ${(payload[0]! << 8) | payload[1]!} ${latin1(payload.subarray(2))}`.trimEnd()
}
