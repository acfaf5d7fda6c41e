// SPDX-License-Identifier: Apache-2.0
/** The rules: kept, held against each event as it is stored, and what they want told or done is written with it. */
import { randomUUID } from 'node:crypto'
import type { IsapiDoor } from '@openhmp/client'
import { Deed, type Delivery, type Event, MAX_RULES, type Moment, NewRule, type Rule } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { Compilable } from 'kysely'
import type { Store } from '../store/store.ts'
import type { ArmedSites } from './arming.ts'
import { type DeviceDeed, doAtDevice } from './device-deed.ts'
import { deliveryOf, toldBy } from './firings.ts'
import { isAbout, type Place } from './match.ts'
import { Groups, type Happening, Judge } from './memory.ts'
import { type DeliveryRow, Outbox } from './outbox.ts'
import { replay, type Trial } from './replay.ts'
import type { Targets } from './targets.ts'
import { writeFiring } from './write.ts'

const DAY_MS = 86_400_000
/** What may come after something needs what came shortly before, also over a restart. */
const WARM_EVENTS = 5000
const LONGEST_AFTER_MS = 3_600_000

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly targets: Targets
  readonly arming: ArmedSites
  placeOf(device: string): Place
  /** Throws `Refusal` when it is gone, or has no orders. */
  doorOf(device: string): IsapiDoor
  onError(error: unknown): void
}

/** All rules. Owns the outbox until disposed. */
export class Rules implements AsyncDisposable {
  readonly #parts: Parts
  readonly #held: Map<string, Rule>
  readonly #judge = new Judge()
  readonly #groups = new Groups()
  readonly #outbox: Outbox

  private constructor(parts: Parts, held: Map<string, Rule>) {
    this.#parts = parts
    this.#held = held
    const { store, clock, onError } = parts
    this.#outbox = new Outbox({
      ...{ store, clock, onError },
      send: (row, attempt, signal) => this.#send(row, attempt, signal),
    })
  }

  static async open(parts: Parts): Promise<Rules> {
    const rows = await parts.store.db.selectFrom('rule').selectAll().orderBy('createdAt').execute()
    const held = rows.map(({ id, ruleJson, createdAt, by }): [string, Rule] => {
      const rule = { ...NewRule.parse(JSON.parse(ruleJson)), id, createdAt: new Date(createdAt).toISOString(), by }
      return [id, rule]
    })
    return new Rules(parts, new Map(held))
  }

  /** Begins to send, and remembers what came shortly before this run: once devices are known. */
  begin(recent: readonly Event[]): void {
    const { placeOf } = this.#parts
    for (const event of recent.toReversed()) {
      const atMs = Date.parse(event.receivedAt)
      this.#judge.note({ event, moment: 'began', place: placeOf(event.device), atMs })
    }
    this.#outbox.start()
  }

  list(): Rule[] {
    return [...this.#held.values()]
  }

  /** Throws `Refusal` `rule.many`, `target.unknown`, or what the device says. */
  async add(wish: NewRule, by: string): Promise<Rule> {
    const { store, clock } = this.#parts
    if (this.#held.size >= MAX_RULES) throw new Refusal('exhausted', 'rule.many', `${MAX_RULES} rules are the most`)
    this.#check(wish)
    const id = randomUUID()
    const createdAt = clock.now()
    await store.db
      .insertInto('rule')
      .values({ id, ruleJson: JSON.stringify(wish), createdAt, by })
      .execute()
    const rule: Rule = { ...wish, id, createdAt: new Date(createdAt).toISOString(), by }
    this.#held.set(id, rule)
    return rule
  }

  /** Throws `Refusal` `rule.unknown`, `target.unknown`, or what the device says. */
  async change(id: string, wish: NewRule): Promise<Rule> {
    const before = this.#find(id)
    this.#check(wish)
    await this.#parts.store.db
      .updateTable('rule')
      .set({ ruleJson: JSON.stringify(wish) })
      .where('id', '=', id)
      .execute()
    const rule = { ...before, ...wish }
    this.#held.set(id, rule)
    return rule
  }

  /** Throws `Refusal` `rule.unknown`. */
  async remove(id: string): Promise<Rule> {
    const rule = this.#find(id)
    const { store } = this.#parts
    await store.write([
      store.db.deleteFrom('rule').where('id', '=', id),
      store.db.deleteFrom('delivery').where('ruleId', '=', id).where('state', '=', 'waiting'),
    ])
    this.#held.delete(id)
    return rule
  }

  /** Throws `Refusal` `target.used` while a rule tells it. */
  mustBeUnused(target: string): void {
    const names = this.list()
      .filter(({ deeds }) => deeds.some((deed) => deed.kind === 'tell' && deed.target === target))
      .map(({ name }) => name)
    if (names.length > 0) throw new Refusal('conflict', 'target.used', `rules tell it: ${names.slice(0, 5).join(', ')}`)
  }

  /** What is to be written together with an event: why rules fire, and what is to be told and done. */
  writesFor(event: Event, moment: Moment): Compilable[] {
    const { clock, placeOf, arming } = this.#parts
    if (this.#held.size === 0) return []
    const place = placeOf(event.device)
    const happening = { event, moment, place, isArmed: arming.isArmed(place.site), atMs: clock.now() }
    const writes: Compilable[] = []
    for (const rule of this.#held.values()) {
      if (!rule.isOn) continue
      writes.push(...this.#ask(rule, happening))
      if (moment !== 'began') this.#judge.ended(rule.id, rule.when, event)
    }
    this.#judge.note(happening)
    return writes
  }

  #ask(rule: Rule, happening: Happening): Compilable[] {
    const { store, targets } = this.#parts
    const { event, moment, place, atMs } = happening
    const reason = this.#judge.ask(rule, happening)
    const isState = (deed: Deed) => deed.kind === 'tell' && targets.find(deed.target)?.kind === 'mqtt'
    if (reason) {
      const group = rule.groupSeconds > 0 ? this.#groups.of(rule.id, rule.groupSeconds, atMs) : undefined
      return writeFiring({ store, targets }, { rule, deeds: rule.deeds, event, moment, atMs, reason, group })
    }
    // A state that is held somewhere must be right, whatever the rule says of moments, hours and repeats.
    const states = rule.deeds.filter(isState)
    if (states.length === 0 || !isAbout(rule.when, event, place)) return []
    const isNews = moment === 'began' ? this.#judge.wouldBegin(rule.when, happening) : true
    const none = { site: place.site, isArmed: null, after: null, heldDown: 0, notes: ['state'] }
    const firing = { rule, deeds: states, event, moment, atMs, reason: none, group: undefined }
    return isNews ? writeFiring({ store, targets }, firing) : []
  }

  /** What `writesFor` gave is stored: it is sent now. */
  stored(): void {
    this.#outbox.nudge()
  }

  /** What a rule would have done; nobody is told. */
  replay(trial: Trial, days: number) {
    const { store, clock, placeOf } = this.#parts
    return replay(store, trial, { fromMs: clock.now() - days * DAY_MS, placeOf })
  }

  async deliveries(query: {
    state?: Delivery['state'] | undefined
    rule?: string | undefined
    target?: string | undefined
    limit: number
  }): Promise<Delivery[]> {
    const { state, rule, target, limit } = query
    let select = this.#parts.store.db.selectFrom('delivery').selectAll().orderBy('createdAt', 'desc').limit(limit)
    if (state !== undefined) select = select.where('state', '=', state)
    if (rule !== undefined) select = select.where('ruleId', '=', rule)
    if (target !== undefined) select = select.where('targetId', '=', target)
    return (await select.execute()).map(deliveryOf)
  }

  /** Throws `Refusal` `delivery.unknown`, `delivery.sent`. */
  async retry(id: string): Promise<Delivery> {
    const { store, clock } = this.#parts
    const row = await store.db.selectFrom('delivery').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'delivery.unknown', 'there is no such message')
    if (row.state === 'sent') throw new Refusal('conflict', 'delivery.sent', 'it was taken already')
    const change = { state: 'waiting' as const, since: clock.now(), nextAt: clock.now(), endedAt: null }
    await store.db.updateTable('delivery').set(change).where('id', '=', id).execute()
    this.#outbox.nudge()
    return deliveryOf({ ...row, ...change })
  }

  /** All that was given up to be told, of one target or of all. What is to be done at devices is begun one by one. */
  async retryAll(target: string | undefined): Promise<number> {
    const { store, clock } = this.#parts
    const change = { state: 'waiting' as const, since: clock.now(), nextAt: clock.now(), endedAt: null }
    let update = store.db.updateTable('delivery').set(change).where('state', '=', 'dead').where('deedJson', 'is', null)
    if (target !== undefined) update = update.where('targetId', '=', target)
    const [result] = await store.write([update])
    this.#outbox.nudge()
    return result!.changes
  }

  /** All that was given up is done with, of one target or of all. */
  async drop(target: string | undefined): Promise<number> {
    const { store } = this.#parts
    let update = store.db.updateTable('delivery').set({ state: 'dropped' }).where('state', '=', 'dead')
    if (target !== undefined) update = update.where('targetId', '=', target)
    const [result] = await store.write([update])
    return result!.changes
  }

  #find(id: string): Rule {
    const rule = this.#held.get(id)
    if (!rule) throw new Refusal('not-found', 'rule.unknown', 'there is no such rule')
    return rule
  }

  #check({ deeds }: NewRule): void {
    const { targets, doorOf } = this.#parts
    for (const deed of deeds) {
      if (deed.kind === 'tell' && !targets.find(deed.target))
        throw new Refusal('not-found', 'target.unknown', 'there is no such target')
      if (deed.kind === 'output' || deed.kind === 'preset') doorOf(deed.device)
    }
  }

  #send(row: DeliveryRow, attempt: number, signal: AbortSignal): Promise<void> | undefined {
    const { targets } = this.#parts
    if (!this.#held.has(row.ruleId)) return undefined
    if (row.deedJson !== null) return this.#do(row, Deed.parse(JSON.parse(row.deedJson)) as DeviceDeed, signal)
    if (row.targetId === null || !targets.find(row.targetId)) return undefined
    return this.#tell(row, row.targetId, attempt, signal)
  }

  async #tell(row: DeliveryRow, target: string, attempt: number, signal: AbortSignal): Promise<void> {
    const { targets, store } = this.#parts
    const told = row.body === '' ? await toldBy(store, row) : []
    const rule = { id: row.ruleId, name: row.ruleName }
    const message = { id: row.id, attempt, rule, told, ...(row.body === '' ? {} : { body: row.body }) }
    await targets.send(target, message, signal)
  }

  async #do(row: DeliveryRow, deed: DeviceDeed, signal: AbortSignal): Promise<void> {
    const { store, doorOf, clock } = this.#parts
    await toldBy(store, row)
    await doAtDevice(deed, doorOf(deed.device), clock, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outbox[Symbol.asyncDispose]()
  }
}

/** What `begin` wants. */
export const recallWindow = (nowMs: number) => ({ fromMs: nowMs - LONGEST_AFTER_MS, limit: WARM_EVENTS })
