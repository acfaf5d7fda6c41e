// SPDX-License-Identifier: Apache-2.0
/**
 * The firmware of one device and its renewal: an image is taken whole or not at all, written for a while, and in force after
 * the reboot that follows.
 */
import type { Clock } from '@openhmp/protocol/base'
import type { FirmwareHeader } from './firmware-image.ts'
import { DeviceRefusal } from './refusal.ts'

/** What runs on a device. */
export interface Firmware {
  readonly version: string
  readonly releasedDate: string
}

/** How a flash ends: `fails` in the middle, `dud` leaves the old version, `dead` leaves no device. */
export type FlashEnd = 'works' | 'fails' | 'dud' | 'dead' | 'refused'

/** What a device takes for its own. */
const LANGUAGES = ['EN', 'ML']

type State =
  | { readonly is: 'idle' | 'receiving' }
  | { readonly is: 'flashing'; readonly sinceMs: number }
  | { readonly is: 'written'; readonly image: FirmwareHeader }

/** What it is told once. */
export interface FlashOptions {
  readonly clock: Clock
  /** Ends the writing without an end. */
  readonly signal: AbortSignal
  readonly model: string
  readonly flashMs: number
  readonly end: FlashEnd
  /** It is written; the device reboots now, if it does so by itself. */
  onWritten(): void
  onDead(): void
  onChange(): void
}

/** One device's. */
export class Flash {
  readonly #options: FlashOptions
  #state: State = { is: 'idle' }
  #firmware: Firmware
  #count = 0

  /** `count`: how often it was flashed before. */
  constructor(options: FlashOptions, firmware: Firmware, count = 0) {
    this.#options = options
    this.#firmware = firmware
    this.#count = count
  }

  get firmware(): Firmware {
    return this.#firmware
  }

  /** How often an image was written, whatever came of it. */
  get count(): number {
    return this.#count
  }

  get isReceiving(): boolean {
    return this.#state.is === 'receiving'
  }

  get isUpgrading(): boolean {
    return this.#state.is === 'flashing'
  }

  /** 0 to 100. */
  get percent(): number {
    const state = this.#state
    if (state.is === 'written') return 100
    if (state.is !== 'flashing') return 0
    const { clock, flashMs } = this.#options
    return Math.min(99, Math.floor(((clock.monotonic() - state.sinceMs) / Math.max(1, flashMs)) * 100))
  }

  /** Begins to take an image. Throws `DeviceRefusal`: another is on its way, or waits for a reboot. */
  receive(): void {
    if (this.#state.is === 'written') throw new DeviceRefusal('reboot-required', 'the last image waits for a reboot')
    if (this.#state.is !== 'idle') throw new DeviceRefusal('upgrading', 'an image is on its way')
    this.#state = { is: 'receiving' }
  }

  /** The image broke off, or was none. */
  drop(): void {
    if (this.#state.is === 'receiving') this.#state = { is: 'idle' }
  }

  /**
   * The image is there whole: writes it. Throws `DeviceRefusal` at once when it is not for this device; resolves when it is
   * written, and rejects when `signal` ends it.
   */
  write(image: FirmwareHeader): Promise<void> {
    this.drop()
    const { model, end } = this.#options
    if (!image.models.includes(model)) throw new DeviceRefusal('wrong-model', `this image is not for ${model}`)
    if (!LANGUAGES.includes(image.language)) throw new DeviceRefusal('wrong-language', `not in ${image.language}`)
    if (end === 'refused') throw new DeviceRefusal('bad-flash', 'the flash memory cannot be written')
    return this.#write(image)
  }

  async #write(image: FirmwareHeader): Promise<void> {
    const { clock, signal, flashMs, end, onWritten, onDead, onChange } = this.#options
    this.#count++
    this.#state = { is: 'flashing', sinceMs: clock.monotonic() }
    onChange()
    await clock.sleep(end === 'fails' ? flashMs / 2 : flashMs, { signal })
    this.#state = end === 'fails' || end === 'dead' ? { is: 'idle' } : { is: 'written', image }
    onChange()
    if (end === 'dead') onDead()
    else if (end !== 'fails') onWritten()
  }

  /** What runs after the next start. */
  get next(): Firmware {
    if (this.#state.is !== 'written' || this.#options.end === 'dud') return this.#firmware
    const { version, releasedDate } = this.#state.image
    return { version, releasedDate }
  }

  /** The device starts: what was written is in force. */
  boot(): void {
    if (this.#state.is !== 'written') return
    this.#firmware = this.next
    this.#state = { is: 'idle' }
    this.#options.onChange()
  }
}
