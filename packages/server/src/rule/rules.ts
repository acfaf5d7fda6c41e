// SPDX-License-Identifier: Apache-2.0
/** The rules: kept, held against each event as it is stored, and tried on those of the past. */
import { randomBytes, randomUUID } from 'node:crypto'
import { type Delivery, type Event, MAX_RULES, NewRule, type Rule, type When } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import { type Compilable, sql } from 'kysely'
import { listEvents } from '../event/search.ts'
import { checkHost } from '../fleet/address.ts'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import { HoldDown, isMeant, type Moment, type Place } from './match.ts'
import { type DeliveryRow, Outbox } from './outbox.ts'
import { sendWebhook } from './webhook.ts'

/** Events of the past that a rule is tried on. */
const MAX_REPLAYED = 20_000
const SHOWN = 50
const PAGE = 500

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly sealer: Sealer
  readonly allowLoopback: boolean
  placeOf(device: string): Place
  onError(error: unknown): void
}

interface Held {
  readonly rule: Rule
  readonly secret: Secret
}

const placeOfSecret = (id: string) => ({ table: 'rule', row: id, field: 'secret' })

/** All rules. Owns the outbox until disposed. */
export class Rules implements AsyncDisposable {
  readonly #parts: Parts
  readonly #held: Map<string, Held>
  readonly #holdDown = new HoldDown()
  readonly #outbox: Outbox

  private constructor(parts: Parts, held: Map<string, Held>) {
    this.#parts = parts
    this.#held = held
    const { store, clock, onError } = parts
    this.#outbox = new Outbox({
      store,
      clock,
      onError,
      send: (row, attempt, signal) => this.#send(row, attempt, signal),
    })
  }

  static async open(parts: Parts): Promise<Rules> {
    const rows = await parts.store.db.selectFrom('rule').selectAll().orderBy('createdAt').execute()
    const held = rows.map(({ id, ruleJson, secret, createdAt, by }): [string, Held] => {
      const rule = { ...NewRule.parse(JSON.parse(ruleJson)), id, createdAt: new Date(createdAt).toISOString(), by }
      return [id, { rule, secret: parts.sealer.open(secret, placeOfSecret(id)) }]
    })
    return new Rules(parts, new Map(held))
  }

  list(): Rule[] {
    return [...this.#held.values()].map(({ rule }) => rule)
  }

  /** Throws `Refusal` `rule.many`, `address.forbidden`. */
  async add(wish: NewRule, by: string): Promise<{ rule: Rule; secret: string }> {
    const { store, clock, sealer } = this.#parts
    if (this.#held.size >= MAX_RULES) throw new Refusal('exhausted', 'rule.many', `${MAX_RULES} rules are the most`)
    await this.#check(wish)
    const id = randomUUID()
    const secret = new Secret(randomBytes(24).toString('base64url'))
    const rule: Rule = { ...wish, id, createdAt: new Date(clock.now()).toISOString(), by }
    const sealed = sealer.seal(secret, placeOfSecret(id))
    const row = { id, ruleJson: JSON.stringify(wish), secret: sealed, createdAt: clock.now(), by }
    await store.db.insertInto('rule').values(row).execute()
    this.#held.set(id, { rule, secret })
    return { rule, secret: secret.reveal() }
  }

  /** Throws `Refusal` `rule.unknown`, `address.forbidden`. */
  async change(id: string, wish: NewRule): Promise<Rule> {
    const { rule: before, secret } = this.#find(id)
    await this.#check(wish)
    await this.#parts.store.db
      .updateTable('rule')
      .set({ ruleJson: JSON.stringify(wish) })
      .where('id', '=', id)
      .execute()
    const rule = { ...before, ...wish }
    this.#held.set(id, { rule, secret })
    return rule
  }

  /** Throws `Refusal` `rule.unknown`. */
  async remove(id: string): Promise<Rule> {
    const { rule } = this.#find(id)
    const { store } = this.#parts
    await store.write([
      store.db.deleteFrom('rule').where('id', '=', id),
      store.db.deleteFrom('delivery').where('ruleId', '=', id).where('state', '=', 'waiting'),
    ])
    this.#held.delete(id)
    return rule
  }

  /** What is to be written together with an event: who is to be told of it. */
  writesFor(event: Event, moment: Moment): Compilable[] {
    const { store, clock, placeOf } = this.#parts
    if (this.#held.size === 0) return []
    const nowMs = clock.now()
    const place = placeOf(event.device)
    const fired = this.list().filter(
      ({ id, isOn, when, holdDownSeconds }) =>
        isOn &&
        isMeant(when, event, place, moment, nowMs) &&
        this.#holdDown.pass(id, event, moment, holdDownSeconds, nowMs),
    )
    return fired.map(({ id: ruleId, name, tell: { url } }) => {
      const id = randomUUID()
      const body = JSON.stringify({ id, rule: { id: ruleId, name }, moment, event })
      // Only with the event: one that was there before is not told a second time.
      const insert = sql`insert into "delivery" ("id", "ruleId", "ruleName", "eventId", "target", "state", "body", "attempts",
          "createdAt", "since", "nextAt", "endedAt", "text")
        select ${id}, ${ruleId}, ${name}, ${event.id}, ${new URL(url).host}, 'waiting', ${body}, 0,
          ${nowMs}, ${nowMs}, ${nowMs}, null, null where exists (select 1 from "event" where "id" = ${event.id})`
      return { compile: () => insert.compile(store.db) }
    })
  }

  /** What `writesFor` gave is stored: it is sent now. */
  stored(): void {
    this.#outbox.nudge()
  }

  /** A made-up event, now. Throws `Refusal` `rule.unknown`. */
  async try(id: string): Promise<{ isTaken: boolean; text: string }> {
    const { rule, secret } = this.#find(id)
    const { clock, allowLoopback } = this.#parts
    const delivery = randomUUID()
    const body = JSON.stringify({ id: delivery, rule: { id, name: rule.name }, moment: 'test', event: null })
    const message = { id: delivery, attempt: 1, url: rule.tell.url, secret: secret.reveal(), body }
    try {
      const signal = AbortSignal.timeout(15_000)
      await sendWebhook(message, { nowMs: clock.now(), allowLoopback, signal })
      return { isTaken: true, text: 'the receiver has taken it' }
    } catch (error) {
      return { isTaken: false, text: error instanceof Error ? error.message : String(error) }
    }
  }

  /** What a rule would have done; nobody is told. */
  async replay(when: When, holdDownSeconds: number, days: number) {
    const { store, clock, placeOf } = this.#parts
    const holdDown = new HoldDown()
    const filter = {
      fromMs: clock.now() - days * 86_400_000,
      ...(when.kinds.length > 0 ? { kinds: when.kinds } : {}),
      ...(when.devices.length > 0 ? { devices: when.devices } : {}),
    }
    const past: Event[] = []
    let before: string | undefined
    do {
      const page = await listEvents(store, { ...filter, before, limit: PAGE })
      past.push(...page.events)
      before = page.next ?? undefined
    } while (before !== undefined && past.length < MAX_REPLAYED)
    const fired = past.reverse().flatMap((event) =>
      when.moments.flatMap((moment) => {
        const at = moment === 'began' ? event.receivedAt : event.endedAt
        if (at === null) return []
        const atMs = Date.parse(at)
        const isFired =
          isMeant(when, event, placeOf(event.device), moment, atMs) &&
          holdDown.pass('replay', event, moment, holdDownSeconds, atMs)
        return isFired ? [event] : []
      }),
    )
    const events = fired.slice(-SHOWN).reverse()
    return {
      ...{ fired: fired.length, looked: past.length, isAll: before === undefined },
      events: events.map(({ id, time, kind, deviceName }) => ({ id, time, kind, deviceName })),
    }
  }

  async deliveries(query: {
    state?: Delivery['state'] | undefined
    rule?: string | undefined
    limit: number
  }): Promise<Delivery[]> {
    let select = this.#parts.store.db.selectFrom('delivery').selectAll().orderBy('createdAt', 'desc').limit(query.limit)
    if (query.state !== undefined) select = select.where('state', '=', query.state)
    if (query.rule !== undefined) select = select.where('ruleId', '=', query.rule)
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

  #find(id: string): Held {
    const held = this.#held.get(id)
    if (!held) throw new Refusal('not-found', 'rule.unknown', 'there is no such rule')
    return held
  }

  async #check({ tell: { url } }: NewRule): Promise<void> {
    const { hostname, username, password } = new URL(url)
    if (username !== '' || password !== '')
      throw new Refusal(
        'invalid',
        'rule.url',
        'an address with an account in it is not kept: the signature says who sends',
      )
    await checkHost(hostname.replace(/^\[|\]$/g, ''), { allowLoopback: this.#parts.allowLoopback })
  }

  #send(row: DeliveryRow, attempt: number, signal: AbortSignal): Promise<void> | undefined {
    const held = this.#held.get(row.ruleId)
    if (!held) return undefined
    const { clock, allowLoopback } = this.#parts
    const message = { id: row.id, attempt, url: held.rule.tell.url, secret: held.secret.reveal(), body: row.body }
    return sendWebhook(message, { nowMs: clock.now(), allowLoopback, signal })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outbox[Symbol.asyncDispose]()
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

const deliveryOf = (row: DeliveryRow): Delivery => ({
  id: row.id,
  rule: row.ruleId,
  ruleName: row.ruleName,
  event: row.eventId,
  target: row.target,
  state: row.state,
  attempts: row.attempts,
  createdAt: iso(row.createdAt),
  nextAt: row.nextAt === null ? null : iso(row.nextAt),
  endedAt: row.endedAt === null ? null : iso(row.endedAt),
  text: row.text,
})
