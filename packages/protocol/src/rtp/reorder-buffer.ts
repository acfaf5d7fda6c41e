// SPDX-License-Identifier: Apache-2.0
/**
 * Packets from UDP, out in order: what comes too early waits for what is missing, until the buffer is full or the wait
 * is over; then the gap is called a loss. Late and double packets are dropped and counted. RTP only: RTCP has no order.
 */
import { u16, u32 } from '../base/bytes.ts'
import { payloadStart } from './packet.ts'

/** Most packets that can wait. */
export const MAX_REORDER_DEPTH = 1024
const DEFAULT_DEPTH = 64
const DEFAULT_HOLD_MS = 100
/** Farther behind is a new beginning, not a late packet: MAX_MISORDER of RFC 3550 A.1. */
const MAX_MISORDER = 100
/** Farther ahead is a new beginning, not a loss: MAX_DROPOUT of RFC 3550 A.1. */
const MAX_DROPOUT = 3000

/** What a buffer is made for. */
export interface ReorderOptions {
  /** Packets that may wait, 1..1024; rounded up to a power of two. Default 64. */
  readonly depth?: number
  /** How long one may wait. Default 100 ms. */
  readonly maxHoldMs?: number
  /** Called inside `push` and `tick`, in order. */
  onPacket(packet: Uint8Array): void
  /** Packets given up, called before the packet that follows the gap. */
  onLoss(count: number): void
}

/** Puts one stream's packets in order. Waiting bytes must stay unchanged until they are out. */
export class ReorderBuffer {
  readonly #slots: (Uint8Array | undefined)[]
  readonly #arrivedMs: Float64Array
  readonly #mask: number
  readonly #holdMs: number
  readonly #onPacket: (packet: Uint8Array) => void
  readonly #onLoss: (count: number) => void
  #next = -1
  #ssrc = -1
  #waiting = 0
  /** Late or double packets, and such as are no RTP, so far. */
  discarded = 0

  constructor(options: ReorderOptions) {
    const wanted = Math.min(Math.max(options.depth ?? DEFAULT_DEPTH, 1), MAX_REORDER_DEPTH)
    const depth = 2 ** Math.ceil(Math.log2(wanted))
    this.#slots = new Array<Uint8Array | undefined>(depth).fill(undefined)
    this.#arrivedMs = new Float64Array(depth)
    this.#mask = depth - 1
    this.#holdMs = options.maxHoldMs ?? DEFAULT_HOLD_MS
    this.#onPacket = options.onPacket
    this.#onLoss = options.onLoss
  }

  /** How many packets wait now. */
  get waiting(): number {
    return this.#waiting
  }

  /** Takes a packet that came at `nowMs` (any clock that only grows). */
  push(packet: Uint8Array, nowMs: number): void {
    if (payloadStart(packet) < 0) {
      this.discarded++
      return
    }
    const sequence = u16(packet, 2)
    const ssrc = u32(packet, 8)
    if (ssrc !== this.#ssrc) {
      this.flush()
      this.#ssrc = ssrc
      this.#next = sequence
    }
    const ahead = (sequence - this.#next) & 0xffff
    if (ahead === 0) {
      this.#deliver(packet)
      if (this.#waiting > 0) this.tick(nowMs)
    } else if (ahead >= 0x1_0000 - MAX_MISORDER) this.discarded++
    else if (ahead < MAX_DROPOUT) this.#keep(packet, sequence, nowMs)
    else {
      this.flush()
      this.#onLoss(1)
      this.#next = sequence
      this.#deliver(packet)
    }
  }

  /** Gives up gaps that were waited for too long. Call at least every `maxHoldMs`. */
  tick(nowMs: number): void {
    while (this.#waiting > 0) {
      const gap = this.#gap()
      if (nowMs - this.#arrivedMs[(this.#next + gap) & this.#mask]! < this.#holdMs) return
      this.#giveUp(gap)
    }
  }

  /** Gives out all that waits: the stream has ended. */
  flush(): void {
    while (this.#waiting > 0) this.#giveUp(this.#gap())
  }

  /** Keeps an early packet, making room first: what is farther back than the buffer is long is lost. */
  #keep(packet: Uint8Array, sequence: number, nowMs: number): void {
    for (;;) {
      const ahead = (sequence - this.#next) & 0xffff
      if (ahead === 0) {
        this.#deliver(packet)
        return
      }
      if (ahead <= this.#mask) break
      this.#giveUp(this.#waiting > 0 ? this.#gap() : ahead - this.#mask)
    }
    const slot = sequence & this.#mask
    if (this.#slots[slot]) {
      this.discarded++
      return
    }
    this.#slots[slot] = packet
    this.#arrivedMs[slot] = nowMs
    this.#waiting++
    this.tick(nowMs)
  }

  /** Delivers a packet and all that follows it without a gap. */
  #deliver(first: Uint8Array): void {
    let packet: Uint8Array | undefined = first
    while (packet) {
      this.#next = (this.#next + 1) & 0xffff
      this.#onPacket(packet)
      if (this.#waiting === 0) return
      const slot = this.#next & this.#mask
      packet = this.#slots[slot]
      if (!packet) return
      this.#slots[slot] = undefined
      this.#waiting--
    }
  }

  /** How many packets are missing before the first that waits. */
  #gap(): number {
    let gap = 1
    while (!this.#slots[(this.#next + gap) & this.#mask]) gap++
    return gap
  }

  #giveUp(gap: number): void {
    this.#next = (this.#next + gap) & 0xffff
    this.#onLoss(gap)
    const slot = this.#next & this.#mask
    const packet = this.#slots[slot]
    if (!packet) return
    this.#slots[slot] = undefined
    this.#waiting--
    this.#deliver(packet)
  }
}
