// SPDX-License-Identifier: Apache-2.0
/**
 * RTP packets in order -> units. The hot path of every stream: packets are gathered in RFC 4571 framing as they come, in
 * one buffer that every unit uses again; a whole unit is copied out of it once. No object per packet.
 *
 * A picture ends at the marker or where the timestamp changes (RFC 6184 §5.1, RFC 7798 §4.1, RFC 2435 §3.1); sound is
 * gathered up to 40 ms. A gap in the sequence numbers marks the units at both its ends as damaged.
 *
 *   sequence      what it is taken for
 *   expected      the next packet
 *   up to 3000 ahead    that many lost
 *   up to 100 behind    late or twice: discarded
 *   elsewhere     the sender began anew (RFC 3550 A.1): the units around it are damaged
 */
import { put16, u16, u32 } from '../base/bytes.ts'
import { type CodecName, codecs } from './codec.ts'
import { isRtcp, MAX_RTP_PACKET_BYTES, payloadEnd, payloadStart } from './packet.ts'
import { Peek, type PeekPayload, peekOf } from './peek.ts'
import { MAX_FRAMED_PACKETS } from './rfc4571.ts'
import { senderRtcp } from './sender-rtcp.ts'
import { MAX_UNIT_BYTES, type MediaUnit } from './unit.ts'

/** Samples (bytes) of G.711 that make a unit: 40 ms. */
const AUDIO_UNIT_TICKS = 320
/** Farther ahead is a new beginning, not a loss: MAX_DROPOUT of RFC 3550 A.1. */
const MAX_DROPOUT = 3000
/** Farther behind is a new beginning, not a late packet: MAX_MISORDER of RFC 3550 A.1. */
const MAX_MISORDER = 100
/** RTCP packets kept for the next unit; of more, the newest. */
const MAX_WAITING_RTCP = 4
/** What the gathering buffer starts with; it doubles up to MAX_UNIT_BYTES. */
const FIRST_GATHER_BYTES = 4096

/** What the assembler has seen. Only grows. */
export interface AssemblerStats {
  /** RTP packets taken. */
  readonly packets: number
  /** Packets that the sequence numbers say are missing. */
  readonly lost: number
  /** Packets thrown away: malformed, late, of another payload type, or of a unit over the limit. */
  readonly discarded: number
  readonly units: number
}

/** What an assembler is made for. */
export interface AssemblerOptions {
  readonly codec: CodecName
  /** Takes only this payload type; without it, every one. */
  readonly payloadType?: number
  /** Called inside `push`, `flush`; must not push into the same assembler. */
  onUnit(unit: MediaUnit): void
}

/** Gathers one stream's packets. Bytes handed in are copied: they may be overwritten after the call. */
export class UnitAssembler {
  readonly #kind: 'video' | 'audio'
  readonly #payloadType: number
  readonly #onUnit: (unit: MediaUnit) => void
  readonly #peek: PeekPayload
  readonly #stats = { packets: 0, lost: 0, discarded: 0, units: 0 }

  #gathered: Uint8Array = new Uint8Array(FIRST_GATHER_BYTES)
  #sizeBytes = 0
  #packetCount = 0
  #timestamp = 0
  #ticks = 0
  #bits = 0
  #isOpen = false
  #isDamaged = false
  #isOver = false
  #isNextDamaged = false
  #rtcp: Uint8Array[] = []
  #sequence = -1
  #ssrc = -1

  constructor(options: AssemblerOptions) {
    this.#kind = codecs[options.codec].kind
    this.#payloadType = options.payloadType ?? -1
    this.#onUnit = options.onUnit
    this.#peek = peekOf(options.codec)
  }

  get stats(): AssemblerStats {
    return this.#stats
  }

  /** Takes one whole RTP or RTCP packet. Never throws for what is inside: bad packets are counted. */
  push(packet: Uint8Array): void {
    if (isRtcp(packet)) {
      this.#pushRtcp(packet)
      return
    }
    const start = payloadStart(packet)
    const type = start < 0 ? -1 : packet[1]! & 0x7f
    if (start < 0 || packet.length > MAX_RTP_PACKET_BYTES || !this.#follows(packet, type)) {
      this.#stats.discarded++
      return
    }
    this.#stats.packets++
    const timestamp = u32(packet, 4)
    const end = payloadEnd(packet)
    if (this.#kind === 'audio') this.#pushAudio(packet, timestamp, end - start)
    else this.#pushVideo(packet, timestamp, start, end)
  }

  /** Tells of a loss that the sequence numbers will not show: the unit at hand and the next are damaged. */
  markLoss(): void {
    this.#isDamaged = true
    this.#isNextDamaged = true
  }

  /** Gives out what is there, whole or not: the stream has ended. */
  flush(): void {
    this.#close()
  }

  #pushVideo(packet: Uint8Array, timestamp: number, start: number, end: number): void {
    if (this.#isOpen && timestamp !== this.#timestamp) this.#close()
    if (!this.#isOpen) this.#begin(timestamp)
    this.#bits |= this.#peek(packet, start, end)
    this.#add(packet)
    // Tolerates: cameras that set the marker on parameter sets too, though RFC 6184 §5.1 keeps it for the last packet of a
    // picture; a unit without a slice stays open, so that its key picture comes with them.
    if (packet[1]! >= 0x80 && this.#bits !== Peek.nothing) this.#close()
  }

  #pushAudio(packet: Uint8Array, timestamp: number, ticks: number): void {
    const expected = (this.#timestamp + this.#ticks) >>> 0
    if (this.#isOpen && (timestamp !== expected || this.#ticks + ticks > AUDIO_UNIT_TICKS)) this.#close()
    if (!this.#isOpen) this.#begin(timestamp)
    this.#bits = Peek.picture | Peek.key
    this.#ticks += ticks
    this.#add(packet)
    if (this.#ticks >= AUDIO_UNIT_TICKS) this.#close()
  }

  #pushRtcp(packet: Uint8Array): void {
    const kept = packet.length > MAX_RTP_PACKET_BYTES ? undefined : senderRtcp(packet)
    if (!kept) return
    if (this.#rtcp.length === MAX_WAITING_RTCP) this.#rtcp.shift()
    this.#rtcp.push(kept.slice())
  }

  /** Follows the sequence numbers; false for a packet that is not wanted. */
  #follows(packet: Uint8Array, type: number): boolean {
    const isWanted = this.#payloadType === -1 || type === this.#payloadType
    const ssrc = u32(packet, 8)
    const sequence = u16(packet, 2)
    if (ssrc !== this.#ssrc) {
      if (!isWanted) return false
      if (this.#ssrc !== -1) this.#close() // another sender: what it sends has nothing to do with what was
      this.#ssrc = ssrc
      this.#sequence = sequence
      return true
    }
    const ahead = (sequence - this.#sequence - 1) & 0xffff
    if (ahead !== 0) {
      if (ahead >= 0x1_0000 - MAX_MISORDER) return false
      this.#stats.lost += ahead < MAX_DROPOUT ? ahead : 1
      if (this.#isOpen) this.#isDamaged = true
      this.#isNextDamaged = !this.#isOpen || u32(packet, 4) !== this.#timestamp
    }
    this.#sequence = sequence
    return isWanted
  }

  #begin(timestamp: number): void {
    this.#isOpen = true
    this.#timestamp = timestamp
    this.#ticks = 0
    this.#bits = Peek.nothing
    this.#isDamaged = this.#isNextDamaged
    this.#isNextDamaged = false
    if (this.#rtcp.length === 0) return
    for (const packet of this.#rtcp) this.#add(packet)
    this.#rtcp = []
  }

  #add(packet: Uint8Array): void {
    const at = this.#sizeBytes
    const end = at + 2 + packet.length
    if (end > MAX_UNIT_BYTES || this.#packetCount === MAX_FRAMED_PACKETS) this.#giveUp()
    if (this.#isOver) {
      this.#stats.discarded++
      return
    }
    if (end > this.#gathered.length) this.#grow(end)
    put16(this.#gathered, at, packet.length)
    this.#gathered.set(packet, at + 2)
    this.#sizeBytes = end
    this.#packetCount++
  }

  #grow(least: number): void {
    const former = this.#gathered
    this.#gathered = new Uint8Array(Math.min(MAX_UNIT_BYTES, Math.max(least, 2 * former.length)))
    this.#gathered.set(former.subarray(0, this.#sizeBytes))
  }

  /** The unit is over the limit: the rest of it is thrown away too, and the next cannot be decoded on its own. */
  #giveUp(): void {
    this.#stats.discarded += this.#packetCount
    this.#packetCount = 0
    this.#sizeBytes = 0
    this.#isOver = true
    this.#isNextDamaged = true
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    const sizeBytes = this.#sizeBytes
    this.#sizeBytes = 0
    this.#packetCount = 0
    this.#isOver = false
    if (sizeBytes === 0) return
    const payload = this.#gathered.slice(0, sizeBytes)
    this.#stats.units++
    this.#onUnit({
      kind: this.#kind,
      timestamp: this.#timestamp,
      isKey: (this.#bits & Peek.key) !== 0,
      isDamaged: this.#isDamaged,
      payload,
      sizeBytes,
    })
  }
}
