// SPDX-License-Identifier: Apache-2.0
/**
 * Bounds on guessing passwords. Per account *and* source: five failures, then waits of 1, 2, 4 ... 15 minutes, so that a
 * stranger cannot shut the owner out from elsewhere. Per network (/24 or /64): 30 failures a minute.
 */
import { isIPv6 } from 'node:net'
import { Refusal } from '@openhmp/protocol/base'

export const MAX_FAILURES = 5
export const MAX_NETWORK_FAILURES = 30
/** Keys remembered; of more, the oldest is forgotten. */
export const MAX_KEYS = 20_000
const MINUTE_MS = 60_000
const MAX_WAIT_MS = 15 * MINUTE_MS

interface Failures {
  count: number
  untilMs: number
}

/** The network of an address: what one attacker holds. */
export const networkOf = (address: string): string => {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(address)
  if (v4) return v4[1]!
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const all = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])]
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

/** Failed sign-ins of the last while. */
export class TryLimit {
  readonly #now: () => number
  readonly #accounts = new Map<string, Failures>()
  readonly #networks = new Map<string, Failures>()

  constructor(monotonic: () => number) {
    this.#now = monotonic
  }

  /** Throws `Refusal` `login.wait` while no try is allowed. */
  check(account: string, source: string): void {
    const nowMs = this.#now()
    const own = this.#accounts.get(keyOf(account, source))
    const network = this.#networks.get(networkOf(source))
    let untilMs = own && own.count >= MAX_FAILURES ? own.untilMs : 0
    if (network && network.count >= MAX_NETWORK_FAILURES) untilMs = Math.max(untilMs, network.untilMs)
    if (untilMs <= nowMs) return
    const text = `too many failed sign-ins: try again in ${Math.ceil((untilMs - nowMs) / 1000)} s`
    throw new Refusal('exhausted', 'login.wait', text)
  }

  failed(account: string, source: string): void {
    const nowMs = this.#now()
    const own = this.#accounts.get(keyOf(account, source))
    const count = (own?.count ?? 0) + 1
    const waitMs = count < MAX_FAILURES ? 0 : Math.min(MAX_WAIT_MS, MINUTE_MS * 2 ** Math.min(10, count - MAX_FAILURES))
    put(this.#accounts, keyOf(account, source), { count, untilMs: nowMs + waitMs })
    const network = this.#networks.get(networkOf(source))
    const isOver = !network || network.untilMs <= nowMs
    put(this.#networks, networkOf(source), {
      count: isOver ? 1 : network.count + 1,
      untilMs: isOver ? nowMs + MINUTE_MS : network.untilMs,
    })
  }

  succeeded(account: string, source: string): void {
    this.#accounts.delete(keyOf(account, source))
  }
}

const keyOf = (account: string, source: string): string => `${account.slice(0, 80)}|${source}`

const put = (map: Map<string, Failures>, key: string, value: Failures): void => {
  map.delete(key)
  map.set(key, value)
  if (map.size > MAX_KEYS) map.delete(map.keys().next().value!)
}
