// SPDX-License-Identifier: Apache-2.0
/**
 * What a receiver counts of one source: highest sequence number (RFC 3550 A.1), loss (A.3), jitter (A.8), and the report
 * block made of it. Fed with the packets' fields and their time of arrival.
 */
import { middleOfNtp } from './ntp.ts'
import type { ReportBlock, SenderReport } from './packet.ts'

const MAX_DROPOUT = 3000
const MAX_MISORDER = 100

/** Statistics of one source. */
export class ReceiverStats {
  readonly #clockRateHz: number
  #ssrc = -1
  #base = 0
  #highest = 0
  #wraps = 0
  #received = 0
  #restartAt = -1
  #transit = Number.NaN
  #jitter = 0
  #expectedBefore = 0
  #receivedBefore = 0
  #lastReport = 0
  #lastReportMs = 0

  constructor(clockRateHz: number) {
    this.#clockRateHz = clockRateHz
  }

  /** Packets that should have come, less those that came. */
  get lost(): number {
    return this.#expected - this.#received
  }

  get received(): number {
    return this.#received
  }

  /** Smoothed variation of the arrival, in milliseconds. */
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRateHz
  }

  get #expected(): number {
    return this.#ssrc === -1 ? 0 : this.#wraps + this.#highest - this.#base + 1
  }

  /** Takes the fields of a packet that came at `arrivalMs` (any clock that only grows). */
  push(ssrc: number, sequence: number, timestamp: number, arrivalMs: number): void {
    if (ssrc !== this.#ssrc) this.#begin(ssrc, sequence)
    else if (!this.#advance(sequence)) return
    this.#received++
    const transit = (arrivalMs * this.#clockRateHz) / 1000 - timestamp
    if (!Number.isNaN(this.#transit)) {
      const difference = Math.abs(wrapped(transit - this.#transit))
      this.#jitter += (difference - this.#jitter) / 16 // A.8
    }
    this.#transit = transit
  }

  /** Takes a sender report of this source. */
  pushSenderReport(report: SenderReport, arrivalMs: number): void {
    this.#lastReport = middleOfNtp(report.ntpSeconds, report.ntpFraction)
    this.#lastReportMs = arrivalMs
  }

  /** The block for the next receiver report, or undefined when nothing came yet. Starts a new interval (A.3). */
  report(nowMs: number): ReportBlock | undefined {
    if (this.#ssrc === -1) return undefined
    const expected = this.#expected - this.#expectedBefore
    const lost = expected - (this.#received - this.#receivedBefore)
    this.#expectedBefore = this.#expected
    this.#receivedBefore = this.#received
    return {
      ssrc: this.#ssrc,
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((256 * lost) / expected)),
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.lost)),
      highestSequence: (this.#wraps + this.#highest) >>> 0,
      jitter: Math.floor(this.#jitter) >>> 0,
      lastSenderReport: this.#lastReport,
      delaySinceLastSenderReport:
        this.#lastReport === 0 ? 0 : Math.min(0xffff_ffff, Math.round((nowMs - this.#lastReportMs) * 65.536)),
    }
  }

  #begin(ssrc: number, sequence: number): void {
    this.#ssrc = ssrc
    this.#base = sequence
    this.#highest = sequence
    this.#wraps = 0
    this.#received = 0
    this.#restartAt = -1
    this.#expectedBefore = 0
    this.#receivedBefore = 0
    this.#transit = Number.NaN
  }

  /** A.1: false for a jump that is not believed until a second packet follows it. */
  #advance(sequence: number): boolean {
    const ahead = (sequence - this.#highest) & 0xffff
    if (ahead < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#wraps += 0x1_0000
      this.#highest = sequence
    } else if (ahead <= 0x1_0000 - MAX_MISORDER) {
      if (sequence !== this.#restartAt) {
        this.#restartAt = (sequence + 1) & 0xffff
        return false
      }
      this.#begin(this.#ssrc, sequence)
    }
    return true
  }
}

/** A difference of 32-bit timestamps: the shorter way round. */
const wrapped = (difference: number): number => difference - 2 ** 32 * Math.round(difference / 2 ** 32)
