// SPDX-License-Identifier: Apache-2.0
/** The jobs: begun, listed, paused, cancelled, taken up again after a restart of the server. One engine for every kind. */
import { randomUUID } from 'node:crypto'
import type {
  DevicePlan,
  Job,
  JobDevice,
  ListJobDevices,
  ListJobLog,
  Output,
  Permission,
  Rollout,
} from '@openhmp/contract'
import { MAX_JOB_DEVICES } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Audit } from '../audit/audit.ts'
import type { AnyJobKind, JobKind } from './kind.ts'
import { type JobRow, jobDeviceOf, jobOf, type Place, type Tally, tallied } from './rows.ts'
import { Runner, type RunnerParts } from './runner.ts'
import { wavesOf } from './waves.ts'

/** Jobs that are open at a time. */
export const MAX_OPEN_JOBS = 50
/** Jobs that are kept; of more, the oldest that have ended go. */
export const MAX_JOBS = 1000
/** Rows of one statement: bounded by SQLite's number of parameters. */
const ROWS_AT_ONCE = 500
/** A job's progress is told at most this often. */
const TELL_MS = 300

interface Parts extends Omit<RunnerParts, 'onChange'> {
  readonly audit: Audit
  publish(job: Job): void
}

/** Who asked for it. */
export interface By {
  readonly who: string
  readonly source: string
}

/** What a job is started with. */
export interface JobStart {
  readonly kind: string
  readonly title: string
  readonly spec: unknown
  readonly devices: readonly { readonly id: string; readonly name: string }[]
  readonly rollout?: Rollout | undefined
  readonly by: By
}

/** All jobs. Owns those at work until disposed; they stay open then. */
export class Jobs implements AsyncDisposable {
  readonly #parts: Parts
  readonly #kinds = new Map<string, AnyJobKind>()
  readonly #runners = new Map<string, { readonly runner: Runner; readonly running: Promise<void> }>()
  readonly #untold = new Set<string>()
  readonly #stop = new AbortController()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Before `resume`. */
  register<Spec, Memo, Result>(kind: JobKind<Spec, Memo, Result>): void {
    this.#kinds.set(kind.kind, kind as AnyJobKind)
  }

  /** Takes up what was open when the last run ended. */
  async resume(): Promise<void> {
    const rows = await this.#parts.store.db.selectFrom('job').selectAll().where('endedAt', 'is', null).execute()
    for (const row of rows) if (row.state !== 'paused') await this.#run(row)
  }

  /** Begins a job. Throws `Refusal` `job.empty`, `job.large`, `job.many`. */
  async start({ kind, title, spec, devices, rollout = {}, by }: JobStart): Promise<Job> {
    const { store, clock, audit } = this.#parts
    if (devices.length === 0) throw new Refusal('invalid', 'job.empty', 'no device is meant')
    if (devices.length > MAX_JOB_DEVICES)
      throw new Refusal('invalid', 'job.large', `a job takes ${MAX_JOB_DEVICES} devices, and no more`)
    if (this.#runners.size >= MAX_OPEN_JOBS)
      throw new Refusal('exhausted', 'job.many', `${MAX_OPEN_JOBS} jobs are at work already: wait for one to end`)
    const id = randomUUID()
    const row: JobRow = {
      ...{ id, kind, title, state: 'running', note: null, by: by.who, createdAt: clock.now(), endedAt: null },
      ...{ specJson: JSON.stringify(spec), rolloutJson: JSON.stringify(rollout) },
    }
    const waves = wavesOf(devices.length, rollout.waves)
    const blank = { text: null, errorCode: null, startedAt: null, endedAt: null, memoJson: null, resultJson: null }
    const rows = devices.map(({ id: deviceId, name: deviceName }, i) => ({
      ...{ jobId: id, number: i + 1, deviceId, deviceName, wave: waves[i]!, state: 'waiting' as const },
      ...blank,
    }))
    const inserts = []
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
      inserts.push(store.db.insertInto('jobDevice').values(rows.slice(at, at + ROWS_AT_ONCE)))
    await store.write([store.db.insertInto('job').values(row), ...inserts])
    const detail = { kind, title, devices: devices.length }
    await audit.record({ ...by, action: 'job.start', object: id, outcome: 'done', detail })
    await this.#run(row)
    await this.#prune()
    return this.get(id)
  }

  async #prune(): Promise<void> {
    const { db } = this.#parts.store
    const query = db.selectFrom('job').select('id').where('endedAt', 'is not', null).orderBy('createdAt', 'desc')
    const ids = (await query.offset(MAX_JOBS).limit(ROWS_AT_ONCE).execute()).map(({ id }) => id)
    if (ids.length === 0) return
    await this.#parts.store.write([
      db.deleteFrom('jobLog').where('jobId', 'in', ids),
      db.deleteFrom('jobDevice').where('jobId', 'in', ids),
      db.deleteFrom('job').where('id', 'in', ids),
    ])
  }

  /** Throws `Refusal` `job.unknown`. */
  async get(id: string): Promise<Job> {
    const at = this.#runners.get(id)?.runner
    return at ? jobOf(at.row, tallied(at.places)) : jobOf(await this.#row(id), await this.#tallies(id))
  }

  /** Newest first. */
  async list(limit: number): Promise<Job[]> {
    const rows = await this.#parts.store.db
      .selectFrom('job')
      .selectAll()
      .orderBy('createdAt', 'desc')
      .limit(limit)
      .execute()
    return Promise.all(rows.map(({ id }) => this.get(id)))
  }

  /** Throws `Refusal` `job.unknown`. */
  async devices(
    id: string,
    query: Output<(typeof ListJobDevices)['query']>,
  ): Promise<{ devices: JobDevice[]; next: number | null }> {
    await this.#row(id)
    const { state, after, limit } = query
    let select = this.#parts.store.db
      .selectFrom('jobDevice')
      .selectAll()
      .where('jobId', '=', id)
      .where('number', '>', after)
    if (state) select = select.where('state', '=', state)
    const rows = await select.orderBy('number').limit(limit).execute()
    const progress = this.#runners.get(id)?.runner.progress
    const devices = rows.map((row) => jobDeviceOf(row, progress?.get(row.number)))
    return { devices, next: rows.length < limit ? null : rows.at(-1)!.number }
  }

  /** Throws `Refusal` `job.unknown`. */
  async log(id: string, query: Output<(typeof ListJobLog)['query']>): Promise<Output<(typeof ListJobLog)['answer']>> {
    await this.#row(id)
    const { device, after, limit } = query
    let select = this.#parts.store.db
      .selectFrom('jobLog')
      .selectAll()
      .where('jobId', '=', id)
      .where('sequence', '>', after)
    if (device) select = select.where('deviceId', '=', device)
    const rows = await select.orderBy('sequence').limit(limit).execute()
    return {
      rows: rows.map(({ sequence, time, deviceId, text }) => ({
        ...{ sequence, text, time: new Date(time).toISOString() },
        device: deviceId as JobDevice['device'] | null,
      })),
    }
  }

  /** What a job was given, and what each of its devices remembered. Throws `Refusal` `job.unknown`. */
  async spec(id: string): Promise<{ readonly kind: string; readonly spec: unknown; readonly row: JobRow }> {
    const row = await this.#row(id)
    return { kind: row.kind, spec: JSON.parse(row.specJson), row }
  }

  /** What the work on a device remembered in a job. */
  async memo(id: string, device: string): Promise<unknown> {
    const query = this.#parts.store.db.selectFrom('jobDevice').select('memoJson').where('jobId', '=', id)
    const row = await query.where('deviceId', '=', device).executeTakeFirst()
    return row?.memoJson == null ? undefined : JSON.parse(row.memoJson)
  }

  /** The devices of a job, in the states named. */
  async devicesOf(id: string, states: readonly Place['state'][]): Promise<{ id: string; name: string }[]> {
    const places = await this.#places(id)
    return places
      .filter(({ state }) => states.includes(state))
      .map((one) => ({ id: one.deviceId, name: one.deviceName }))
  }

  /** Devices of a plan that are not as they should be. */
  async differing(id: string): Promise<{ id: string; name: string }[]> {
    const query = this.#parts.store.db
      .selectFrom('jobDevice')
      .select(['deviceId', 'deviceName', 'resultJson'])
      .where('jobId', '=', id)
      .where('state', '=', 'done')
    const rows = await query.orderBy('number').execute()
    return rows
      .filter(({ resultJson }) => (JSON.parse(resultJson ?? '{}') as Partial<DevicePlan>).differences?.length)
      .map(({ deviceId, deviceName }) => ({ id: deviceId, name: deviceName }))
  }

  async pause(id: string, by: By): Promise<Job> {
    const at = this.#atWork(id)
    await at.note({ state: 'paused', note: `paused by ${by.who}` })
    at.pause()
    return this.#recorded(id, 'job.pause', by)
  }

  /** Goes on; failures so far are forgiven. Throws `Refusal` `job.state`. */
  async goOn(id: string, by: By): Promise<Job> {
    const row = await this.#row(id)
    if (row.state !== 'paused') throw new Refusal('conflict', 'job.state', 'this job is not paused')
    await this.#runners.get(id)?.running // devices that were still at work
    const places = await this.#places(id)
    const failed = places.filter(({ state }) => state === 'failed').length
    const rollout = JSON.parse(row.rolloutJson) as Rollout
    const { maxFailures } = rollout
    const more = maxFailures === undefined ? rollout : { ...rollout, maxFailures: maxFailures + failed }
    const change = { state: 'running' as const, note: null, rolloutJson: JSON.stringify(more) }
    await this.#parts.store.db.updateTable('job').set(change).where('id', '=', id).execute()
    await this.#run({ ...row, ...change })
    return this.#recorded(id, 'job.resume', by)
  }

  /** What it takes to begin this job, or to begin it again. Throws `Refusal` `job.unknown`, `job.kind`. */
  async needs(id: string): Promise<Permission> {
    return this.#kindOf(await this.#row(id)).needs
  }

  async cancel(id: string, by: By): Promise<Job> {
    const row = await this.#row(id)
    if (row.endedAt !== null) throw new Refusal('conflict', 'job.state', 'this job has ended')
    if (!this.#runners.has(id)) await this.#run({ ...row, state: 'cancelling' })
    const at = this.#runners.get(id)?.runner
    await at?.note({ state: 'cancelling', note: null })
    at?.cancel()
    return this.#recorded(id, 'job.cancel', by)
  }

  /** The failed devices again. Throws `Refusal` `job.state`, `job.empty`. */
  async retry(id: string, by: By): Promise<Job> {
    const { row, kind, spec } = await this.spec(id)
    if (row.endedAt === null) throw new Refusal('conflict', 'job.state', 'this job is not over yet')
    const rollout = JSON.parse(row.rolloutJson) as Rollout
    return this.start({ kind, spec, rollout, by, title: row.title, devices: await this.devicesOf(id, ['failed']) })
  }

  #kindOf({ kind: name }: JobRow): AnyJobKind {
    const kind = this.#kinds.get(name)
    if (!kind) throw new Refusal('conflict', 'job.kind', `jobs of the kind ${name} are not known here`)
    return kind
  }

  async #run(row: JobRow): Promise<void> {
    const kind = this.#kindOf(row)
    const { store, onError } = this.#parts
    const last = await store.db
      .selectFrom('jobLog')
      .select(({ fn }) => fn.max('sequence').as('last'))
      .where('jobId', '=', row.id)
      .executeTakeFirst()
    const parts = { ...this.#parts, onChange: (id: string) => this.#tellSoon(id) }
    const places = await this.#places(row.id)
    const sequence = Number(last?.last ?? 0)
    const runner = new Runner(parts, { kind, row, places, sequence, stop: this.#stop.signal })
    if (row.state === 'cancelling') runner.cancel()
    const running = runner
      .run()
      .catch(onError)
      .finally(() => {
        if (this.#runners.get(row.id)?.runner === runner) this.#runners.delete(row.id)
        if (!this.#stop.signal.aborted) this.#parts.publish(jobOf(runner.row, tallied(runner.places)))
      })
    this.#runners.set(row.id, { runner, running })
  }

  #atWork(id: string): Runner {
    const at = this.#runners.get(id)?.runner
    if (at?.row.state !== 'running') throw new Refusal('conflict', 'job.state', 'this job is not running')
    return at
  }

  async #recorded(id: string, action: string, by: By): Promise<Job> {
    await this.#parts.audit.record({ ...by, action, object: id, outcome: 'done', detail: {} })
    return this.get(id)
  }

  async #row(id: string): Promise<JobRow> {
    const row = await this.#parts.store.db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'job.unknown', 'there is no such job')
    return row
  }

  async #tallies(id: string): Promise<Tally[]> {
    const query = this.#parts.store.db.selectFrom('jobDevice').where('jobId', '=', id).groupBy(['wave', 'state'])
    const rows = await query.select(({ fn }) => ['wave', 'state', fn.countAll().as('count')]).execute()
    return rows.map((row) => ({ ...row, count: Number(row.count) }))
  }

  #places(id: string): Promise<Place[]> {
    const query = this.#parts.store.db
      .selectFrom('jobDevice')
      .select(['number', 'deviceId', 'deviceName', 'wave', 'state'])
    return query.where('jobId', '=', id).orderBy('number').execute()
  }

  /** Progress comes in bursts; one message covers many. */
  #tellSoon(id: string): void {
    if (this.#untold.has(id)) return
    this.#untold.add(id)
    const { clock, publish } = this.#parts
    clock.sleep(TELL_MS, { signal: this.#stop.signal }).then(
      () => {
        this.#untold.delete(id)
        const at = this.#runners.get(id)?.runner
        if (at) publish(jobOf(at.row, tallied(at.places)))
      },
      () => {}, // stopping: nobody listens any more
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#runners.values()].map(({ running }) => running))
  }
}
