// SPDX-License-Identifier: Apache-2.0
/**
 * The hub: every stream that somebody watches, one upstream each. The first reader opens it; when the last has gone it
 * lingers, so that changing the layout of a wall does not call the camera anew.
 */
import type { Clock } from '@openhmp/protocol/base'
import { LiveStream, type Subscriber } from './live-stream.ts'
import type { OpenSource, StreamKey } from './source.ts'

/** How long a stream stays open without readers. */
export const LINGER_MS = 10_000

interface Entry {
  readonly stream: LiveStream
  /** Ends the wait to close; set while nobody reads. */
  linger: AbortController | undefined
}

/** What a reader holds. */
export interface Watch {
  readonly stream: LiveStream
  /** Takes the reader out; nothing is handed to it after this. */
  end(): void
}

export class Hub implements AsyncDisposable {
  readonly #open: OpenSource
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #closing = new Set<Promise<void>>()

  constructor({ open, clock }: { open: OpenSource; clock: Clock }) {
    this.#open = open
    this.#clock = clock
  }

  /** All open streams, for metrics and state. */
  get streams(): readonly LiveStream[] {
    return [...this.#entries.values()].map((entry) => entry.stream)
  }

  /** Reads a stream, opening its upstream if this is the first reader. Throws what the opener throws. */
  watch(key: StreamKey, subscriber: Subscriber): Watch {
    const name = nameOf(key)
    let entry = this.#entries.get(name)
    if (!entry) {
      entry = { stream: new LiveStream(key, this.#open), linger: undefined }
      this.#entries.set(name, entry)
    }
    const { stream } = entry
    entry.linger?.abort()
    entry.linger = undefined
    const unsubscribe = stream.subscribe(subscriber)
    let isOver = false
    return {
      stream,
      end: () => {
        if (isOver) return
        isOver = true
        unsubscribe()
        if (stream.subscriberCount === 0) this.#lingerOn(name, stream)
      },
    }
  }

  /** Closes every stream of a device at once: it was removed, or its address or account changed. */
  async drop(device: string): Promise<void> {
    const dropped = [...this.#entries].filter(([, { stream }]) => stream.key.device === device)
    for (const [name] of dropped) this.#close(name)
    await Promise.all(this.#closing)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#entries.keys()]) this.#close(name)
    await Promise.all(this.#closing)
  }

  #lingerOn(name: string, stream: LiveStream): void {
    const entry = this.#entries.get(name)
    if (entry?.stream !== stream) return
    const linger = new AbortController()
    entry.linger = linger
    this.#clock.sleep(LINGER_MS, { signal: linger.signal }).then(
      () => this.#close(name),
      () => {}, // somebody reads again
    )
  }

  #close(name: string): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    this.#entries.delete(name)
    entry.linger?.abort()
    const closing = entry.stream.stop().finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}

const nameOf = ({ device, channel, profile }: StreamKey): string => `${device}/${channel}/${profile}`
