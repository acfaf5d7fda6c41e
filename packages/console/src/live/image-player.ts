// SPDX-License-Identifier: Apache-2.0
/** MJPEG by the browser's image decoder. One picture is decoded at a time; of those that come meanwhile, the newest is kept. */
import type { AccessUnit } from '@openhmp/protocol/payload'
import type { Player, PlayerEvents } from './player.ts'

/** Pictures in a row that cannot be read before we say so. */
const MAX_UNREADABLE = 10

export class ImagePlayer implements Player {
  readonly transport = 'image'
  decoded = 0
  dropped = 0
  decodeMs = 0
  readonly #events: PlayerEvents
  readonly #now: () => number
  #isBusy = false
  #isClosed = false
  #unreadable = 0
  #next: { readonly jpeg: Uint8Array; readonly arrivedMs: number } | undefined

  constructor(events: PlayerEvents, now: () => number) {
    this.#events = events
    this.#now = now
  }

  push(unit: AccessUnit, _parameterSets: readonly Uint8Array[], nowMs: number): boolean {
    const jpeg = unit.data[0]
    if (!jpeg || this.#isClosed) return false
    if (this.#next) this.dropped++
    this.#next = { jpeg, arrivedMs: nowMs }
    if (!this.#isBusy) void this.#decode()
    return true
  }

  close(): void {
    this.#isClosed = true
    this.#next = undefined
  }

  async #decode(): Promise<void> {
    this.#isBusy = true
    for (let at = this.#next; at; at = this.#next) {
      this.#next = undefined
      try {
        const source = await createImageBitmap(new Blob([at.jpeg as BlobPart], { type: 'image/jpeg' }))
        this.#unreadable = 0
        this.decoded++
        this.decodeMs = this.#now() - at.arrivedMs
        if (this.#isClosed) source.close()
        else this.#events.onPicture({ source, width: source.width, height: source.height })
      } catch {
        this.dropped++
        if (++this.#unreadable === MAX_UNREADABLE) this.#events.onFault('decoder')
      }
    }
    this.#isBusy = false
  }
}
