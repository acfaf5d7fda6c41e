// SPDX-License-Identifier: Apache-2.0
/**
 * The folder where devices keep their state: a file each, replaced as a whole, so that a killed emulator leaves the old one
 * or the new one and never half of it. Changes are gathered for half a second; one clock serves all devices.
 *
 * The files hold the devices' passwords: nobody else may read them.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, HmpError } from '@openhmp/protocol/base'
import { type DeviceState, parseState } from '../device/state.ts'

/** Largest file of a device, in bytes. */
export const MAX_STATE_BYTES = 8 * 1024 * 1024
/** A kill loses no more than this, and what is being written. */
const GATHER_MS = 500
/** Files that are written at the same time. */
const ABREAST = 8

/** A state that cannot be read or written. Codes: `emulator.state`. */
export class StateError extends HmpError {
  constructor(path: string, why: string, cause?: unknown) {
    super('emulator.state', `${path}: ${why}`, cause === undefined ? {} : { cause })
  }
}

/** A device, as its state is kept. */
export interface Kept {
  readonly state: DeviceState
}

/** One emulator's. Dispose to write what is still to be written. */
export class StateFolder implements AsyncDisposable {
  readonly #folder: string
  readonly #clock: Clock
  readonly #onError: (error: StateError) => void
  readonly #ending = new AbortController()
  readonly #changed = new Map<number, Kept>()
  #work: Promise<void> | undefined

  private constructor(folder: string, clock: Clock, onError: (error: StateError) => void) {
    this.#folder = folder
    this.#clock = clock
    this.#onError = onError
  }

  /** Makes the folder when it is not there. Rejects with `StateError`. */
  static async open(folder: string, clock: Clock, onError: (error: StateError) => void): Promise<StateFolder> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    } catch (cause) {
      throw new StateError(folder, reasonOf(cause), cause)
    }
    return new StateFolder(folder, clock, onError)
  }

  #pathOf(index: number): string {
    return join(this.#folder, `device-${index}.json`)
  }

  /** What is kept of a device; undefined for one that nobody changed. Rejects with `StateError`. */
  async read(index: number, model: string): Promise<DeviceState | undefined> {
    const path = this.#pathOf(index)
    let text: string
    try {
      if ((await stat(path)).size > MAX_STATE_BYTES) throw new StateError(path, `larger than ${MAX_STATE_BYTES} bytes`)
      text = await readFile(path, 'utf8')
    } catch (cause) {
      if (cause instanceof StateError) throw cause
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new StateError(path, reasonOf(cause), cause)
    }
    const state = parseState(text)
    if (typeof state === 'string') throw new StateError(path, `${state}; mend it, or remove it to begin anew`)
    if (state.model !== model)
      throw new StateError(path, `it is of a ${state.model}, and device ${index} is a ${model}`)
    return state
  }

  /** The device changed: it is written soon, as it is then. */
  note(index: number, device: Kept): void {
    this.#changed.set(index, device)
    this.#work ??= this.#writeUntilDone()
  }

  async #writeUntilDone(): Promise<void> {
    while (this.#changed.size > 0) {
      await this.#clock.sleep(GATHER_MS, { signal: this.#ending.signal }).catch(() => {}) // ending: now
      await this.#writeAll()
    }
    this.#work = undefined
  }

  async #writeAll(): Promise<void> {
    const waiting = [...this.#changed]
    this.#changed.clear()
    const work = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await this.#write(...next).catch(this.#onError)
    }
    await Promise.all(Array.from({ length: ABREAST }, work))
  }

  async #write(index: number, device: Kept): Promise<void> {
    const path = this.#pathOf(index)
    try {
      const file = await open(`${path}.new`, 'w', 0o600)
      try {
        await file.writeFile(JSON.stringify(device.state))
      } finally {
        await file.close()
      }
      await rename(`${path}.new`, path)
    } catch (cause) {
      throw new StateError(path, reasonOf(cause), cause)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#work
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
