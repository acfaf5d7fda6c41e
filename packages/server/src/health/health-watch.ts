// SPDX-License-Identifier: Apache-2.0
/**
 * Looks at every device now and then: when it is new or back, and every few minutes. A bounded number at a time, so that a
 * fleet of thousands costs no more than it must.
 */
import { type HealthReading, readHealth } from '@openhmp/client'
import { Health, type HealthIssue, type HealthSummary } from '@openhmp/contract'
import { type Clock, HmpError } from '@openhmp/protocol/base'
import { passwordWeakness } from '@openhmp/protocol/isapi'
import type { Fleet, Reachable } from '../fleet/fleet.ts'
import type { Store } from '../store/store.ts'
import { issuesOf } from './issues.ts'

/** Devices that are looked at together. */
export const MAX_LOOKS = 16
/** From one look at a device to the next. */
export const LOOK_MS = 5 * 60_000
/** After a look that failed. */
const AGAIN_MS = 60_000
const TURN_MS = 500
const ANSWER_MS = 15_000

interface Parts {
  readonly store: Store
  readonly fleet: Fleet
  readonly clock: Clock
  /** 0..1: spreads the looks of a fleet that was started at once. */
  random(): number
  /** What is not as it should be beyond the device's own health. */
  issuesOf(one: Reachable, signal: AbortSignal): Promise<readonly HealthIssue[]>
  onError(error: unknown): void
}

/** Runs until disposed. */
export class HealthWatch implements AsyncDisposable {
  readonly #parts: Parts
  readonly #stop = new AbortController()
  readonly #dueMs = new Map<string, number>()
  readonly #looking = new Map<string, Promise<void>>()
  readonly #running: Promise<void>

  private constructor(parts: Parts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  /** Takes up what earlier runs learnt, and begins. */
  static async open(parts: Parts): Promise<HealthWatch> {
    const rows = await parts.store.db.selectFrom('health').selectAll().execute()
    for (const { deviceId, healthJson } of rows) {
      const health = Health.safeParse(JSON.parse(healthJson)).data
      if (health) parts.fleet.noteHealth(deviceId, summaryOf(health))
    }
    return new HealthWatch(parts)
  }

  /** The last look at a device; null before the first. */
  async last(device: string): Promise<Health | null> {
    const { db } = this.#parts.store
    const row = await db.selectFrom('health').select('healthJson').where('deviceId', '=', device).executeTakeFirst()
    return row ? (Health.safeParse(JSON.parse(row.healthJson)).data ?? null) : null
  }

  /** Looks now. Throws `Refusal`; rejects with what keeps the device from telling. */
  async look(device: string): Promise<Health> {
    const { fleet } = this.#parts
    return this.#ask({ known: fleet.known(device), door: fleet.door(device) })
  }

  /** A device was changed: it is looked at as soon as there is room. */
  soon(device: string): void {
    this.#dueMs.delete(device)
  }

  async #run(): Promise<void> {
    const { fleet, clock, onError } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      const nowMs = clock.monotonic()
      const there = new Set<string>()
      for (const one of fleet.reachable()) {
        const { id } = one.known
        there.add(id)
        if (this.#looking.size >= MAX_LOOKS || this.#looking.has(id) || (this.#dueMs.get(id) ?? 0) > nowMs) continue
        const look = this.#lookAt(one)
          .catch(onError)
          .finally(() => this.#looking.delete(id))
        this.#looking.set(id, look)
      }
      // Who is gone is looked at as soon as it is back.
      for (const id of this.#dueMs.keys()) if (!there.has(id)) this.#dueMs.delete(id)
      const wait = this.#looking.size >= MAX_LOOKS ? Promise.race(this.#looking.values()) : undefined
      await (wait ?? clock.sleep(TURN_MS, { signal }).catch(() => {})) // aborted: the loop ends
    }
    await Promise.all(this.#looking.values())
  }

  async #lookAt(one: Reachable): Promise<void> {
    const { clock, random } = this.#parts
    const next = (ms: number) => this.#dueMs.set(one.known.id, clock.monotonic() + ms * (0.9 + random() / 5))
    try {
      await this.#ask(one)
      next(LOOK_MS)
    } catch (error) {
      next(AGAIN_MS)
      // Whether it is there is its state's business.
      if (!(error instanceof HmpError) && !this.#stop.signal.aborted && !isTimeout(error)) throw error
    }
  }

  async #ask({ known, door }: Reachable): Promise<Health> {
    const { clock, fleet, store } = this.#parts
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS)])
    const reading = await readHealth(door, { clock, signal })
    const { model = '', firmwareVersion = '' } = known.information ?? {}
    const isPasswordShared = fleet.sharingPassword.has(known.id)
    const { kind, secret, userName } = known
    const weakness = kind === 'isapi' && secret ? passwordWeakness(secret.reveal(), userName ?? '') : undefined
    const more = await this.#parts.issuesOf({ known, door }, signal)
    const nowMs = clock.now()
    const health: Health = {
      checkedAt: new Date(nowMs).toISOString(),
      issues: [...issuesOf(reading, { model, firmwareVersion, isPasswordShared, passwordWeakness: weakness }), ...more],
      ...factsOf(reading),
    }
    const row = { checkedAt: nowMs, healthJson: JSON.stringify(health) }
    await store.db
      .insertInto('health')
      .values({ deviceId: known.id, ...row })
      .onConflict((conflict) => conflict.column('deviceId').doUpdateSet(row))
      .execute()
    fleet.noteHealth(known.id, summaryOf(health))
    return health
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'

const factsOf = (reading: HealthReading): Omit<Health, 'checkedAt' | 'issues'> => ({
  uptimeSeconds: reading.uptimeSeconds ?? null,
  clockOffsetMs: reading.clock?.offsetMs ?? null,
  clockMode: reading.clock?.mode ?? null,
  cpuPercent: reading.cpuPercent ?? null,
  temperatureCelsius: reading.temperatureCelsius ?? null,
  disks: reading.disks.map(({ name, state, isGood, capacityMb = null, freeMb = null }) => ({
    ...{ name, state, isGood },
    ...{ capacityMb, freeMb },
  })),
  unlinkedEvents: reading.unlinkedEvents ? [...reading.unlinkedEvents] : null,
})

const summaryOf = ({ checkedAt, uptimeSeconds, clockOffsetMs, issues }: Health): HealthSummary => ({
  checkedAt,
  uptimeSeconds,
  clockOffsetMs,
  issues,
})
