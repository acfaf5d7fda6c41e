// SPDX-License-Identifier: Apache-2.0
/**
 * Who watched which camera, on record: one row when somebody's viewing of a camera begins and one when it is over. What comes
 * again soon belongs to the same viewing, so that a wall that is switched about leaves few rows. A viewing that the server
 * did not live to see the end of is closed at its next start (docs/design/0019-who-watched.md).
 */
import { randomBytes } from 'node:crypto'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { Audit } from './audit.ts'

/** Live pictures and sound that come again within this time are the same viewing. */
export const GAP_MS = 30_000
/** The same for single pictures: a list of devices fetches them now and then. */
export const PICTURE_GAP_MS = 10 * 60_000
/** A viewing that goes on is on record again this often: a crash loses no more of it. */
export const AGAIN_MS = 60 * 60_000
/** Viewings in memory. Of more, the one that has been left longest is over at once; when none is left, there are no more. */
export const MAX_VIEWINGS = 20_000
const LOOK_MS = 5000
const PAGE = 500

/** What was seen or heard. */
export type Viewed = 'live' | 'sound' | 'snapshot'

/** Who sees what. */
export interface Viewer {
  readonly who: string
  /** Their address. */
  readonly source: string
  /** The name of the screen, when it is one of a control room. */
  readonly wall?: string | undefined
}

/** One stream that somebody has open. */
export interface Viewing {
  /** Resolves when it is on the disk that it began. */
  readonly begun: Promise<void>
  /** The same in another size. */
  changed(stream: string): void
  end(): void
}

interface Entry {
  readonly id: string
  readonly viewer: Viewer
  readonly device: string
  readonly channel: number
  readonly kinds: Set<Viewed>
  readonly streams: Set<string>
  readonly beganAtMs: number
  begun: Promise<void>
  open: number
  pictures: number
  /** When it was last open. */
  leftAtMs: number
  saidAtMs: number
}

interface Parts {
  readonly audit: Pick<Audit, 'record' | 'list'>
  readonly clock: Clock
  onError(error: unknown): void
}

/** All viewings of now. Those that are open when it is disposed end then. */
export class Viewings implements AsyncDisposable {
  readonly #parts: Parts
  readonly #entries = new Map<string, Entry>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  private constructor(parts: Parts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  /** Closes what a former run left open. */
  static async open(parts: Parts): Promise<Viewings> {
    await closeLeft(parts.audit)
    return new Viewings(parts)
  }

  get count(): number {
    return this.#entries.size
  }

  /** Somebody opens a stream of a camera. Throws `Refusal` `viewing.full`. */
  begin(
    viewer: Viewer,
    camera: { device: string; channel: number },
    kinds: readonly Viewed[],
    stream: string,
  ): Viewing {
    const entry = this.#enter(viewer, camera, kinds)
    entry.streams.add(stream)
    entry.open++
    let isOver = false
    return {
      begun: entry.begun,
      changed: (other) => {
        entry.streams.add(other)
      },
      end: () => {
        if (isOver) return
        isOver = true
        entry.open--
        entry.leftAtMs = this.#parts.clock.monotonic()
      },
    }
  }

  /** Somebody asks for a single picture; resolves when that is on the disk. Rejects with `Refusal` `viewing.full`. */
  async picture(viewer: Viewer, camera: { device: string; channel: number }): Promise<void> {
    const entry = this.#enter(viewer, camera, ['snapshot'])
    entry.pictures++
    await entry.begun
  }

  #enter(viewer: Viewer, { device, channel }: { device: string; channel: number }, kinds: readonly Viewed[]): Entry {
    const key = JSON.stringify([viewer.who, viewer.source, viewer.wall, device, channel])
    const nowMs = this.#parts.clock.monotonic()
    let entry = this.#entries.get(key)
    if (!entry) {
      if (this.#entries.size >= MAX_VIEWINGS) this.#makeRoom()
      const id = randomBytes(6).toString('hex')
      const times = { beganAtMs: nowMs, leftAtMs: nowMs, saidAtMs: nowMs }
      const said = { open: 0, pictures: 0, begun: Promise.resolve() }
      entry = { id, viewer, device, channel, kinds: new Set(kinds), streams: new Set(), ...times, ...said }
      entry.begun = this.#say(entry, 'viewing.begin', {})
      entry.begun.catch(() => this.#entries.delete(key)) // who asked for it hears of it
      this.#entries.set(key, entry)
    }
    for (const kind of kinds) entry.kinds.add(kind)
    entry.leftAtMs = nowMs
    return entry
  }

  #makeRoom(): void {
    let left: [string, Entry] | undefined
    for (const one of this.#entries)
      if (one[1].open === 0 && one[1].leftAtMs < (left?.[1].leftAtMs ?? Infinity)) left = one
    if (!left) throw new Refusal('unavailable', 'viewing.full', 'too many cameras are watched already')
    this.#over(left[0], left[1], 'closed')
  }

  #over(key: string, entry: Entry, ended: string): void {
    this.#entries.delete(key)
    this.#say(entry, 'viewing.end', { ended }).catch(this.#parts.onError)
  }

  #say({ id, viewer, device, channel, ...entry }: Entry, action: string, more: Record<string, unknown>): Promise<void> {
    const { who, source, wall } = viewer
    const seconds = Math.round(
      ((entry.open > 0 ? this.#parts.clock.monotonic() : entry.leftAtMs) - entry.beganAtMs) / 1000,
    )
    const detail = {
      ...{ viewing: id, channel, kinds: [...entry.kinds].sort() },
      ...(entry.streams.size > 0 ? { streams: [...entry.streams].sort() } : {}),
      ...(entry.pictures > 1 ? { pictures: entry.pictures } : {}),
      ...(action === 'viewing.begin' ? {} : { seconds }),
      ...(wall === undefined ? {} : { screen: wall }),
      ...more,
    }
    return this.#parts.audit.record({ who, source, action, object: device, outcome: 'done', detail })
  }

  async #run(): Promise<void> {
    const { clock, onError } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, { signal }).catch(() => {}) // aborted: the loop ends
      if (signal.aborted) return
      const nowMs = clock.monotonic()
      for (const [key, entry] of this.#entries) {
        const gapMs = entry.kinds.has('live') || entry.kinds.has('sound') ? GAP_MS : PICTURE_GAP_MS
        if (entry.open === 0 && nowMs - entry.leftAtMs >= gapMs) this.#over(key, entry, 'closed')
        else if (nowMs - entry.saidAtMs >= AGAIN_MS) {
          entry.saidAtMs = nowMs
          this.#say(entry, 'viewing.on', {}).catch(onError)
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    const { onError } = this.#parts
    const ends = [...this.#entries.values()].map((entry) =>
      this.#say(entry, 'viewing.end', { ended: entry.open > 0 ? 'server stopped' : 'closed' }).catch(onError),
    )
    this.#entries.clear()
    await Promise.all(ends)
  }
}

/** Ends what has begun, or gone on, in the last hours of the former run and has no end. */
const closeLeft = async (audit: Parts['audit']): Promise<void> => {
  const ended = new Set<unknown>()
  let untilMs: number | undefined
  for (let before: number | undefined, isMore = true; isMore; ) {
    const rows = await audit.list({ before, limit: PAGE })
    before = rows.at(-1)?.sequence
    isMore = rows.length === PAGE
    for (const { time, who, from, action, object, detail } of rows) {
      const timeMs = Date.parse(time)
      untilMs ??= timeMs
      if (untilMs - timeMs > 2 * AGAIN_MS) return
      const { viewing, ...rest } = detail
      if (!action.startsWith('viewing.') || ended.has(viewing)) continue
      ended.add(viewing)
      if (action === 'viewing.end') continue
      const closing = { viewing, ...rest, ended: 'server restarted', lastKnown: time }
      await audit.record({ who, source: from, action: 'viewing.end', object, outcome: 'done', detail: closing })
    }
  }
}
