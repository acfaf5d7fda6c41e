// SPDX-License-Identifier: Apache-2.0
/**
 * One job at work: begins devices wave by wave within its limits, writes down each beginning before it begins and each end
 * when it is there. What a crash of the server leaves `running` is done again, with what the work remembered.
 *
 *   waiting --begun--> running --worked--> done | skipped
 *                      running --"no"----> failed
 *   waiting, running --cancelled--> cancelled
 */
import type { Rollout } from '@openhmp/contract'
import { type Clock, HmpError } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'
import { type AnyJobKind, type JobTarget, PartlyDone, SkipDevice } from './kind.ts'
import type { JobDeviceRow, JobRow, Place, Progress } from './rows.ts'
import { isWindowOpen } from './waves.ts'

/** Devices at a time when nothing else is said. */
export const DEFAULT_CONCURRENCY = 10
/** Log rows of one job; of more, the earliest are kept and a last one says so. */
export const MAX_LOG_ROWS = 100_000
/** How often a closed window, or a group of which nobody may begin, is looked at again. */
const LOOK_MS = 1000
const MINUTE_MS = 60_000

/** What a runner needs of its neighbours. */
export interface RunnerParts {
  readonly store: Store
  readonly clock: Clock
  /** Undefined when the device was removed. */
  target(device: string): JobTarget | undefined
  /** False while another device of its group is not there. */
  isGroupThere(device: string): boolean
  /** Something changed that is worth showing. */
  onChange(job: string): void
  onError(error: unknown): void
}

/** Runs until its devices are through, it is paused, or `signal` aborts. */
export class Runner {
  readonly #parts: RunnerParts
  readonly #kind: AnyJobKind
  readonly #rollout: Rollout
  readonly #spec: unknown
  readonly #working = new Map<number, Promise<void>>()
  /** When devices of a site were begun, within the last minute. */
  readonly #begunMs = new Map<string | null, number[]>()
  readonly #cancel = new AbortController()
  readonly #stop: AbortSignal
  readonly progress = new Map<number, Progress>()
  readonly places: Place[]
  row: JobRow
  #isPausing = false
  /** Why nothing may begin at this moment. */
  #heldUp = ''
  #sequence: number
  #wake = Promise.withResolvers<void>()

  constructor(
    parts: RunnerParts,
    {
      kind,
      row,
      places,
      sequence,
      stop,
    }: { kind: AnyJobKind; row: JobRow; places: Place[]; sequence: number; stop: AbortSignal },
  ) {
    this.#parts = parts
    this.#kind = kind
    this.#rollout = JSON.parse(row.rolloutJson) as Rollout
    this.#spec = JSON.parse(row.specJson)
    this.#sequence = sequence
    this.#stop = stop
    this.row = row
    this.places = places
  }

  /** No further device is begun. */
  pause(): void {
    this.#isPausing = true
    this.#wake.resolve()
  }

  /** The work under way is told to stop. */
  cancel(): void {
    this.#cancel.abort()
    this.#wake.resolve()
  }

  /** Resolves when nothing is at work any more; the row then says how it stands. */
  async run(): Promise<void> {
    const { clock } = this.#parts
    for (const place of this.places) if (place.state === 'running') place.state = 'waiting' // of an earlier run
    while (!this.#stop.aborted && !this.#cancel.signal.aborted && !this.#isPausing) {
      if (await this.#pauseForFailures()) break
      const wave = this.#wave()
      if (wave === undefined) break
      const { window } = this.#rollout
      const isOpen = isWindowOpen(window, clock.now())
      if (isOpen && (await this.#begin(wave)) > 0) continue
      if (!isOpen) await this.#waitFor(`waits for its maintenance window, ${window!.from} to ${window!.to}`)
      else if (this.#working.size === 0) await this.#waitFor(this.#heldUp)
      this.#wake = Promise.withResolvers()
      const tired = clock.sleep(LOOK_MS, { signal: this.#stop }).catch(() => {}) // stopping: the loop ends
      await Promise.race([this.#wake.promise, tired])
    }
    await Promise.all(this.#working.values())
    if (this.#stop.aborted) return // stays as it is: the next run takes it up
    if (this.#cancel.signal.aborted) await this.#end('cancelled')
    else if (!this.#isPausing && this.row.state === 'running') {
      const hasFailed = this.places.some(({ state }) => state === 'failed')
      await this.#end(hasFailed ? 'failed' : 'done')
    }
  }

  /** The wave at hand: the first with a device that is not through. */
  #wave(): number | undefined {
    const open = this.places.filter(({ state }) => state === 'waiting' || state === 'running')
    return open.length === 0 ? undefined : Math.min(...open.map(({ wave }) => wave))
  }

  async #pauseForFailures(): Promise<boolean> {
    const { maxFailures } = this.#rollout
    const failed = this.places.filter(({ state }) => state === 'failed').length
    if (maxFailures === undefined || failed <= maxFailures || this.#wave() === undefined) return false
    await this.note({ state: 'paused', note: `${failed} devices have failed, more than ${maxFailures}` })
    this.#isPausing = true
    return true
  }

  /** Begins what may begin now; gives how many. */
  async #begin(wave: number): Promise<number> {
    const { concurrency = DEFAULT_CONCURRENCY, perSite = concurrency } = this.#rollout
    let begun = 0
    this.#heldUp = ''
    for (const place of this.places) {
      if (place.wave !== wave || place.state !== 'waiting') continue
      if (this.#working.size >= concurrency) break
      const target = this.#parts.target(place.deviceId)
      if (!this.#mayBegin(place, target, perSite)) continue
      begun++
      const { clock } = this.#parts
      if (this.row.note !== null) await this.note({ note: null })
      this.#begunAt(target?.known.site ?? null).push(clock.monotonic())
      await this.#write(place, { state: 'running', startedAt: clock.now(), text: null, errorCode: null })
      const work = this.#work(place, target)
        .catch(this.#parts.onError)
        .finally(() => {
          this.#working.delete(place.number)
          this.progress.delete(place.number)
          this.#wake.resolve()
        })
      this.#working.set(place.number, work)
    }
    return begun
  }

  #mayBegin(place: Place, target: JobTarget | undefined, perSite: number): boolean {
    if (!target) return true // ends at once, and says so
    const { site, group } = target.known
    if (this.#begunAt(site).length >= (this.#rollout.perSiteMinute ?? Number.POSITIVE_INFINITY)) {
      this.#heldUp ||= `waits: ${this.#rollout.perSiteMinute} devices of a site are begun in a minute`
      return false
    }
    if (site === null && group === null) return true
    const atWork = [...this.#working.keys()].flatMap((number) => {
      const other = this.places.find((one) => one.number === number)
      return (other && this.#parts.target(other.deviceId)?.known) ?? []
    })
    if (site !== null && atWork.filter((one) => one.site === site).length >= perSite) return false
    if (group === null) return true
    if (atWork.some((one) => one.group === group)) return false
    const isThere = this.#parts.isGroupThere(place.deviceId)
    if (!isThere) this.#heldUp ||= `waits: another device of the group "${group}" is not there`
    return isThere
  }

  #begunAt(site: string | null): number[] {
    const nowMs = this.#parts.clock.monotonic()
    const recent = (this.#begunMs.get(site) ?? []).filter((ms) => nowMs - ms < MINUTE_MS)
    this.#begunMs.set(site, recent)
    return recent
  }

  async #waitFor(note: string): Promise<void> {
    if (note !== '' && this.row.note !== note && this.row.state === 'running') await this.note({ note })
  }

  async #work(place: Place, target: JobTarget | undefined): Promise<void> {
    const { clock, store } = this.#parts
    const signal = AbortSignal.any([this.#stop, this.#cancel.signal])
    const where = { jobId: this.row.id, number: place.number }
    const end = (state: Place['state'], more: Partial<JobDeviceRow>) =>
      this.#write(place, { state, endedAt: clock.now(), ...more })
    if (!target) return end('skipped', { text: 'the device was removed', errorCode: 'device.removed' })
    try {
      const kept = await store.db
        .selectFrom('jobDevice')
        .select('memoJson')
        .where('jobId', '=', where.jobId)
        .where('number', '=', where.number)
        .executeTakeFirst()
      const memo = kept?.memoJson == null ? undefined : (JSON.parse(kept.memoJson) as unknown)
      const result = await this.#kind.run(target, this.#spec, {
        signal,
        memo,
        remember: (next) => this.#write(place, { memoJson: JSON.stringify(next) }),
        progress: (share, step) => {
          this.progress.set(place.number, { share, step })
          this.#parts.onChange(this.row.id)
        },
        log: (text) => void this.#log(place.deviceId, text),
      })
      await end('done', { resultJson: JSON.stringify(result ?? null) })
    } catch (error) {
      if (this.#stop.aborted) return // stays `running`: taken up again
      if (this.#cancel.signal.aborted) return end('cancelled', { text: 'cancelled' })
      const isOurs = error instanceof HmpError
      const text = isOurs
        ? error.message
        : isTimeout(error)
          ? 'the device did not answer in time'
          : 'something went wrong on the server'
      const errorCode = isOurs ? error.code : isTimeout(error) ? 'link.timeout' : 'defect'
      void this.#log(place.deviceId, text)
      const result = error instanceof PartlyDone ? { resultJson: JSON.stringify(error.result) } : {}
      await end(error instanceof SkipDevice ? 'skipped' : 'failed', { text, errorCode, ...result })
      if (!isOurs && !isTimeout(error)) throw error
    }
  }

  /** On the disk before it counts. */
  async #write(place: Place, change: Partial<JobDeviceRow>): Promise<void> {
    const query = this.#parts.store.db.updateTable('jobDevice').set(change).where('jobId', '=', this.row.id)
    await query.where('number', '=', place.number).execute()
    if (change.state) place.state = change.state
    this.#parts.onChange(this.row.id)
  }

  async #log(deviceId: string | null, text: string): Promise<void> {
    const sequence = ++this.#sequence
    if (sequence > MAX_LOG_ROWS) return
    const said = sequence === MAX_LOG_ROWS ? 'the log is full: what follows is not kept' : text
    const row = { jobId: this.row.id, sequence, time: this.#parts.clock.now(), deviceId, text: said }
    await this.#parts.store.db.insertInto('jobLog').values(row).execute().catch(this.#parts.onError)
  }

  async #end(state: JobRow['state']): Promise<void> {
    const { clock, store } = this.#parts
    if (state === 'cancelled') {
      const left = { state: 'cancelled' as const, endedAt: clock.now() }
      const query = store.db.updateTable('jobDevice').set(left).where('jobId', '=', this.row.id)
      await query.where('state', 'in', ['waiting', 'running']).execute()
      for (const place of this.places) if (place.state === 'waiting') place.state = 'cancelled'
    }
    await this.note({ state, endedAt: clock.now(), note: null })
  }

  /** Changes the job's own row. */
  async note(change: Partial<JobRow>): Promise<void> {
    await this.#parts.store.db.updateTable('job').set(change).where('id', '=', this.row.id).execute()
    this.row = { ...this.row, ...change }
    this.#parts.onChange(this.row.id)
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'
