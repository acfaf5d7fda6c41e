// SPDX-License-Identifier: Apache-2.0
/**
 * Back-pressure by acknowledgement: hmp.md §6.4. `InFlight` is the sender's half, `Consumption` the receiver's.
 *
 * The sender keeps less in flight than it might: 200 ms of the delivery rate and two round trips, so that what waits does so
 * in a queue that can shed it and not in a kernel that cannot. A line that suddenly gets slow shows first in the age of the
 * oldest byte without acknowledgement, so that is looked at, too.
 */
import { ACK_INTERVAL_MS, IN_FLIGHT_MS, MIN_IN_FLIGHT_BYTES } from '../hmp/limits.ts'

/** What is aimed at, two round trips apart; IN_FLIGHT_MS and one round trip is the most allowed. */
const TARGET_MS = 200
/** A shorter stretch says little. */
const SAMPLE_MS = 50
/** Sends closer together share a mark. */
const MARK_MS = 10
/** Acks are sent at half of what §6.4 asks, so that a sender at its limit never waits for the 100 ms. */
const EARLY_ACK_BYTES = 32 * 1024

/** What this side has sent and the other has not yet said to have consumed. */
export class InFlight {
  #sent = 0
  #acked = 0
  /** Bytes a millisecond, by acks; undefined until measured. */
  #rate: number | undefined
  #minRoundTripMs: number | undefined
  #ackedAtMs = 0
  // A mark says: the bytes up to #markBytes[i] went out at #markAtMs[i] or a little later; by then #markAcked[i] were
  // acknowledged, the last of them at #markAckedAtMs[i].
  #markBytes: number[] = []
  #markAtMs: number[] = []
  #markAcked: number[] = []
  #markAckedAtMs: number[] = []

  get bytes(): number {
    return this.#sent - this.#acked
  }

  /** Measured delivery, bytes a second. */
  get bytesPerSecond(): number | undefined {
    return this.#rate === undefined ? undefined : this.#rate * 1000
  }

  roundTrip(ms: number): void {
    if (this.#minRoundTripMs === undefined || ms < this.#minRoundTripMs) this.#minRoundTripMs = ms
  }

  /** How many bytes may go out now; 0 or less for none. */
  room(nowMs: number): number {
    const inFlight = this.#sent - this.#acked
    if (inFlight === 0) return Math.max(MIN_IN_FLIGHT_BYTES, this.#limit())
    const oldestMs = this.#markAtMs[0]
    if (oldestMs !== undefined && nowMs - oldestMs > IN_FLIGHT_MS + 2 * (this.#minRoundTripMs ?? 0)) return 0
    return this.#limit() - inFlight
  }

  #limit(): number {
    if (this.#rate === undefined) return MIN_IN_FLIGHT_BYTES
    const roundTripMs = this.#minRoundTripMs ?? IN_FLIGHT_MS
    const ms = Math.min(TARGET_MS + 2 * roundTripMs, IN_FLIGHT_MS + roundTripMs)
    return Math.max(MIN_IN_FLIGHT_BYTES, Math.floor(this.#rate * ms))
  }

  sent(bytes: number, nowMs: number): void {
    // A stretch begins: neither the silence before it is the line's rate, nor the way there and back.
    if (this.#sent === this.#acked) this.#ackedAtMs = nowMs + (this.#minRoundTripMs ?? 0)
    this.#sent += bytes
    const last = this.#markBytes.length - 1
    if (last >= 0 && nowMs - this.#markAtMs[last]! < MARK_MS) this.#markBytes[last] = this.#sent
    else {
      this.#markBytes.push(this.#sent)
      this.#markAtMs.push(nowMs)
      this.#markAcked.push(this.#acked)
      this.#markAckedAtMs.push(this.#ackedAtMs)
    }
  }

  /** Takes an ack; false when it goes back or past what was sent. */
  acknowledge(bytes: number, nowMs: number): boolean {
    if (bytes < this.#acked || bytes > this.#sent) return false
    this.#acked = bytes
    let passed = 0
    while (passed < this.#markBytes.length && this.#markBytes[passed]! <= bytes) passed++
    this.#ackedAtMs = nowMs
    if (passed > 0) {
      // From the last ack before these bytes went out until now: a whole round trip. A shorter stretch would take acks that
      // come in clumps, behind something large the other way, for a line that is a hundred times as fast.
      this.#sample(bytes - this.#markAcked[passed - 1]!, nowMs - this.#markAckedAtMs[passed - 1]!)
      for (const marks of [this.#markBytes, this.#markAtMs, this.#markAcked, this.#markAckedAtMs])
        marks.splice(0, passed)
    }
    return true
  }

  #sample(delivered: number, stretchMs: number): void {
    const isIdle = this.#acked === this.#sent
    // Over a stretch without pause this is the line's rate; with one it is at least that.
    const rate = delivered / Math.max(stretchMs, SAMPLE_MS)
    const isTelling = stretchMs >= SAMPLE_MS || delivered >= MIN_IN_FLIGHT_BYTES / 2
    if (isTelling && (this.#rate === undefined || rate > this.#rate)) this.#rate = rate
    else if (isTelling && !isIdle && this.#rate !== undefined) this.#rate = (this.#rate + rate) / 2
  }
}

/** What this side has consumed and must acknowledge. */
export class Consumption {
  bytes = 0
  #acked = 0
  #sinceMs: number | undefined

  /** Counts payload bytes; true when an ack is due at once. */
  add(bytes: number, nowMs: number): boolean {
    this.bytes += bytes
    this.#sinceMs ??= nowMs
    return this.bytes - this.#acked >= EARLY_ACK_BYTES
  }

  isDue(nowMs: number): boolean {
    // A tick early is better than a tick late.
    return this.#sinceMs !== undefined && nowMs - this.#sinceMs >= ACK_INTERVAL_MS / 2
  }

  /** The ack's number; what was consumed so far is acknowledged by it. */
  take(): number {
    this.#acked = this.bytes
    this.#sinceMs = undefined
    return this.bytes
  }
}
