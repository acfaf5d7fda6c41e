// SPDX-License-Identifier: Apache-2.0
/** The one search for devices that may go on at a time, and what the last one found. It is kept in memory alone. */
import { discover, type FoundDevice as Sighted } from '@openhmp/client'
import type { DeviceId, DiscoveryMethod, DiscoveryState, FoundDevice } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import { failureOf } from '../api/failure.ts'
import type { KnownDevice } from '../fleet/device-row.ts'
import { knownBy } from './known.ts'
import { checkRange, offeredRanges } from './network.ts'

/** No search goes on for longer. */
const MAX_SEARCH_MS = 10 * 60_000

interface Parts {
  readonly clock: Clock
  readonly allowLoopback: boolean
  /** All devices that there are. */
  known(): Iterable<KnownDevice>
  onError(error: unknown): void
}

/** What is to be searched, and where. */
interface Wish {
  readonly methods: readonly DiscoveryMethod[]
  readonly range?: string | undefined
  readonly ports: readonly number[]
}

interface Run {
  readonly wish: Wish
  readonly startedMs: number
  readonly stop: AbortController
  found: readonly Sighted[]
  progress: { done: number; total: number }
  state: Exclude<DiscoveryState['state'], 'idle'>
  endedMs: number | undefined
  problem: DiscoveryState['problem']
  running: Promise<void>
}

/** Searches, one after the other. */
export class Search implements AsyncDisposable {
  readonly #parts: Parts
  #run: Run | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Throws `Refusal` `discovery.busy`, `range.*`, `address.forbidden`. */
  start(wish: Wish): DiscoveryState {
    const { clock, allowLoopback, onError } = this.#parts
    if (this.#run?.state === 'running')
      throw new Refusal('conflict', 'discovery.busy', 'a search goes on already: wait for its end, or stop it')
    if (wish.methods.includes('range')) checkRange(wish.range ?? '', { allowLoopback })
    const run: Run = {
      wish,
      startedMs: clock.now(),
      stop: new AbortController(),
      found: [],
      progress: { done: 0, total: 0 },
      state: 'running',
      endedMs: undefined,
      problem: null,
      running: Promise.resolve(),
    }
    this.#run = run
    run.running = this.#search(run).catch(onError)
    return this.state()
  }

  /** Resolves when it has ended; there may be none. */
  async stop(): Promise<DiscoveryState> {
    const run = this.#run
    run?.stop.abort()
    await run?.running
    return this.state()
  }

  state(): DiscoveryState {
    const run = this.#run
    const networks = offeredRanges()
    const none = { methods: [], range: null, startedAt: null, endedAt: null, problem: null, found: [] }
    if (!run) return { state: 'idle', ...none, progress: { done: 0, total: 0 }, networks }
    const time = (ms: number) => new Date(ms).toISOString()
    const deviceOf = knownBy(this.#parts.known())
    return {
      state: run.state,
      methods: [...run.wish.methods],
      range: run.wish.range ?? null,
      startedAt: time(run.startedMs),
      endedAt: run.endedMs === undefined ? null : time(run.endedMs),
      progress: run.progress,
      problem: run.problem,
      found: run.found.map((one) => shown(one, deviceOf(one))),
      networks,
    }
  }

  /** A device has got its first password: what was found says so. */
  noteActivated(host: string, port: number): void {
    const run = this.#run
    if (!run) return
    const isIt = ({ address, httpPort, httpsPort }: Sighted) => address === host && (httpPort ?? httpsPort) === port
    run.found = run.found.map((one) => (isIt(one) ? { ...one, isActivated: true } : one))
  }

  async #search(run: Run): Promise<void> {
    const { clock } = this.#parts
    const { methods, range, ports } = run.wish
    const over = new AbortController()
    clock.sleep(MAX_SEARCH_MS, { signal: over.signal }).then(
      () => run.stop.abort(),
      () => {}, // ended in time
    )
    try {
      const gathered = new Map<string, Sighted>()
      const place = ({ address, httpPort }: Sighted) => `${address}:${httpPort}`
      run.found = await discover({
        ...{ methods, ports, clock, signal: run.stop.signal },
        ...(range === undefined ? {} : { range }),
        onFound: (device) => {
          // Its hardware address may have been learnt only now.
          if (device.macAddress !== undefined) gathered.delete(place(device))
          gathered.set(device.macAddress ?? place(device), device)
          run.found = [...gathered.values()]
        },
        onProgress: (done, total) => {
          run.progress = { done, total }
        },
      })
      run.state = run.stop.signal.aborted ? 'stopped' : 'done'
    } catch (error) {
      const { body, isOurs } = failureOf(error)
      run.state = 'failed'
      run.problem = body
      if (isOurs) throw error
    } finally {
      over.abort()
      run.endedMs = clock.now()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** What it did not say of itself, but to us earlier, is filled in; null for what is not known. */
const shown = (one: Sighted, known: KnownDevice | undefined): FoundDevice => ({
  methods: [...one.methods],
  address: one.address,
  kind: one.kind,
  httpPort: one.httpPort ?? null,
  httpsPort: one.httpsPort ?? null,
  rtspPort: one.rtspPort ?? null,
  name: known?.name ?? one.name ?? null,
  model: one.model ?? (known?.information?.model || null),
  serialNumber: one.serialNumber ?? (known?.information?.serialNumber || null),
  macAddress: one.macAddress ?? (known?.information?.macAddress || null),
  firmwareVersion: one.firmwareVersion ?? (known?.information?.firmwareVersion || null),
  isActivated: one.isActivated ?? null,
  isDhcp: one.isDhcp ?? null,
  mask: one.mask ?? null,
  gateway: one.gateway ?? null,
  known: (known?.id ?? null) as DeviceId | null,
})
