// SPDX-License-Identifier: Apache-2.0
/** Whether the alert stream is given: while it is shut, streams end and none begins, and events go on unheard. */
import type { Clock } from '@openhmp/protocol/base'

/** Open at first. */
export class AlertGate {
  readonly #watchers = new Set<() => void>()
  #isShut = false

  get isShut(): boolean {
    return this.#isShut
  }

  /** Ends all streams. */
  shut(): void {
    this.#isShut = true
    for (const watcher of this.#watchers) watcher()
  }

  open(): void {
    this.#isShut = false
  }

  /** Calls `watcher` when it is shut. */
  onShut(watcher: () => void): Disposable {
    this.#watchers.add(watcher)
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) }
  }

  /** Shut once, `atMs` from now. Rejects when the signal aborts. */
  async pause(clock: Clock, { atMs, forMs }: { atMs: number; forMs: number }, signal: AbortSignal): Promise<void> {
    await clock.sleep(atMs, { signal })
    this.shut()
    await clock.sleep(forMs, { signal })
    this.open()
  }
}
