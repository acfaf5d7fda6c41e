// SPDX-License-Identifier: Apache-2.0
/**
 * A broker (MQTT 3.1.1): one connection that is kept, with a last will, so that everybody there knows whether what is
 * retained is still true. States are read from the store at the moment of publishing: whatever order messages are
 * repeated in, the last word is right. Each connection begins with all states, so a time without it leaves no old ones.
 */
import { connect as connectTcp, isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { judgedLookup } from '@openhmp/client'
import type { Way } from '@openhmp/contract'
import type { IClientOptions, MqttClient } from 'mqtt'
import { objectionTo, type ReachOptions, reachOf } from '../fleet/reach.ts'
import type { Secret } from '../secret/secret.ts'
import type { Message, Sender } from './message.ts'
import { discoveryOf, discoveryTopic, type Sensor, type SensorState, stateTopic, statusTopic } from './mqtt-topics.ts'
import { plainly } from './plain.ts'

type MqttWay = Extract<Way, { kind: 'mqtt' }>

const ANSWER_MS = 10_000
const AGAIN_MS = 5000
const kept = { qos: 1, retain: true } as const

interface MqttParts {
  /** Tells connections of several servers and targets apart. */
  readonly clientId: string
  readonly password: Secret | undefined
  readonly sensors: SensorBook
  readonly reach: ReachOptions
  onError(error: unknown): void
}

/** What is held at the broker, kept over restarts. */
export interface SensorBook {
  all(): Promise<readonly Sensor[]>
  /** True when it was not there. */
  add(sensor: Sensor): Promise<boolean>
  stateOf(sensor: Sensor): Promise<SensorState>
  /** Of the device or camera; undefined when it was removed. */
  describe(sensor: Sensor): { readonly name: string; readonly model: string | null } | undefined
  forget(sensor: Sensor): Promise<void>
}

/** CONNACK (MQTT 3.1.1 §3.2.2.3) in words. */
const refusals: Readonly<Record<number, string>> = {
  1: 'does not speak MQTT 3.1.1',
  2: 'refuses the name of the client',
  3: 'is there, but not ready',
  4: 'refuses the user name or the password',
  5: 'refuses the user name or the password',
}

/** The link to one broker. Tries for ever until disposed. */
export class MqttLink implements Sender {
  readonly #way: MqttWay
  readonly #parts: MqttParts
  #client: MqttClient | undefined
  #opening: Promise<void> = Promise.resolve()
  #problem: string | undefined

  constructor(way: MqttWay, parts: MqttParts) {
    this.#way = way
    this.#parts = parts
  }

  begin(): void {
    this.#opening = this.#open().catch(this.#parts.onError)
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    if (message.told.length === 0) return this.#test(message, signal)
    await this.#opening
    const client = this.#client
    if (!client?.connected) throw new Error(this.#problem ?? `${this.#where} does not answer`)
    const { sensors } = this.#parts
    for (const { event, moment } of message.told) {
      const sensor = { device: event.device, channel: event.channel ?? 0, kind: event.kind }
      if (await sensors.add(sensor)) await this.#announce(client, sensor, signal)
      const topic = stateTopic(this.#way, sensor)
      const words = JSON.stringify({ id: message.id, rule: message.rule.name, moment, event })
      await this.#publish(client, `${topic}/event`, words, { qos: 1 }, signal)
      await this.#publish(client, topic, await sensors.stateOf(sensor), kept, signal)
    }
  }

  /** Nothing of ours stays at the broker. */
  async clear(): Promise<void> {
    const client = this.#client
    if (!client?.connected) return
    const signal = AbortSignal.timeout(ANSWER_MS)
    for (const sensor of await this.#parts.sensors.all()) await this.#remove(client, sensor, signal)
    await this.#publish(client, statusTopic(this.#way), '', kept, signal)
  }

  get #where(): string {
    return `${this.#way.host}:${this.#way.port}`
  }

  #options(more: IClientOptions): IClientOptions {
    const { userName } = this.#way
    return {
      ...{ protocolVersion: 4, clean: true, timerVariant: 'native' },
      ...(userName === null ? {} : { username: userName, password: this.#parts.password?.reveal() ?? '' }),
      ...{ connectTimeout: ANSWER_MS, queueQoSZero: false, ...more },
    }
  }

  /** Its sockets are ours: each connection of it is judged anew. */
  async #connect(more: IClientOptions): Promise<MqttClient> {
    const { MqttClient } = await import('mqtt')
    const { host, port, isTls, ca } = this.#way
    const to = { host, port, lookup: judgedLookup(reachOf(this.#parts.reach), port) }
    return new MqttClient((client) => {
      const name = isIP(host) === 0 ? { servername: host } : {}
      const objection = isIP(host) === 0 ? undefined : objectionTo(host, this.#parts.reach, port)
      const socket =
        objection !== undefined
          ? new Socket().destroy(new Error(`${host} ${objection}`))
          : isTls
            ? connectTls({ ...to, ...name, ...(ca === null ? {} : { ca }) })
            : connectTcp(to)
      socket.on('error', (error) => client.emit('error', error)) // by itself it tells of few
      return socket
    }, this.#options(more))
  }

  async #open(): Promise<void> {
    const topic = statusTopic(this.#way)
    const client = await this.#connect({
      ...{ clientId: this.#parts.clientId, reconnectPeriod: AGAIN_MS, reconnectOnConnackError: true },
      will: { topic, payload: Buffer.from('offline'), ...kept },
    })
    client.on('error', (error) => {
      this.#problem = this.#words(error)
    })
    client.on('connect', () => {
      this.#problem = undefined
      this.#greet(client).catch((error: unknown) => {
        if (client.connected) this.#parts.onError(error)
      })
    })
    this.#client = client
  }

  async #greet(client: MqttClient): Promise<void> {
    const signal = AbortSignal.timeout(60_000)
    const { sensors } = this.#parts
    for (const sensor of await sensors.all()) {
      if (sensors.describe(sensor)) {
        await this.#announce(client, sensor, signal)
        await this.#publish(client, stateTopic(this.#way, sensor), await sensors.stateOf(sensor), kept, signal)
      } else {
        await this.#remove(client, sensor, signal)
        await sensors.forget(sensor)
      }
    }
    // Last: from now on all of it is true.
    await this.#publish(client, statusTopic(this.#way), 'online', kept, signal)
  }

  async #announce(client: MqttClient, sensor: Sensor, signal: AbortSignal): Promise<void> {
    const { discovery } = this.#way
    const of = this.#parts.sensors.describe(sensor)
    if (discovery === null || !of) return
    await this.#publish(client, discoveryTopic(discovery, sensor), discoveryOf(this.#way, sensor, of), kept, signal)
  }

  /** An empty payload takes what is retained away (MQTT 3.1.1 §3.3.1.3). */
  async #remove(client: MqttClient, sensor: Sensor, signal: AbortSignal): Promise<void> {
    const { discovery } = this.#way
    if (discovery !== null) await this.#publish(client, discoveryTopic(discovery, sensor), '', kept, signal)
    await this.#publish(client, stateTopic(this.#way, sensor), '', kept, signal)
  }

  /** Resolves once the broker has it. */
  async #publish(
    client: MqttClient,
    topic: string,
    text: string,
    options: { qos: 1; retain?: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>()
    const give = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
    const abort = () => reject(new Error(`${this.#where} does not confirm what it was sent`))
    if (give.aborted) abort()
    give.addEventListener('abort', abort, { once: true })
    try {
      await Promise.race([client.publishAsync(topic, text, options), promise])
    } finally {
      give.removeEventListener('abort', abort)
    }
  }

  /** Over a connection of its own: a wrong password shows. */
  async #test(message: Message, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const client = await this.#connect({ clientId: `${this.#parts.clientId}-test`, reconnectPeriod: 0 })
    client.on('connect', () => resolve())
    client.on('error', reject)
    client.on('close', () => reject(new Error(`${this.#where} does not answer as an MQTT broker`)))
    signal.addEventListener('abort', () => reject(new Error(`${this.#where} does not answer`)), { once: true })
    try {
      await promise
      const words = JSON.stringify({ id: message.id, rule: message.rule.name, moment: 'test', event: null })
      await this.#publish(client, `${this.#way.topic}/test`, words, { qos: 1 }, signal)
    } catch (error) {
      throw new Error(this.#words(error), { cause: error })
    } finally {
      client.end(true)
    }
  }

  #words(error: unknown): string {
    const { code } = error as { code?: unknown }
    const refusal = typeof code === 'number' ? refusals[code] : undefined
    return refusal === undefined ? plainly(error, this.#where) : `${this.#where} ${refusal}`
  }

  /** Says good-bye: a last will is for those who could not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening
    const client = this.#client
    if (!client) return
    if (client.connected)
      await this.#publish(client, statusTopic(this.#way), 'offline', kept, AbortSignal.timeout(1000)).catch(() => {})
    await client.endAsync(true).catch(() => {})
  }
}
