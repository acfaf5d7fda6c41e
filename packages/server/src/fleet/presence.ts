// SPDX-License-Identifier: Apache-2.0
/**
 * Who has dialled in over HMP: one session for each identity, the newest wins (epochs, docs/protocol/hmp.md §6.6).
 * Whoever needs a device that is not there can wait for it.
 */
import type { HmpSession } from '@openhmp/protocol/session'

/** Sessions by device. */
export class Presence {
  readonly #sessions = new Map<string, HmpSession>()
  readonly #waits = new Map<string, Set<(session: HmpSession) => void>>()
  readonly #watchers = new Map<string, (session: HmpSession | undefined) => void>()

  /** Tells the comings and goings of one device; one watcher a device. Returns how to stop. */
  watch(device: string, watcher: (session: HmpSession | undefined) => void): () => void {
    this.#watchers.set(device, watcher)
    return () => {
      if (this.#watchers.get(device) === watcher) this.#watchers.delete(device)
    }
  }

  /** A device has logged in. An older session of it is told goodbye. */
  entered(device: string, session: HmpSession): void {
    const older = this.#sessions.get(device)
    this.#sessions.set(device, session)
    if (older && older !== session) older.close('epoch', 'a newer session has taken over')
    this.#watchers.get(device)?.(session)
    const waits = this.#waits.get(device)
    this.#waits.delete(device)
    for (const wake of waits ?? []) wake(session)
  }

  /** A session has ended; nothing happens when a newer one is there. */
  left(device: string, session: HmpSession): void {
    if (this.#sessions.get(device) !== session) return
    this.#sessions.delete(device)
    this.#watchers.get(device)?.(undefined)
  }

  /** The open session of a device, if it is there. */
  find(device: string): HmpSession | undefined {
    return this.#sessions.get(device)
  }

  isOnline(device: string): boolean {
    return this.#sessions.has(device)
  }

  get count(): number {
    return this.#sessions.size
  }

  /** The open session; waits for the device to dial in. Rejects with `signal.reason`. */
  sessionOf(device: string, { signal }: { signal: AbortSignal }): Promise<HmpSession> {
    if (signal.aborted) return Promise.reject(signal.reason)
    const session = this.#sessions.get(device)
    if (session) return Promise.resolve(session)
    return new Promise((resolve, reject) => {
      const waits = this.#waits.get(device) ?? new Set()
      this.#waits.set(device, waits)
      const wake = (entered: HmpSession) => {
        signal.removeEventListener('abort', abort)
        resolve(entered)
      }
      const abort = () => {
        waits.delete(wake)
        if (waits.size === 0 && this.#waits.get(device) === waits) this.#waits.delete(device)
        reject(signal.reason)
      }
      waits.add(wake)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** Ends every session, because the server stops. */
  closeAll(): void {
    for (const session of [...this.#sessions.values()])
      session.close('shutdown', 'the server stops', { retryAfterMs: 1000 })
  }

  /** Ends the session of a device that may not come in any more. */
  revoke(device: string): void {
    this.#sessions.get(device)?.close('revoked', 'this device was removed')
  }
}
