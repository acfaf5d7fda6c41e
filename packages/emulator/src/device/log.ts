// SPDX-License-Identifier: Apache-2.0
/** A device's own log of events: beginnings and ends, whether anybody hears of them or not. The oldest go first. */
import { logPathOf } from '@openhmp/protocol/event'
import type { Alert } from './alert.ts'

/** One line of it. */
export interface LogLine {
  /** `log.hikvision.com/Alarm/motionStart/1`. */
  readonly path: string
  /** Milliseconds since 1970 by the device's clock, to the second. */
  readonly atMs: number
}

/** Keeps so many lines. */
export class DeviceLog {
  readonly #most: number
  readonly #now: () => number
  readonly #lines: LogLine[] = []

  constructor(most: number, now: () => number) {
    this.#most = most
    this.#now = now
  }

  note(alert: Alert): void {
    const { type, state, channel, input } = alert
    // An alarm input is one line, without an end.
    if (type === 'IO' && state === 'inactive') return
    const moment = type === 'IO' ? 'happened' : state === 'active' ? 'began' : 'ended'
    if (this.#lines.length >= this.#most) this.#lines.shift()
    this.#lines.push({
      path: logPathOf(type, moment, input ?? channel),
      atMs: Math.floor(this.#now() / 1000) * 1000,
    })
  }

  /** Lines of a time, both ends included. */
  between(fromMs: number, toMs: number): LogLine[] {
    return this.#lines.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  }
}
