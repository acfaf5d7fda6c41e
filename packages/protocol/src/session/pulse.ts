// SPDX-License-Identifier: Apache-2.0
/** Proof of life, round trip and clock offset: hmp.md §6.3. */
import { DEAD_AFTER_MS, MAX_PINGS_PER_SECOND, PING_INTERVAL_MS } from '../hmp/limits.ts'
import type { PingMessage } from '../hmp/session-message.ts'
import type { Outlet } from './outlet.ts'

/** Offsets of this many pings are kept; that of the shortest round trip counts. */
const SAMPLES = 8

export class Pulse {
  readonly #outlet: Outlet
  readonly #now: () => number
  readonly #wallNow: () => number
  #lastId = 0
  #sentAtMs = 0
  #isAwaiting = false
  #secondAtMs = 0
  #pingsInSecond = 0
  readonly #samples: { readonly roundTripMs: number; readonly offsetMs: number }[] = []
  lastReceivedMs: number
  ignoredPings = 0

  constructor(outlet: Outlet, now: () => number, wallNow: () => number) {
    this.#outlet = outlet
    this.#now = now
    this.#wallNow = wallNow
    this.lastReceivedMs = now()
  }

  get roundTripMs(): number | undefined {
    return this.#samples.at(-1)?.roundTripMs
  }

  get clockOffsetMs(): number | undefined {
    let best = this.#samples[0]
    for (const sample of this.#samples) if (sample.roundTripMs < best!.roundTripMs) best = sample
    return best?.offsetMs
  }

  get isDead(): boolean {
    return this.#now() - this.lastReceivedMs >= DEAD_AFTER_MS
  }

  ping(): void {
    this.#sentAtMs = this.#now()
    this.#isAwaiting = true
    this.#outlet.session({ t: 'ping', id: ++this.#lastId, time: Math.floor(this.#wallNow()) })
  }

  tick(): void {
    if (this.#now() - this.#sentAtMs >= PING_INTERVAL_MS) this.ping()
  }

  answer(message: PingMessage): void {
    const now = this.#now()
    if (now - this.#secondAtMs >= 1000) {
      this.#secondAtMs = now
      this.#pingsInSecond = 0
    }
    if (++this.#pingsInSecond > MAX_PINGS_PER_SECOND) this.ignoredPings++
    else this.#outlet.session({ t: 'pong', id: message.id, time: Math.floor(this.#wallNow()) })
  }

  /** Takes a pong; ones that nobody waits for are ignored. */
  take(message: PingMessage): void {
    if (!this.#isAwaiting || message.id !== this.#lastId) return
    this.#isAwaiting = false
    const roundTripMs = this.#now() - this.#sentAtMs
    this.#outlet.inFlight.roundTrip(roundTripMs)
    this.#samples.push({ roundTripMs, offsetMs: message.time + roundTripMs / 2 - this.#wallNow() })
    if (this.#samples.length > SAMPLES) this.#samples.shift()
  }
}
