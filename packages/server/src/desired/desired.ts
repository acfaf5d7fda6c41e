// SPDX-License-Identifier: Apache-2.0
/** The kept file of the desired state, and the jobs that compare devices with it and change them. */
import type { Desired as DesiredFile, DeviceId, DriftedDevice, Job, Rollout, SettingProblem } from '@openhmp/contract'
import { type Clock, HmpError, Refusal } from '@openhmp/protocol/base'
import type { Fleet } from '../fleet/fleet.ts'
import type { By, Jobs } from '../job/jobs.ts'
import type { Store } from '../store/store.ts'
import { catalogue } from './catalogue.ts'
import { describedOf } from './described.ts'
import { mustReadDesired, readDesired } from './document.ts'
import { Drift } from './drift.ts'
import { readDevice, writeDesired } from './export.ts'
import { applyKind, type DesiredSpec, planKind, undoKind } from './kinds.ts'
import { wantedOf } from './wanted.ts'

const SETTING = 'desired'
const EXPORT_MS = 30_000
/** Plans ask much and change nothing: many at a time. */
const PLAN_CONCURRENCY = 32

interface Parts {
  readonly store: Store
  readonly fleet: Fleet
  readonly jobs: Jobs
  readonly clock: Clock
  /** A job has changed a device's settings. */
  onChanged(device: string): void
}

/** What may be asked about. */
export interface Asked {
  readonly text?: string | undefined
  readonly devices?: readonly string[] | undefined
}

/** The desired state. */
export class Desired {
  readonly #parts: Parts
  readonly drift: Drift

  constructor(parts: Parts) {
    this.#parts = parts
    this.drift = new Drift({ clock: parts.clock, file: () => this.file() })
    const { jobs } = parts
    const onChanged = (device: string) => {
      this.drift.forget(device)
      parts.onChanged(device)
    }
    jobs.register(planKind)
    jobs.register(applyKind(onChanged))
    jobs.register(undoKind((job, device) => jobs.memo(job, device), onChanged))
  }

  /** The kept file. */
  async file(): Promise<DesiredFile> {
    const { db } = this.#parts.store
    const row = await db.selectFrom('setting').select('value').where('key', '=', SETTING).executeTakeFirst()
    return row ? (JSON.parse(row.value) as DesiredFile) : { text: '', updatedAt: null, by: null }
  }

  /** Keeps another one. Throws `Refusal` `desired.file`. */
  async keep(text: string, by: By): Promise<DesiredFile> {
    mustReadDesired(text, catalogue)
    const { clock, store } = this.#parts
    const file = { text, updatedAt: new Date(clock.now()).toISOString(), by: by.who }
    const value = JSON.stringify(file)
    await store.db
      .insertInto('setting')
      .values({ key: SETTING, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute()
    return file
  }

  /** Faults, and how many devices each rule means. */
  check(text: string) {
    const { rules, faults } = readDesired(text, catalogue)
    const devices = this.#matched()
    return {
      faults: [...faults],
      rules: rules.map((rule) => ({
        name: rule.name,
        devices: devices.filter((device) => wantedOf([rule], device).size > 0).length,
      })),
    }
  }

  /** Compares. Throws `Refusal` `desired.file`, `job.*`. */
  async plan({ text, devices }: Asked, by: By): Promise<Job> {
    const spec: DesiredSpec = { text: text ?? (await this.file()).text }
    const rules = mustReadDesired(spec.text, catalogue)
    const chosen = devices && new Set(devices)
    const meant = this.#matched()
      .filter(({ id }) => chosen === undefined || chosen.has(id))
      .filter((device) => wantedOf(rules, device).size > 0)
    const rollout = { concurrency: PLAN_CONCURRENCY }
    return this.#parts.jobs.start({
      kind: 'plan',
      title: 'Compare with the desired state',
      spec,
      devices: meant,
      rollout,
      by,
    })
  }

  /** Changes what a plan found different. Throws `Refusal` `plan.*`, `job.*`. */
  async apply(plan: string, rollout: Rollout | undefined, by: By): Promise<Job> {
    const { jobs } = this.#parts
    const { kind, spec, row } = await jobs.spec(plan)
    if (kind !== 'plan') throw new Refusal('invalid', 'plan.other', 'this job is no plan')
    if (row.endedAt === null) throw new Refusal('conflict', 'plan.running', 'the plan is not ready yet')
    const devices = await jobs.differing(plan)
    if (devices.length === 0) throw new Refusal('conflict', 'plan.same', 'nothing differs: there is nothing to do')
    return jobs.start({ kind: 'apply', title: 'Apply the desired state', spec, devices, rollout, by })
  }

  /** Gives back what an apply job changed. Throws `Refusal` `undo.other`, `job.*`. */
  async undo(id: string, by: By): Promise<Job> {
    const { jobs } = this.#parts
    const { kind, row } = await jobs.spec(id)
    if (kind !== 'apply' && kind !== 'undo') throw new Refusal('invalid', 'undo.other', 'this job changed no settings')
    if (row.endedAt === null && row.state !== 'paused')
      throw new Refusal('conflict', 'job.state', 'this job is still at work')
    const devices = await jobs.devicesOf(id, ['done', 'failed', 'cancelled'])
    return jobs.start({ kind: 'undo', title: `Undo: ${row.title}`, spec: { job: id }, devices, by })
  }

  /** What devices are today, as a file. What a device would not tell is a problem, not a failure. */
  async export(ids: readonly string[]) {
    const { fleet, clock } = this.#parts
    const problems: (SettingProblem & { device: DeviceId })[] = []
    const told = await Promise.all(
      ids.map(async (id) => {
        const { name, information } = fleet.known(id)
        const device = id as DeviceId
        const described = describedOf({ information })
        try {
          const signal = AbortSignal.timeout(EXPORT_MS)
          const found = await readDevice(fleet.door(id), described, { catalogue, signal })
          problems.push(...found.problems.map((one) => ({ ...one, device })))
          return { id, name, settings: found.settings }
        } catch (error) {
          if (!(error instanceof HmpError)) throw error
          problems.push({ device, section: '', channel: null, code: error.code, text: error.message })
          return { id, name, settings: new Map() }
        }
      }),
    )
    const text = writeDesired(
      told.filter(({ settings }) => settings.size > 0),
      `As found on ${new Date(clock.now()).toISOString()}`,
    )
    return { text, problems }
  }

  /** Devices that were not as the kept file says when they were last looked at. */
  drifted(): DriftedDevice[] {
    return this.#parts.fleet.list().flatMap(({ id: device, name: deviceName }) => {
      const { plan, checkedMs = 0 } = this.drift.found.get(device) ?? {}
      if (!plan || plan.differences.length === 0) return []
      return [{ device, deviceName, checkedAt: new Date(checkedMs).toISOString(), plan }]
    })
  }

  #matched() {
    return this.#parts.fleet
      .list()
      .filter(({ kind }) => kind !== 'rtsp')
      .map(({ id, name, model, site, tags }) => ({ id, name, model, site, tags }))
  }
}
