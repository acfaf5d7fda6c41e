// SPDX-License-Identifier: Apache-2.0
/**
 * Who has dialled in over HMP: one session for each identity, the newest wins (epochs, docs/protocol/hmp.md §6.6).
 * Whoever needs a device that is not there can wait for it. A device behind an agent is where its agent is.
 */
import type { HmpSession } from '@openhmp/protocol/session'

/** Who has to dial in for an HMP address: the device itself, or the agent that it is behind. */
export interface HmpPlace {
  readonly identity: string
  /** Its id at the agent; absent for who dials in itself. */
  readonly device?: string
}

/** Reads the address of an HMP device: `gate-1`, or `site-1/cam-7` for a device behind an agent. */
export const hmpPlaceOf = (address: string): HmpPlace => {
  const cut = address.indexOf('/')
  return cut < 0 ? { identity: address } : { identity: address.slice(0, cut), device: address.slice(cut + 1) }
}

/** `isNews`: it was there before, and something of it has changed. */
type Watcher = (session: HmpSession | undefined, isNews: boolean) => void

/** Sessions by identity. */
export class Presence {
  readonly #sessions = new Map<string, HmpSession>()
  readonly #waits = new Map<string, Set<(session: HmpSession) => void>>()
  /** By identity, then by address. */
  readonly #watchers = new Map<string, Map<string, Watcher>>()

  /** Tells the comings and goings of who has to be there for an address; one watcher an address. Returns how to stop. */
  watch(address: string, watcher: Watcher): () => void {
    const { identity } = hmpPlaceOf(address)
    const watchers = this.#watchers.get(identity) ?? new Map<string, Watcher>()
    this.#watchers.set(identity, watchers.set(address, watcher))
    return () => {
      if (watchers.get(address) !== watcher) return
      watchers.delete(address)
      if (watchers.size === 0 && this.#watchers.get(identity) === watchers) this.#watchers.delete(identity)
    }
  }

  /** What is known of a device may be old: its watcher is told again. */
  changed(address: string): void {
    const { identity } = hmpPlaceOf(address)
    this.#watchers.get(identity)?.get(address)?.(this.#sessions.get(identity), true)
  }

  /** Somebody has logged in. An older session of the same identity is told goodbye. */
  entered(session: HmpSession): void {
    const { identity } = session.peer!
    const older = this.#sessions.get(identity)
    this.#sessions.set(identity, session)
    if (older && older !== session) older.close('epoch', 'a newer session has taken over')
    this.#tell(identity, session)
    const waits = this.#waits.get(identity)
    this.#waits.delete(identity)
    for (const wake of waits ?? []) wake(session)
  }

  /** A session has ended; nothing happens when a newer one is there. */
  left(session: HmpSession): void {
    const { identity } = session.peer!
    if (this.#sessions.get(identity) !== session) return
    this.#sessions.delete(identity)
    this.#tell(identity, undefined)
  }

  #tell(identity: string, session: HmpSession | undefined): void {
    for (const watcher of [...(this.#watchers.get(identity)?.values() ?? [])]) watcher(session, false)
  }

  /** The open session of an identity, if it is there. */
  find(identity: string): HmpSession | undefined {
    return this.#sessions.get(identity)
  }

  isOnline(identity: string): boolean {
    return this.#sessions.has(identity)
  }

  get count(): number {
    return this.#sessions.size
  }

  /** The open session; waits for the device to dial in. Rejects with `signal.reason`. */
  sessionOf(identity: string, { signal }: { signal: AbortSignal }): Promise<HmpSession> {
    if (signal.aborted) return Promise.reject(signal.reason)
    const session = this.#sessions.get(identity)
    if (session) return Promise.resolve(session)
    return new Promise((resolve, reject) => {
      const waits = this.#waits.get(identity) ?? new Set()
      this.#waits.set(identity, waits)
      const wake = (entered: HmpSession) => {
        signal.removeEventListener('abort', abort)
        resolve(entered)
      }
      const abort = () => {
        waits.delete(wake)
        if (waits.size === 0 && this.#waits.get(identity) === waits) this.#waits.delete(identity)
        reject(signal.reason)
      }
      waits.add(wake)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** Ends the session of an identity that may not come in any more. */
  revoke(identity: string): void {
    this.#sessions.get(identity)?.close('revoked', 'this device was removed')
  }
}
