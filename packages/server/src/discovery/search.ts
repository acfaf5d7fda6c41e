// SPDX-License-Identifier: Apache-2.0
/** The search for devices: one at a time; what it has found is kept until the next one begins. */
import { addressesOf, discover, type FoundDevice, type Method } from '@openhmp/client'
import type { DeviceId, DiscoveryState, FoundDevice as ShownDevice } from '@openhmp/contract'
import { type Clock, HmpError, Refusal } from '@openhmp/protocol/base'
import { failureOf } from '../api/failure.ts'
import { parseDeviceAddress } from '../fleet/address.ts'
import type { KnownDevice } from '../fleet/device-row.ts'
import { checkRange, offeredRanges } from './network.ts'

interface Parts {
  readonly clock: Clock
  readonly allowLoopback: boolean
  /** The devices that are there already. */
  known(): Iterable<KnownDevice>
  onError(error: unknown): void
}

/** What is searched. */
export interface Wanted {
  readonly methods: readonly Method[]
  readonly range?: string | undefined
  readonly ports: readonly number[]
}

type Standing = Omit<DiscoveryState, 'found' | 'ranges'>

/** Owns the search under way until disposed. */
export class Search implements AsyncDisposable {
  readonly #parts: Parts
  readonly #found = new Map<string, FoundDevice>()
  #standing: Standing = {
    ...{ state: 'idle', startedAt: null, endedAt: null, problem: null },
    progress: { done: 0, total: 0 },
  }
  #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  state(): DiscoveryState {
    const known = [...this.#parts.known()]
    return {
      ...this.#standing,
      ranges: offeredRanges(),
      found: [...this.#found.values()].map((found) =>
        shown(found, known.find((one) => isSame(found, one))?.id ?? null),
      ),
    }
  }

  /** Throws `Refusal` `discovery.busy`, `range.*`, `address.forbidden`. */
  start(wanted: Wanted): DiscoveryState {
    const { clock, allowLoopback } = this.#parts
    if (this.#standing.state === 'running')
      throw new Refusal('conflict', 'discovery.busy', 'a search is under way: stop it first, or wait for its end')
    const { methods, range = '' } = wanted
    const isRange = methods.includes('range')
    if (isRange) checkRange(range, { allowLoopback })
    this.#found.clear()
    this.#stop = new AbortController()
    this.#standing = {
      ...{ state: 'running', startedAt: new Date(clock.now()).toISOString(), endedAt: null, problem: null },
      progress: { done: 0, total: isRange ? addressesOf(range).length : 0 },
    }
    this.#running = this.#run(wanted, this.#stop.signal)
    return this.state()
  }

  /** What was found stays. */
  async stop(): Promise<DiscoveryState> {
    this.#stop.abort()
    await this.#running
    return this.state()
  }

  async #run({ methods, range, ports }: Wanted, signal: AbortSignal): Promise<void> {
    const { clock, onError } = this.#parts
    const end = (state: Standing['state'], problem: Standing['problem'] = null) => {
      this.#standing = { ...this.#standing, state, problem, endedAt: new Date(clock.now()).toISOString() }
    }
    try {
      await discover({
        ...{ methods, ports, clock, signal },
        ...(range === undefined ? {} : { range }),
        onFound: (device) => this.#found.set(device.macAddress ?? `${device.address}:${device.httpPort}`, device),
        onProgress: (done, total) => {
          this.#standing = { ...this.#standing, progress: { done, total } }
        },
      })
      end(signal.aborted ? 'stopped' : 'done')
    } catch (error) {
      if (!(error instanceof HmpError)) onError(error)
      end('failed', failureOf(error).body)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** By serial or hardware number where both are told, else by host and port. */
const isSame = (found: FoundDevice, { kind, address, information }: KnownDevice): boolean => {
  if (found.serialNumber !== undefined && found.serialNumber === information?.serialNumber) return true
  const mac = information?.macAddress.toLowerCase().replaceAll('-', ':')
  if (found.macAddress !== undefined && mac) return found.macAddress === mac
  if (kind !== 'isapi') return false
  const { host, port } = parseDeviceAddress(address)
  return host === found.address && [found.httpPort, found.httpsPort].includes(port)
}

const shown = (found: FoundDevice, known: string | null): ShownDevice => {
  const { methods, address, kind } = found
  return {
    methods: [...methods],
    ...{ address, kind, known: known as DeviceId | null },
    httpPort: found.httpPort ?? null,
    httpsPort: found.httpsPort ?? null,
    rtspPort: found.rtspPort ?? null,
    name: found.name ?? null,
    model: found.model ?? null,
    serialNumber: found.serialNumber ?? null,
    macAddress: found.macAddress ?? null,
    firmwareVersion: found.firmwareVersion ?? null,
    isActivated: found.isActivated ?? null,
  }
}
