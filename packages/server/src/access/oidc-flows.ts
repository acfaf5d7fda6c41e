// SPDX-License-Identifier: Apache-2.0
/**
 * Sign-ins that are under way at the OpenID provider. Each is good once, for ten minutes, and only in the browser that began
 * it. Of one network the oldest give way, so that a flood from there costs nobody else a sign-in.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { networkOf } from './try-limit.ts'

export const FLOW_MS = 10 * 60_000
/** Under way at once. */
export const MAX_FLOWS = 5000
/** Of one network (/24 or /64). */
export const MAX_NETWORK_FLOWS = 100

/** One that has begun. */
export interface Flow<C> {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** SHA-256 of what the browser was given. */
  readonly markHash: Buffer
  readonly source: string
  /** A path of the console. */
  readonly to: string
  /** The person has to show anew who they are. */
  readonly again: boolean
  /** What was known of the provider when it began. */
  readonly provider: C
}

const hashOf = (mark: string): Buffer => createHash('sha256').update(mark).digest()

/** All of them, oldest first. */
export class OidcFlows<C> {
  readonly #now: () => number
  readonly #byState = new Map<string, Flow<C> & { readonly begunAt: number }>()
  readonly #byNetwork = new Map<string, Set<string>>()

  constructor(monotonic: () => number) {
    this.#now = monotonic
  }

  get count(): number {
    return this.#byState.size
  }

  add(made: Omit<Flow<C>, 'markHash'> & { readonly mark: string }): void {
    const { mark, ...flow } = made
    const begunAt = this.#now()
    for (const [state, old] of this.#byState) {
      if (begunAt - old.begunAt < FLOW_MS) break
      this.#forget(state)
    }
    const network = networkOf(flow.source)
    const own = this.#byNetwork.get(network) ?? new Set()
    if (own.size >= MAX_NETWORK_FLOWS) this.#forget(own.values().next().value!)
    else if (this.#byState.size >= MAX_FLOWS) this.#forget(this.#byState.keys().next().value!)
    own.add(flow.state)
    this.#byNetwork.set(network, own)
    this.#byState.set(flow.state, { ...flow, markHash: hashOf(mark), begunAt })
  }

  /** The flow, which is over with this; undefined when there is none, it is late, or another browser began it. */
  take(state: string, mark: string | undefined): Flow<C> | undefined {
    const flow = this.#byState.get(state)
    if (!flow) return undefined
    this.#forget(state)
    if (this.#now() - flow.begunAt >= FLOW_MS || mark === undefined) return undefined
    return timingSafeEqual(flow.markHash, hashOf(mark)) ? flow : undefined
  }

  /** What the provider was known by is no more. */
  clear(): void {
    this.#byState.clear()
    this.#byNetwork.clear()
  }

  #forget(state: string): void {
    const flow = this.#byState.get(state)
    if (!flow) return
    this.#byState.delete(state)
    const network = networkOf(flow.source)
    const own = this.#byNetwork.get(network)
    own?.delete(state)
    if (own?.size === 0) this.#byNetwork.delete(network)
  }
}
