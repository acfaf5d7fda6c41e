// SPDX-License-Identifier: Apache-2.0
/**
 * Fills gaps from the devices' own logs, once their streams are back. What is to be filled stands in the gap's row, so that
 * it goes on after a restart, and doing it twice changes nothing. A few devices at a time, and each is asked once for gaps that
 * lie side by side: there are devices that end their stream every minute.
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
/** Gaps that begin so soon after one another are looked up together. */
const MAX_SPAN_MS = 60 * 60_000
/** Logs of one device that are read in this time, at most. */
export const MAX_READS = 4
export const READS_MS = 5 * 60_000
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
  /** When the log of a device was read, lately. */
  readonly #reads = new Map<string, number[]>()
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
      for (const { gap, dueMs } of this.#jobs.values()) {
        const { deviceId } = gap
        if (this.#filling.size >= MAX_FILLING) break
        if (dueMs > nowMs || this.#filling.has(deviceId) || !this.#mayRead(deviceId, nowMs)) continue
        const work = this.#work(this.#together(deviceId, nowMs))
          .catch(onError)
          .finally(() => this.#filling.delete(deviceId))
        this.#filling.set(deviceId, work)
      }
      await clock.sleep(TURN_MS, { signal }).catch(() => {}) // aborted: the loop ends
    }
    await Promise.all(this.#filling.values())
  }

  /** Notes that it will be. */
  #mayRead(device: string, nowMs: number): boolean {
    const lately = (this.#reads.get(device) ?? []).filter((ms) => nowMs - ms < READS_MS)
    if (lately.length >= MAX_READS) return false
    this.#reads.set(device, [...lately, nowMs])
    return true
  }

  /** The gaps of a device that are due and lie side by side, the earliest first. */
  #together(device: string, nowMs: number): Job[] {
    const due = [...this.#jobs.values()].filter(({ gap, dueMs }) => gap.deviceId === device && dueMs <= nowMs)
    due.sort((a, b) => a.gap.from - b.gap.from)
    return due.filter(({ gap }) => gap.from - due[0]!.gap.from < MAX_SPAN_MS)
  }

  async #work(jobs: readonly Job[]): Promise<void> {
    const { clock } = this.#parts
    try {
      const gaps: GapRow[] = []
      for (const { gap } of jobs) gaps.push(await this.#asStored(gap))
      const outcomes = await this.#fill(gaps)
      for (const [i, gap] of gaps.entries()) {
        await this.#end(gap, outcomes[i]!)
        this.#jobs.delete(gap.id)
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return // it is taken up by the next run
      for (const job of jobs) {
        if (!this.#jobs.has(job.gap.id)) continue // done before it went wrong
        job.tries++
        job.dueMs = clock.monotonic() + job.tries * AGAIN_MS
        if (!isNever(error) && job.tries < MAX_TRIES) continue
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

  /** One outcome for each gap, of one device. */
  async #fill(gaps: readonly GapRow[]): Promise<Outcome[]> {
    const { clock, doorOf, found } = this.#parts
    const device = gaps[0]!.deviceId
    const door = doorOf(device)
    if (!door)
      return gaps.map(() => ({ fill: 'unfillable', fillCount: 0, fillWhy: 'the device is not there any more' }))
    const spans = gaps.map(({ from, to, fillShift }) => {
      const toMs = (to ?? clock.now()) + fillShift
      return {
        fromMs: Math.max(from + fillShift, toMs - MAX_FILL_MS),
        toMs,
        isCut: from + fillShift < toMs - MAX_FILL_MS,
      }
    })
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(READ_MS)])
    const { entries, isAll } = await readDeviceLog(door, {
      ...{ clock, signal },
      fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)) - MARGIN_MS,
      toMs: Math.max(...spans.map(({ toMs }) => toMs)) + MARGIN_MS,
    })
    const counts = gaps.map(() => 0)
    for (const one of pairsOf(entries)) {
      const gapOfTime = (ms = Number.NaN) =>
        spans.findIndex(({ fromMs, toMs }) => ms >= fromMs - MARGIN_MS && ms <= toMs + MARGIN_MS)
      const began = gapOfTime(one.beganMs)
      const i = began >= 0 ? began : gapOfTime(one.endedMs)
      // What lies between gaps was told by the stream.
      if (i >= 0 && (await found(device, one, spans[i]!.toMs))) counts[i]!++
    }
    return spans.map(({ isCut }, i) => {
      const isWhole = isAll && !isCut
      const fillWhy = isWhole ? null : 'it is longer than is read'
      return { fill: isWhole ? 'filled' : 'partly', fillCount: counts[i]!, fillWhy }
    })
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
