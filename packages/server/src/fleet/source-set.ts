// SPDX-License-Identifier: Apache-2.0
import type { LiveSource } from '../live/source.ts'

/** The upstreams of one device that run now, so that a sign of life from it can end their waits. */
export class SourceSet {
  readonly #sources = new Set<LiveSource>()

  /** Keeps a source until it is stopped. */
  add(source: LiveSource): LiveSource {
    this.#sources.add(source)
    const stop = () => {
      this.#sources.delete(source)
      return source.stop()
    }
    return { ...source, stop }
  }

  nudge(): void {
    for (const source of this.#sources) source.nudge?.()
  }

  get size(): number {
    return this.#sources.size
  }
}
