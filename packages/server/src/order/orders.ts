// SPDX-License-Identifier: Apache-2.0
/**
 * Orders to devices, now: reboot. On record before it is sent, and done only when the device was seen to be back: its
 * uptime fell, or, where it tells none, it was gone and answers again. A restart of this server takes open orders up
 * where they were.
 *
 *   queued --device took it--> sent --> waiting --back--> done
 *      any --refused, or not back in time--> failed
 */
import { randomUUID } from 'node:crypto'
import type { Order } from '@openhmp/contract'
import { type Clock, HmpError, Refusal } from '@openhmp/protocol/base'
import type { Selectable } from 'kysely'
import type { Audit } from '../audit/audit.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

/** A device is given up when it is not back by then; large recorders take minutes. */
export const RETURN_MS = 10 * 60_000
/** How often its return is looked for. */
const POLL_MS = 700
const ANSWER_MS = 5000
/** A fall of uptime by less than this is a matter of rounding. */
const UPTIME_SLACK_MS = 2500

/** What an order needs of the device it goes to. */
export interface OrderTarget {
  readonly id: string
  readonly name: string
  /** Throws at once when the device cannot be rebooted by us. */
  canReboot(): void
  /** `key` is the same when it is sent again. */
  reboot(key: string, signal: AbortSignal): Promise<void>
  /** Seconds since its start; undefined when it does not tell. Rejects while it is away. */
  uptime(signal: AbortSignal): Promise<number | undefined>
  /** Its absence is expected from now on, or no longer. */
  expectAbsence(isExpected: boolean): void
}

/** What orders need. */
export interface OrderParts {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  publish(order: Order): void
  /** Undefined when it was removed. */
  target(device: string): OrderTarget | undefined
  onError(error: unknown): void
}

type Row = Selectable<Tables['command']>

const iso = (ms: number): string => new Date(ms).toISOString()

const orderOf = (row: Row): Order => ({
  id: row.id,
  device: row.deviceId as Order['device'],
  deviceName: row.deviceName,
  kind: row.kind,
  state: row.state,
  by: row.by,
  createdAt: iso(row.createdAt),
  endedAt: row.endedAt === null ? null : iso(row.endedAt),
  text: row.text,
})

/** Gives, follows and lists orders. Owns its waits until disposed; open orders stay open. */
export class Orders implements AsyncDisposable {
  readonly #parts: OrderParts
  readonly #stop = new AbortController()
  readonly #running = new Map<string, Promise<void>>()

  constructor(parts: OrderParts) {
    this.#parts = parts
  }

  /** Takes up what was open when the last run ended. */
  async resume(): Promise<void> {
    const rows = await this.#parts.store.db.selectFrom('command').selectAll().where('endedAt', 'is', null).execute()
    for (const row of rows) this.#start(row, { isResumed: true })
  }

  /** Orders a reboot; while one is open for the device, that one is given. */
  async reboot(target: OrderTarget, by: { who: string; source: string }): Promise<Order> {
    const { store, audit, clock } = this.#parts
    target.canReboot()
    const open = store.db
      .selectFrom('command')
      .selectAll()
      .where('deviceId', '=', target.id)
      .where('endedAt', 'is', null)
    const already = await open.executeTakeFirst()
    if (already) return orderOf(already)
    const row: Row = {
      id: randomUUID(),
      deviceId: target.id,
      deviceName: target.name,
      kind: 'reboot',
      state: 'queued',
      by: by.who,
      createdAt: clock.now(),
      sentAt: null,
      endedAt: null,
      text: null,
      uptimeBefore: null,
    }
    try {
      await store.db.insertInto('command').values(row).execute()
    } catch (error) {
      const other =
        error instanceof Refusal && error.code === 'store.exists' ? await open.executeTakeFirst() : undefined
      if (!other) throw error
      return orderOf(other)
    }
    await audit.record({
      ...by,
      action: 'device.reboot',
      object: target.id,
      outcome: 'done',
      detail: { order: row.id },
    })
    this.#start(row, { isResumed: false })
    this.#parts.publish(orderOf(row))
    return orderOf(row)
  }

  /** Newest first. */
  async list({ device, limit }: { device?: string | undefined; limit: number }): Promise<Order[]> {
    let query = this.#parts.store.db.selectFrom('command').selectAll().orderBy('createdAt', 'desc').limit(limit)
    if (device !== undefined) query = query.where('deviceId', '=', device)
    return (await query.execute()).map(orderOf)
  }

  /** The newest order for a device that was given since; undefined when there is none. */
  async since(device: string, fromMs: number): Promise<Order | undefined> {
    const row = await this.#parts.store.db
      .selectFrom('command')
      .selectAll()
      .where('deviceId', '=', device)
      .where('createdAt', '>=', fromMs)
      .orderBy('createdAt', 'desc')
      .executeTakeFirst()
    return row && orderOf(row)
  }

  /** Waits until an order has ended. Rejects when `signal` aborts: the order goes on. */
  async ended(id: string, signal: AbortSignal): Promise<Order> {
    const running = this.#running.get(id)
    if (running !== undefined) await orAborted(running, signal)
    const row = await this.#parts.store.db
      .selectFrom('command')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return orderOf(row)
  }

  #start(row: Row, how: { isResumed: boolean }): void {
    const running = this.#run(row, how)
      .catch((error: unknown) => this.#parts.onError(error))
      .finally(() => this.#running.delete(row.id))
    this.#running.set(row.id, running)
  }

  async #run(row: Row, { isResumed }: { isResumed: boolean }): Promise<void> {
    const { signal } = this.#stop
    const target = this.#parts.target(row.deviceId)
    if (!target) {
      await this.#end(row, 'failed', 'the device was removed')
      return
    }
    target.expectAbsence(true)
    try {
      if (row.state === 'queued' && isResumed && (await this.#mayHaveBeenSent(row, target)))
        row = await this.#note(row, { state: 'sent', sentAt: row.createdAt })
      if (row.state === 'queued') row = await this.#send(row, target)
      if (row.state === 'sent') row = await this.#note(row, { state: 'waiting' })
      const tookMs = await this.#awaitReturn(row, target)
      if (tookMs === undefined) await this.#end(row, 'failed', `not back after ${RETURN_MS / 60_000} minutes`)
      else await this.#end(row, 'done', `back after ${(tookMs / 1000).toFixed(0)} s`)
    } catch (error) {
      if (signal.aborted) return // stays open: the next run takes it up
      await this.#end(row, 'failed', error instanceof HmpError ? error.message : 'something went wrong on the server')
      if (!(error instanceof HmpError)) throw error
    } finally {
      target.expectAbsence(false)
    }
  }

  async #send(row: Row, target: OrderTarget): Promise<Row> {
    const { clock } = this.#parts
    const answer = () => AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS)])
    const uptime = await target.uptime(answer()).catch(() => undefined) // it may not tell; the reboot says whether it is there
    this.#stop.signal.throwIfAborted()
    await target.reboot(row.id, answer())
    return this.#note(row, { state: 'sent', sentAt: clock.now(), uptimeBefore: uptime ?? null })
  }

  /** How long it was away; undefined when it did not come back. */
  async #awaitReturn(row: Row, target: OrderTarget): Promise<number | undefined> {
    const { clock } = this.#parts
    const { signal } = this.#stop
    const sentAt = row.sentAt ?? row.createdAt
    let wasAway = false
    while (clock.now() - sentAt < RETURN_MS) {
      await clock.sleep(POLL_MS, { signal })
      try {
        const uptime = await target.uptime(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]))
        const passedMs = clock.now() - sentAt
        if (uptime === undefined ? wasAway : hasFallen(row.uptimeBefore, uptime, passedMs)) return passedMs
      } catch {
        signal.throwIfAborted()
        wasAway = true
      }
    }
    return undefined
  }

  /**
   * A queued order of an earlier run may have gone out right before that ended. A device that is away, or has started
   * since, had it: nobody is rebooted twice.
   */
  async #mayHaveBeenSent({ createdAt }: Row, target: OrderTarget): Promise<boolean> {
    try {
      const uptime = await target.uptime(AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS)]))
      return uptime !== undefined && uptime * 1000 < this.#parts.clock.now() - createdAt
    } catch {
      this.#stop.signal.throwIfAborted()
      return true
    }
  }

  async #end(row: Row, state: 'done' | 'failed', text: string): Promise<void> {
    const { audit, clock } = this.#parts
    await this.#note(row, { state, endedAt: clock.now(), text })
    const detail = { order: row.id, text }
    const deed = { who: row.by, source: 'order', action: `${row.kind}.result`, object: row.deviceId, detail }
    await audit.record({ ...deed, outcome: state })
  }

  async #note(row: Row, change: Partial<Row>): Promise<Row> {
    const changed = { ...row, ...change }
    await this.#parts.store.db.updateTable('command').set(change).where('id', '=', row.id).execute()
    this.#parts.publish(orderOf(changed))
    return changed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running.values())
  }
}

/** A device that has not restarted shows what it showed before, and the time that has passed since. */
const hasFallen = (before: number | null, nowS: number, passedMs: number): boolean =>
  before === null ? nowS * 1000 < passedMs : nowS * 1000 < before * 1000 + passedMs - UPTIME_SLACK_MS

const orAborted = (work: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    void work.then(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
