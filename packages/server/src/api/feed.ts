// SPDX-License-Identifier: Apache-2.0
/** Changes as they happen, told to every page that follows: server-sent events (WHATWG HTML §9.2). */
import type { LiveMessage } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import { camerasOf, can, type SignedIn, SYSTEM } from '../access/can.ts'
import type { Session, Sessions } from '../access/sessions.ts'
import { withCameras } from '../fleet/shown.ts'
import { loaded, type PlaceOf } from './gate.ts'
import type { Following, Writer } from './handle.ts'

/** Pages that follow at a time. */
export const MAX_FOLLOWERS = 500
/** What happens within so long goes out together: each write is a TLS record and a call of the kernel. */
const GATHER_MS = 20
/** More than this is written at once. */
const MAX_GATHERED = 256 * 1024
/** Keeps the link open through proxies, and finds dead ones. */
const HEARTBEAT_MS = 15_000

const seesAll = (user: SignedIn): boolean => can(user, 'event.view', SYSTEM) && can(user, 'device.view', SYSTEM)

const textOf = (message: LiveMessage): string => `data: ${JSON.stringify(message)}\n\n`

/** Each message by what its list would ask for. */
const sees = (user: SignedIn, message: LiveMessage, placeOf: PlaceOf): boolean => {
  switch (message.what) {
    case 'event':
      return can(user, 'event.view', loaded(message.event.device, placeOf, message.event.channel))
    case 'gap':
      return can(user, 'event.view', loaded(message.gap.device, placeOf))
    case 'alarm':
      return can(user, 'event.view', loaded(message.alarm.event.device, placeOf, message.alarm.event.channel))
    case 'device':
      return can(user, 'device.view', loaded(message.device.id, placeOf))
    case 'order':
      return can(user, 'device.view', loaded(message.order.device, placeOf))
    case 'job':
      return can(user, 'device.view', SYSTEM)
    case 'demo':
      return can(user, 'device.configure', SYSTEM)
    // That something is to be asked for again, and the id of what nobody has any more.
    case 'alarms':
    case 'devices':
    case 'device-removed':
      return true
  }
}

/** Everybody who follows. Owns its heartbeat until disposed. */
export class Feed implements AsyncDisposable {
  readonly #sessions: Sessions
  readonly #followers = new Map<Writer, Session>()
  readonly #stop = new AbortController()
  readonly #clock: Clock
  readonly #placeOf: PlaceOf
  /** Not written yet. */
  #gathered: { readonly message: LiveMessage; readonly text: string }[] = []
  #gatheredLength = 0
  readonly #beating: Promise<void>

  constructor(sessions: Sessions, clock: Clock, placeOf: PlaceOf) {
    this.#sessions = sessions
    this.#clock = clock
    this.#placeOf = placeOf
    this.#beating = this.#beat(clock)
    sessions.onEnd((ended) => {
      for (const [writer, session] of this.#followers) if (session === ended) writer.end()
    })
  }

  get followerCount(): number {
    return this.#followers.size
  }

  /** Tells everybody who may know of it, soon; the text is made once. */
  publish(message: LiveMessage): void {
    if (this.#followers.size === 0) return
    if (this.#gathered.length === 0) void this.#writeSoon()
    const text = textOf(message)
    this.#gathered.push({ message, text })
    this.#gatheredLength += text.length
    if (this.#gatheredLength > MAX_GATHERED) this.#write()
  }

  /** What somebody may see has changed: their pages come back, and ask for everything again. */
  cut(userId: string): void {
    for (const [writer, { user }] of [...this.#followers]) if (user.id === userId) writer.end()
  }

  async #writeSoon(): Promise<void> {
    await this.#clock.sleep(GATHER_MS, { signal: this.#stop.signal }).catch(() => {}) // aborted: everybody is let go
    this.#write()
  }

  #write(): void {
    const gathered = this.#gathered
    this.#gathered = []
    this.#gatheredLength = 0
    const all = gathered.map(({ text }) => text).join('')
    for (const [writer, { user }] of [...this.#followers]) {
      const text = seesAll(user) ? all : this.#seenBy(user, gathered)
      if (text !== '') writer.write(text)
    }
  }

  #seenBy(user: SignedIn, gathered: readonly { readonly message: LiveMessage; readonly text: string }[]): string {
    return gathered
      .map(({ message, text }) => (sees(user, message, this.#placeOf) ? text : this.#cameras(user, message)))
      .join('')
  }

  /** A device for who may see some of its cameras; nothing for others, and of all else. */
  #cameras(user: SignedIn, message: LiveMessage): string {
    if (message.what !== 'device') return ''
    const cameras = camerasOf(user, 'device.view', loaded(message.device.id, this.#placeOf))
    return cameras === 'all' || cameras.length === 0
      ? ''
      : textOf({ what: 'device', device: withCameras(message.device, cameras) })
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
