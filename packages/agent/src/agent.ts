// SPDX-License-Identifier: Apache-2.0
/**
 * A site's agent: the devices of a LAN on one HMP session that the site dials itself. Streams go as long as they are watched, events
 * through a spool on disk, orders within the policy of the site.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { discover, type FoundDevice } from '@openhmp/client'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import { formatAlert } from '@openhmp/protocol/event'
import { AnswerMemory, type HmpSession } from '@openhmp/protocol/session'
import { LocalDevice, type LocalState } from './device/local-device.ts'
import type { AgentHome } from './home/home.ts'
import { Answers } from './link/answers.ts'
import { Link, type LinkState, type SessionWork } from './link/link.ts'
import type { Policy } from './policy/policy.ts'
import { sendEvents } from './spool/sender.ts'
import { MAX_SPOOL_BYTES, Spool, type SpoolCounts } from './spool/spool.ts'

/** A search of the networks is done again when somebody asks after this long. */
const SEARCH_AGAIN_MS = 60_000
/** The status file is written this often, and when something changes. */
const STATUS_MS = 5000
const STATE_ANSWER_MS = 10_000

/** How an agent is, for `hmp agent status`. */
export interface AgentStatus {
  readonly at: string
  /** Undefined once it has ended in order. */
  readonly pid: number | undefined
  readonly link: LinkState & { readonly url: string; readonly identity: string }
  readonly devices: readonly (LocalState & { readonly id: string; readonly address: string; readonly model: string })[]
  readonly events: SpoolCounts
  readonly streams: number
  /** Units that this session did not send, because the link was too thin for them. */
  readonly unitsShed: number
}

/** What an agent is told. */
export interface AgentOptions {
  readonly home: AgentHome
  readonly policy: Policy
  readonly clock: Clock
  /** 0 up to 1; default `Math.random`. */
  readonly random?: () => number
  /** Room for events; default `MAX_SPOOL_BYTES`. */
  readonly spoolBytes?: number
  /** For people: what goes on, one line each; never with a secret. */
  onLine?(line: string): void
}

/** Runs until disposed. */
export class Agent implements AsyncDisposable {
  readonly #options: AgentOptions
  readonly #spool: Spool
  readonly #devices: LocalDevice[]
  readonly #link: Link
  readonly #identity: string
  readonly #url: string
  readonly #memory: AnswerMemory
  readonly #stop = new AbortController()
  readonly #telling: Promise<void>
  #linkState: LinkState = { isUp: false }
  #isOver = false
  #answers: Answers | undefined
  #found: readonly FoundDevice[] = []
  #searchedMs = Number.NEGATIVE_INFINITY
  #searching: Promise<void> | undefined

  private constructor(options: AgentOptions, spool: Spool) {
    const { home, policy, clock, random = Math.random } = options
    const setting = home.link
    if (!setting) throw new Refusal('conflict', 'agent.join', 'this agent has no CMS yet: run hmp agent join')
    this.#options = options
    this.#spool = spool
    this.#identity = setting.identity
    this.#url = setting.url
    this.#memory = new AnswerMemory(() => clock.monotonic())
    this.#devices = home.devices.map(
      (device) =>
        new LocalDevice(device, {
          ...{ clock, random, networks: policy.rules.networks },
          onEvent: (id, content) => void spool.add({ device: id, ...content }),
          onChange: (id) => this.#changed(id),
          onCertificate: (id, certificate) => home.pin(id, certificate),
        }),
    )
    this.#link = new Link({
      ...{ home, clock, random },
      work: (session) => this.#work(session),
      onState: (state) => this.#linked(state),
      onTrouble: (text) => options.onLine?.(text),
    })
    this.#telling = this.#tell()
  }

  /** Starts it. Rejects with `Refusal` `agent.join` before `home.join`, `secret.sealed`, `address.form`. */
  static async start(options: AgentOptions): Promise<Agent> {
    const { home, spoolBytes = MAX_SPOOL_BYTES, onLine } = options
    const spool = await Spool.open({
      folder: home.spoolFolder,
      maxBytes: spoolBytes,
      onLost: (count, why) => onLine?.(`${count} events were lost: ${why}`),
    })
    try {
      return new Agent(options, spool)
    } catch (error) {
      await spool[Symbol.asyncDispose]()
      throw error
    }
  }

  get status(): AgentStatus {
    return {
      at: new Date(this.#options.clock.now()).toISOString(),
      pid: this.#isOver ? undefined : process.pid,
      link: { ...this.#linkState, url: this.#url, identity: this.#identity },
      devices: this.#devices.map(({ setting: { id, address }, state, description }) => ({
        ...{ id, address, model: description?.model ?? '' },
        ...state,
      })),
      events: this.#spool.counts,
      streams: this.#answers?.streamCount ?? 0,
      unitsShed: this.#link.session?.counters.unitsShed ?? 0,
    }
  }

  #work(session: Promise<HmpSession>): SessionWork {
    const { clock, policy } = this.#options
    const answers = new Answers({
      ...{ clock, policy, memory: this.#memory },
      devices: () => this.#devices,
      counts: () => this.#spool.counts,
      found: () => this.#look(),
      session: () => session,
    })
    this.#answers = answers
    return {
      answer: (request) => answers.answer(request),
      run: (open, signal) => sendEvents(this.#spool, open, { clock, signal }),
      [Symbol.asyncDispose]: () => answers[Symbol.asyncDispose](),
    }
  }

  #linked(state: LinkState): void {
    this.#linkState = state
    this.#options.onLine?.(state.isUp ? `${this.#identity} is in` : `no link: ${state.cause?.text ?? 'it ended'}`)
    this.#writeStatus()
  }

  /** The CMS is told at once; without a link it asks when there is one. */
  #changed(id: string): void {
    const device = this.#devices?.find(({ setting }) => setting.id === id)
    if (!device) return // still being made
    const { state, cause } = device.state
    this.#options.onLine?.(`${id} is ${state}${cause ? `: ${cause.text}` : ''}`)
    this.#writeStatus()
    const { session } = this.#link ?? {}
    if (!session) return
    const alert = formatAlert(
      {
        ...{ type: 'deviceState', state: state === 'online' ? 'active' : 'inactive', count: 1 },
        ...{ description: cause?.text ?? '', time: new Date(this.#options.clock.now()).toISOString() },
      },
      { namespace: 'http://www.isapi.org/ver20/XMLSchema', version: '2.0', ipAddress: device.isapi.host, portNo: 80 },
    )
    const request = { method: 'POST', target: '/HMP/events', type: 'event' as const, device: id }
    const headers: [string, string][] = [['Content-Type', 'application/xml']]
    session
      .request(
        { ...request, headers, body: new TextEncoder().encode(alert) },
        { signal: AbortSignal.timeout(STATE_ANSWER_MS) },
      )
      .catch(() => {}) // the next session begins with the whole list
  }

  #look(): readonly FoundDevice[] {
    const { clock } = this.#options
    if (!this.#searching && clock.monotonic() - this.#searchedMs >= SEARCH_AGAIN_MS) {
      this.#searchedMs = clock.monotonic()
      const { signal } = this.#stop
      this.#searching = discover({ methods: ['sadp', 'wsDiscovery'], clock, signal })
        .then((found) => {
          this.#found = found
        })
        .catch(() => {}) // a network without multicast: nothing is found
        .finally(() => {
          this.#searching = undefined
        })
    }
    return this.#found
  }

  async #tell(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      this.#writeStatus()
      await this.#options.clock.sleep(STATUS_MS, { signal }).catch(() => {}) // aborted: the loop ends
    }
  }

  #writeStatus(): void {
    const path = this.#options.home.statusFile
    try {
      writeFileSync(`${path}.new`, `${JSON.stringify(this.status, undefined, 2)}\n`, { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch {
      // A full disk is told by the spool; the status is then old, and says when it was written.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#link[Symbol.asyncDispose]()
    await Promise.all(this.#devices.map((device) => device[Symbol.asyncDispose]()))
    await this.#searching
    await this.#telling
    await this.#spool[Symbol.asyncDispose]()
    this.#isOver = true
    this.#writeStatus()
  }
}
