// SPDX-License-Identifier: Apache-2.0
/** Whom rules tell: kept in one table, their secrets sealed, each with its sender. */
import { randomBytes, randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { MAX_TARGETS, type NewTarget, type NotifyTarget, Way, type WayKind } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import { checkHost, type ReachOptions } from '../fleet/reach.ts'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'
import { mailSender } from './mail.ts'
import type { Message, Sender } from './message.ts'
import { MqttLink, type SensorBook } from './mqtt.ts'
import { sensorBookOf } from './sensor-book.ts'
import type { Subscriptions } from './subscriptions.ts'
import { loadVapid, type VapidKeys } from './vapid.ts'
import { pushSender } from './web-push.ts'
import { webhookSender } from './webhook.ts'

/** What targets need of the rest. */
export interface TargetParts extends ReachOptions {
  readonly store: Store
  readonly clock: Clock
  readonly sealer: Sealer
  readonly subscriptions: Subscriptions
  /** Tells this server from others at a broker. */
  readonly instance: string
  /** The picture of an event, once it is there or known not to come. */
  pictureOf(event: string): Promise<Uint8Array | undefined>
  readonly describe: SensorBook['describe']
  onError(error: unknown): void
}

interface Held {
  readonly id: string
  readonly name: string
  readonly way: Way
  readonly secret: Secret | undefined
  readonly createdAt: number
  readonly by: string
  readonly sender: Sender
}

const TEST_MS = 15_000

/** Named after the table where the keys of webhooks stood first: so they open still. */
/** Where a target's secret is sealed: under the name of what was there before targets. */
export const targetSecretPlace = (id: string) => ({ table: 'rule', row: id, field: 'secret' })

/** All targets. Owns their connections until disposed. */
export class Targets implements AsyncDisposable {
  readonly #parts: TargetParts
  readonly #held = new Map<string, Held>()
  #vapid: Promise<VapidKeys> | undefined
  #hasBegun = false

  private constructor(parts: TargetParts) {
    this.#parts = parts
  }

  static async open(parts: TargetParts): Promise<Targets> {
    const targets = new Targets(parts)
    const rows = await parts.store.db.selectFrom('target').selectAll().orderBy('createdAt').execute()
    for (const { id, name, wayJson, secret: sealed, createdAt, by } of rows) {
      const secret = sealed === null ? undefined : parts.sealer.open(sealed, targetSecretPlace(id))
      targets.#hold({ id, name, way: Way.parse(JSON.parse(wayJson)), secret, createdAt, by })
    }
    return targets
  }

  /** Connections are made from now on: devices are known. */
  begin(): void {
    this.#hasBegun = true
    for (const { sender } of this.#held.values()) sender.begin?.()
  }

  async list(): Promise<NotifyTarget[]> {
    const states = await this.#states()
    return [...this.#held.values()].map((held) => this.#shown(held, states.get(held.id)))
  }

  /** How a target is reached, and what it is called; undefined when it is gone. */
  find(id: string): { readonly name: string; readonly kind: WayKind } | undefined {
    const held = this.#held.get(id)
    return held && { name: held.name, kind: held.way.kind }
  }

  /** The key is shown this once. Throws `Refusal` `target.many`, `target.url`, `address.forbidden`. */
  async add(wish: NewTarget, by: string): Promise<{ target: NotifyTarget; secret: string | null }> {
    const { store, clock } = this.#parts
    if (this.#held.size >= MAX_TARGETS)
      throw new Refusal('exhausted', 'target.many', `${MAX_TARGETS} targets are the most`)
    await this.#check(wish.way)
    const id = randomUUID()
    const isWebhook = wish.way.kind === 'webhook'
    const secret = isWebhook && !wish.password ? new Secret(randomBytes(24).toString('base64url')) : secretOf(wish)
    const row = { id, name: wish.name, createdAt: clock.now(), by }
    const stored = { ...row, wayJson: JSON.stringify(wish.way), secret: this.#seal(id, secret) }
    await store.db.insertInto('target').values(stored).execute()
    const held = this.#hold({ ...row, way: wish.way, secret })
    return { target: this.#shown(held), secret: isWebhook ? secret!.reveal() : null }
  }

  /**
   * A password goes to the host that it was typed for: with another one it must be given again. Throws `Refusal`
   * `target.unknown`, `target.kind`, `target.password`, `target.url`, `address.forbidden`.
   */
  async change(id: string, wish: NewTarget): Promise<NotifyTarget> {
    const before = this.#find(id)
    if (before.way.kind !== wish.way.kind)
      throw new Refusal('invalid', 'target.kind', 'a target stays of its kind: make another one')
    await this.#check(wish.way)
    const isElsewhere = before.way.kind !== 'webhook' && hostOf(before.way) !== hostOf(wish.way)
    if (wish.password === undefined && before.secret && isElsewhere)
      throw new Refusal('invalid', 'target.password', 'the host is another one: type the password again')
    const secret = wish.password === undefined ? before.secret : (secretOf(wish) ?? keyOf(before))
    const change = { name: wish.name, wayJson: JSON.stringify(wish.way), secret: this.#seal(id, secret) }
    await this.#parts.store.db.updateTable('target').set(change).where('id', '=', id).execute()
    await before.sender[Symbol.asyncDispose]()
    const held = this.#hold({ ...before, name: wish.name, way: wish.way, secret })
    return this.#shown(held, (await this.#states()).get(id))
  }

  /** What is still to be told there is dropped. Throws `Refusal` `target.unknown`. */
  async remove(id: string): Promise<string> {
    const { store, onError } = this.#parts
    const { sender, name } = this.#find(id)
    this.#held.delete(id)
    await sender.clear?.().catch(onError)
    await sender[Symbol.asyncDispose]()
    await store.write([
      store.db.deleteFrom('target').where('id', '=', id),
      store.db.deleteFrom('delivery').where('targetId', '=', id).where('state', '<>', 'sent'),
    ])
    return name
  }

  /** Now, and nothing is kept of it. Throws `Refusal` `target.unknown`. */
  async test(id: string): Promise<{ isTaken: boolean; text: string }> {
    const { name, sender } = this.#find(id)
    const message = { id: randomUUID(), attempt: 1, rule: { id, name }, told: [] }
    try {
      await sender.send(message, AbortSignal.timeout(TEST_MS))
      return { isTaken: true, text: 'the receiver has taken it' }
    } catch (error) {
      return { isTaken: false, text: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Undefined when the target is gone. */
  send(id: string, message: Message, signal: AbortSignal): Promise<void> | undefined {
    return this.#held.get(id)?.sender.send(message, signal)
  }

  /** The public half of the key that browsers subscribe with. */
  async pushKey(): Promise<string> {
    return (await this.#vapidKeys()).publicKey
  }

  #vapidKeys(): Promise<VapidKeys> {
    this.#vapid ??= loadVapid(this.#parts.store, this.#parts.sealer)
    return this.#vapid
  }

  #find(id: string): Held {
    const held = this.#held.get(id)
    if (!held) throw new Refusal('not-found', 'target.unknown', 'there is no such target')
    return held
  }

  #hold(target: Omit<Held, 'sender'>): Held {
    const held = { ...target, sender: this.#senderOf(target) }
    this.#held.set(target.id, held)
    if (this.#hasBegun) held.sender.begin?.()
    return held
  }

  #senderOf({ id, way, secret }: Omit<Held, 'sender'>): Sender {
    const { store, clock, subscriptions, instance, pictureOf, describe, onError } = this.#parts
    switch (way.kind) {
      case 'webhook':
        return webhookSender(way.url, { key: secret ?? new Secret(''), clock, reach: this.#parts })
      case 'email':
        return mailSender(way, { password: secret, pictureOf, reach: this.#atHome })
      case 'push':
        return pushSender({ subscriptions, reach: this.#parts, vapid: () => this.#vapidKeys() })
      case 'mqtt': {
        const clientId = `openhmp-${instance}-${id.slice(0, 8)}`
        const sensors = sensorBookOf(store, id, describe)
        return new MqttLink(way, { clientId, password: secret, sensors, reach: this.#atHome, onError })
      }
    }
  }

  /** On this machine, too: what answers must speak SMTP or MQTT before anything of ours is sent. */
  get #atHome(): ReachOptions {
    return { ...this.#parts, allowLoopback: true }
  }

  #seal(id: string, secret: Secret | undefined): string | null {
    return secret === undefined ? null : this.#parts.sealer.seal(secret, targetSecretPlace(id))
  }

  async #check(way: Way): Promise<void> {
    if ('host' in way && isIP(way.host) !== 0) await checkHost(way.host, this.#atHome, way.port)
    if (way.kind !== 'webhook') return
    const { hostname, username, password, port, protocol } = new URL(way.url)
    if (username !== '' || password !== '') {
      const text = 'an address with an account in it is not kept: the signature says who sends'
      throw new Refusal('invalid', 'target.url', text)
    }
    const at = Number(port) || (protocol === 'https:' ? 443 : 80)
    await checkHost(hostname.replace(/^\[|\]$/g, ''), this.#parts, at)
  }

  async #states(): Promise<Map<string, Partial<NotifyTarget>>> {
    const { db } = this.#parts.store
    const counts = await db
      .selectFrom('delivery')
      .select(({ fn }) => ['targetId', 'state', fn.countAll<number>().as('count'), fn.max('endedAt').as('last')])
      .where('targetId', 'is not', null)
      .groupBy(['targetId', 'state'])
      .execute()
    const states = new Map<string, Partial<NotifyTarget>>()
    for (const { targetId, state, count, last } of counts) {
      const before = states.get(targetId!) ?? {}
      if (state === 'sent' && last != null) before.lastSentAt = new Date(last).toISOString()
      if (state === 'waiting' || state === 'dead') before[state] = Number(count)
      states.set(targetId!, before)
    }
    for (const [id, state] of states) if (state.waiting || state.dead) state.problem = await this.#problemOf(id)
    return states
  }

  async #problemOf(id: string): Promise<string | null> {
    const query = this.#parts.store.db.selectFrom('delivery').select('text').where('targetId', '=', id)
    const open = query.where('state', 'in', ['waiting', 'dead']).where('text', 'is not', null)
    return (await open.orderBy('state', 'desc').limit(1).executeTakeFirst())?.text ?? null
  }

  #shown({ id, name, way, secret, createdAt, by }: Held, state: Partial<NotifyTarget> = {}): NotifyTarget {
    return {
      ...{ id, name, way, hasPassword: secret !== undefined, createdAt: new Date(createdAt).toISOString(), by },
      ...{ lastSentAt: null, waiting: 0, dead: 0, problem: null, ...state },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#held.values()].map(({ sender }) => sender[Symbol.asyncDispose]()))
  }
}

/** Undefined when it is empty: there is none. */
const secretOf = ({ password }: NewTarget): Secret | undefined => (password ? new Secret(password) : undefined)

/** A webhook is never without one. */
const keyOf = ({ way, secret }: Held): Secret | undefined => (way.kind === 'webhook' ? secret : undefined)

const hostOf = (way: Way): string => ('host' in way ? `${way.host}:${way.port}` : '')
