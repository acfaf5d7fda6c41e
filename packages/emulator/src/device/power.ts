// SPDX-License-Identifier: Apache-2.0
/** Whether a device is there: outages and reboots may overlap, and each change is told. */
import type { Clock } from '@openhmp/protocol/base'
import type { Power } from './api.ts'

/** One device's. */
export class PowerSupply {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #listeners = new Set<(power: Power) => void>()
  /** Reasons to be down at this moment. */
  #reasons = 0

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
  }

  get power(): Power {
    return this.#reasons > 0 ? 'down' : 'up'
  }

  onPower(listener: (power: Power) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Goes after `atMs`, for `forMs`; `onBack` is called before it is told. Rejects when the device ends meanwhile. */
  async outage(atMs: number, forMs: number, onBack?: () => void): Promise<void> {
    await this.#clock.sleep(atMs, { signal: this.#signal })
    this.cut()
    await this.#clock.sleep(forMs, { signal: this.#signal })
    onBack?.()
    if (--this.#reasons === 0) this.#tell('up')
  }

  /** Gone, never to come back by itself. */
  cut(): void {
    if (this.#reasons++ === 0) this.#tell('down')
  }

  #tell(power: Power): void {
    for (const listener of this.#listeners) listener(power)
  }

  /** Nobody is told any more. */
  end(): void {
    this.#listeners.clear()
  }
}
