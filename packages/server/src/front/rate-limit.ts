// SPDX-License-Identifier: Apache-2.0
/**
 * How often what is public may be called: a bucket for each address, and one for each network (/24 or /64), which is what
 * one attacker holds. Guessing has bounds of its own (access/try-limit.ts); this one keeps work and rows from piling up.
 */
import { networkOf } from '../access/try-limit.ts'

/** Calls that an address may make at once, and then in a second. A page asks for two when it is opened. */
export const ADDRESS_BURST = 600
const ADDRESS_A_SECOND = 5
/** The same for a network: an office behind one router. */
export const NETWORK_BURST = 2400
const NETWORK_A_SECOND = 20
/** Addresses, and networks, that are remembered; of more, the one that has been quiet longest is forgotten. */
export const MAX_SOURCES = 20_000

interface Bucket {
  left: number
  atMs: number
}

/** The buckets. */
export class RateLimit {
  readonly #now: () => number
  readonly #addresses = new Map<string, Bucket>()
  readonly #networks = new Map<string, Bucket>()

  constructor(monotonic: () => number) {
    this.#now = monotonic
  }

  /** Addresses that are remembered. */
  get sources(): number {
    return this.#addresses.size
  }

  /** Counts a call. 0: go on; else after how many seconds to come again. */
  take(address: string): number {
    const nowMs = this.#now()
    const own = fill(this.#addresses, address, nowMs, ADDRESS_BURST, ADDRESS_A_SECOND)
    const network = fill(this.#networks, networkOf(address), nowMs, NETWORK_BURST, NETWORK_A_SECOND)
    const waitS = Math.max((1 - own.left) / ADDRESS_A_SECOND, (1 - network.left) / NETWORK_A_SECOND)
    if (waitS > 0) return Math.ceil(waitS)
    own.left--
    network.left--
    return 0
  }

  /** That call does not count: it has shown something that can be shown once. */
  giveBack(address: string): void {
    for (const bucket of [this.#addresses.get(address), this.#networks.get(networkOf(address))])
      if (bucket) bucket.left++
  }
}

const fill = (buckets: Map<string, Bucket>, key: string, nowMs: number, burst: number, perSecond: number): Bucket => {
  const before = buckets.get(key)
  const left = before ? Math.min(burst, before.left + ((nowMs - before.atMs) / 1000) * perSecond) : burst
  const bucket = { left, atMs: nowMs }
  buckets.delete(key)
  buckets.set(key, bucket)
  if (buckets.size > MAX_SOURCES) buckets.delete(buckets.keys().next().value!)
  return bucket
}
