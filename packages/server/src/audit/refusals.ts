// SPDX-License-Identifier: Apache-2.0
/**
 * What was refused for want of rights, on record and counted: the first time at once, then a row a minute for each person,
 * route and answer that goes on. However many there are, the rows of a minute are few (docs/design/0019-who-watched.md).
 */
import type { Clock } from '@openhmp/protocol/base'
import type { Audit } from './audit.ts'

/** Rows of one minute, and so kinds of refusals that are kept apart; what does not fit is counted together in one more. */
export const MAX_ROWS_A_MINUTE = 60
const MINUTE_MS = 60_000

/** One refused call. */
export interface Refused {
  /** Empty for who is not signed in. */
  readonly who: string
  readonly source: string
  /** `GET /devices/:id` */
  readonly route: string
  /** What they wanted to reach, by its id. */
  readonly object: string | null
  readonly code: string
}

interface Counted {
  readonly first: Refused
  object: string | null
  count: number
}

interface Parts {
  readonly audit: Pick<Audit, 'record'>
  readonly clock: Clock
  onError(error: unknown): void
}

/** Counts until disposed, and writes what is left then. */
export class Refusals implements AsyncDisposable {
  readonly #parts: Parts
  readonly #kinds = new Map<string, Counted>()
  #rows = 0
  #others = 0
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  constructor(parts: Parts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  /** Kinds that are kept apart now. */
  get kinds(): number {
    return this.#kinds.size
  }

  /** Counts one. Returns at once, whatever the disk does. */
  note(refused: Refused): void {
    const { who, source, route, code, object } = refused
    // Who is signed in is one person wherever they are; a stranger is an address.
    const key = JSON.stringify([who === '' ? source : who, who === '', route, code])
    const known = this.#kinds.get(key)
    if (known) {
      if (known.count === 0) known.object = object
      else if (known.object !== object) known.object = null
      known.count++
      return
    }
    if (this.#rows >= MAX_ROWS_A_MINUTE) {
      this.#others++
      return
    }
    this.#kinds.set(key, { first: refused, object: null, count: 0 })
    void this.#write(refused, object, 1)
  }

  async #write({ who, source, route, code }: Refused, object: string | null, count: number): Promise<void> {
    this.#rows++
    const detail = { route, code, ...(count === 1 ? {} : { count }) }
    const row = { who, source, action: 'access.refused', object, outcome: 'refused', detail } as const
    await this.#parts.audit.record(row).catch(this.#parts.onError)
  }

  async #minute(): Promise<void> {
    this.#rows = 0
    const writes: Promise<void>[] = []
    for (const [key, counted] of this.#kinds) {
      if (counted.count === 0) {
        this.#kinds.delete(key)
        continue
      }
      if (this.#rows >= MAX_ROWS_A_MINUTE) this.#others += counted.count
      else writes.push(this.#write(counted.first, counted.object, counted.count))
      counted.count = 0
    }
    if (this.#others > 0) {
      const row = { who: '', source: 'front', action: 'access.refused', object: null, outcome: 'refused' } as const
      const detail = { route: 'several', code: 'several', count: this.#others }
      this.#others = 0
      writes.push(this.#parts.audit.record({ ...row, detail }).catch(this.#parts.onError))
    }
    await Promise.all(writes)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#parts.clock.sleep(MINUTE_MS, { signal }).catch(() => {}) // aborted: what is left is written
      await this.#minute()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}
