// SPDX-License-Identifier: Apache-2.0
/**
 * Fills gaps from the devices' own logs, once their streams are back. What is to be filled stands in the gap's row, so that
 * it goes on after a restart, and doing it twice changes nothing. A few devices at a time, each one gap after the other.
 */
import { type IsapiDoor, readDeviceLog } from '@openhmp/client'
import type { Gap } from '@openhmp/contract'
import { type Clock, HmpError, PeerError, Refusal } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'
import { type GapRow, gapOf } from './gaps.ts'
import { type Logged, pairsOf } from './log-pairs.ts'

/** Devices whose logs are read together. */
export const MAX_FILLING = 4
/** Gaps that wait; of more, the newest are not filled. */
export const MAX_TO_FILL = 10_000
/** A device is let settle for so long: what goes on there is told by its stream first. */
export const SETTLE_MS = 5000
/** Tries of one gap, each this much later than the one before. */
export const MAX_TRIES = 8
const AGAIN_MS = 30_000
const TURN_MS = 500
const READ_MS = 120_000
/** Events may lie a little outside: both clocks are known to about a second. */
const MARGIN_MS = 2000
/** Of a longer gap, the end is looked up. */
export const MAX_FILL_MS = 7 * 24 * 60 * 60_000

interface Parts {
  readonly store: Store
  readonly clock: Clock
  /** The device's own documents; undefined for one that is gone. Throws `Refusal` for one that has none. */
  doorOf(device: string): IsapiDoor | undefined
  /** Stores what was not known; true when it was stored. */
  found(device: string, one: Logged, untilMs: number): Promise<boolean>
  publish(gap: Gap): void
  onError(error: unknown): void
}

interface Job {
  readonly gap: GapRow
  dueMs: number
  tries: number
}

type Outcome = Pick<GapRow, 'fill' | 'fillCount' | 'fillWhy'>

/** Runs until disposed. */
export class GapFiller implements AsyncDisposable {
  readonly #parts: Parts
  readonly #jobs = new Map<string, Job>()
  /** By device. */
  readonly #filling = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  private constructor(parts: Parts, gaps: readonly GapRow[]) {
    this.#parts = parts
    for (const gap of gaps) this.#add(gap)
    this.#running = this.#run()
  }

  /** Takes up what the last run left. */
  static async open(parts: Parts): Promise<GapFiller> {
    const query = parts.store.db.selectFrom('eventGap').selectAll().where('fill', '=', 'filling')
    return new GapFiller(parts, await query.orderBy('from', 'desc').limit(MAX_TO_FILL).execute())
  }

  /** Gaps that wait. */
  get waiting(): number {
    return this.#jobs.size
  }

  /** A gap is over, and its row says `filling`. */
  add(gap: GapRow): void {
    if (this.#jobs.size < MAX_TO_FILL) this.#add(gap)
    else
      void this.#end(gap, { fill: 'unfillable', fillCount: 0, fillWhy: 'too many gaps wait' }).catch(
        this.#parts.onError,
      )
  }

  #add(gap: GapRow): void {
    this.#jobs.set(gap.id, { gap, dueMs: this.#parts.clock.monotonic() + SETTLE_MS, tries: 0 })
  }

  async #run(): Promise<void> {
    const { clock, onError } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      const nowMs = clock.monotonic()
      for (const job of this.#jobs.values()) {
        const { deviceId } = job.gap
        if (this.#filling.size >= MAX_FILLING) break
        if (job.dueMs > nowMs || this.#filling.has(deviceId)) continue
        const work = this.#work(job)
          .catch(onError)
          .finally(() => this.#filling.delete(deviceId))
        this.#filling.set(deviceId, work)
      }
      await clock.sleep(TURN_MS, { signal }).catch(() => {}) // aborted: the loop ends
    }
    await Promise.all(this.#filling.values())
  }

  async #work(job: Job): Promise<void> {
    const { clock } = this.#parts
    try {
      const gap = await this.#asStored(job.gap)
      await this.#end(gap, await this.#fill(gap))
      this.#jobs.delete(job.gap.id)
    } catch (error) {
      if (this.#stop.signal.aborted) return // it is taken up by the next run
      job.tries++
      const isFinal = isNever(error) || job.tries >= MAX_TRIES
      job.dueMs = clock.monotonic() + job.tries * AGAIN_MS
      if (isFinal) {
        this.#jobs.delete(job.gap.id)
        await this.#end(job.gap, { fill: 'unfillable', fillCount: 0, fillWhy: whyOf(error) })
      }
      if (!(error instanceof HmpError) && !isTimeout(error)) throw error
    }
  }

  /** Our clock may have been set since: see `Gaps`. */
  async #asStored(gap: GapRow): Promise<GapRow> {
    const query = this.#parts.store.db.selectFrom('eventGap').selectAll().where('id', '=', gap.id)
    return (await query.executeTakeFirst()) ?? gap
  }

  async #fill(gap: GapRow): Promise<Outcome> {
    const { clock, doorOf, found } = this.#parts
    const door = doorOf(gap.deviceId)
    if (!door) return { fill: 'unfillable', fillCount: 0, fillWhy: 'the device is not there any more' }
    const toMs = (gap.to ?? clock.now()) + gap.fillShift
    const fromMs = Math.max(gap.from + gap.fillShift, toMs - MAX_FILL_MS)
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(READ_MS)])
    const asking = { fromMs: fromMs - MARGIN_MS, toMs: toMs + MARGIN_MS, clock, signal }
    const { entries, isAll } = await readDeviceLog(door, asking)
    let fillCount = 0
    for (const one of pairsOf(entries)) if (await found(gap.deviceId, one, toMs)) fillCount++
    const isWhole = isAll && fromMs === gap.from + gap.fillShift
    return { fill: isWhole ? 'filled' : 'partly', fillCount, fillWhy: isWhole ? null : 'it is longer than is read' }
  }

  async #end(gap: GapRow, outcome: Outcome): Promise<void> {
    const { store, publish } = this.#parts
    // What an earlier run has found counts, too.
    const fillCount = gap.fillCount + outcome.fillCount
    await store.db
      .updateTable('eventGap')
      .set({ ...outcome, fillCount })
      .where('id', '=', gap.id)
      .execute()
    publish(gapOf({ ...gap, ...outcome, fillCount }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

const isNever = (error: unknown): boolean =>
  (error instanceof PeerError && error.retry === 'never') || (error instanceof Refusal && error.code === 'device.plain')

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError'

const whyOf = (error: unknown): string => {
  if (error instanceof PeerError && error.code === 'isapi.not-supported') return 'the device keeps no log of events'
  return (error instanceof Error ? error.message : String(error)).slice(0, 300)
}
