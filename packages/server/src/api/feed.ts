// SPDX-License-Identifier: Apache-2.0
/** Changes as they happen, told to every page that follows: server-sent events (WHATWG HTML §9.2). */
import type { LiveMessage } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { Session, Sessions } from '../access/sessions.ts'
import type { Following, Writer } from './handle.ts'

/** Pages that follow at a time. */
export const MAX_FOLLOWERS = 500
/** What happens within so long goes out together: each write is a TLS record and a call of the kernel. */
const GATHER_MS = 20
/** More than this is written at once. */
const MAX_GATHERED = 256 * 1024
/** Keeps the link open through proxies, and finds dead ones. */
const HEARTBEAT_MS = 15_000

/** Everybody who follows. Owns its heartbeat until disposed. */
export class Feed implements AsyncDisposable {
  readonly #sessions: Sessions
  readonly #followers = new Map<Writer, Session>()
  readonly #stop = new AbortController()
  readonly #clock: Clock
  /** Not written yet. */
  #gathered = ''
  readonly #beating: Promise<void>

  constructor(sessions: Sessions, clock: Clock) {
    this.#sessions = sessions
    this.#clock = clock
    this.#beating = this.#beat(clock)
    sessions.onEnd((ended) => {
      for (const [writer, session] of this.#followers) if (session === ended) writer.end()
    })
  }

  get followerCount(): number {
    return this.#followers.size
  }

  /** Tells everybody, soon; the text is made once. */
  publish(message: LiveMessage): void {
    if (this.#followers.size === 0) return
    if (this.#gathered === '') void this.#writeSoon()
    this.#gathered += `data: ${JSON.stringify(message)}\n\n`
    if (this.#gathered.length > MAX_GATHERED) this.#write()
  }

  async #writeSoon(): Promise<void> {
    await this.#clock.sleep(GATHER_MS, { signal: this.#stop.signal }).catch(() => {}) // aborted: everybody is let go
    this.#write()
  }

  #write(): void {
    const text = this.#gathered
    if (text === '') return
    this.#gathered = ''
    for (const writer of [...this.#followers.keys()]) writer.write(text)
  }

  /** Throws `Refusal` `live.full`. */
  follow(session: Session): Following {
    if (this.#followers.size >= MAX_FOLLOWERS)
      throw new Refusal('unavailable', 'live.full', 'too many pages follow this server already')
    return {
      follow: (writer) => {
        this.#followers.set(writer, session)
        writer.write('retry: 1000\n: welcome\n\n')
        return () => {
          this.#followers.delete(writer)
        }
      },
    }
  }

  async #beat(clock: Clock): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, { signal }).catch(() => {}) // aborted: the loop ends
      for (const [writer, session] of [...this.#followers]) {
        if (!this.#sessions.isGood(session)) writer.end()
        else if (writer.write(': beat\n\n')) this.#sessions.touch(session)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    for (const writer of [...this.#followers.keys()]) writer.end()
    await this.#beating
  }
}
