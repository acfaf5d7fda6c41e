// SPDX-License-Identifier: Apache-2.0
/** The search for devices: one at a time, its findings kept until the next one begins. */
import { addressesOf, discover, type FoundDevice } from '@openhmp/client'
import type { Found, Search as SearchState } from '@openhmp/contract'
import { type Clock, HmpError, Refusal } from '@openhmp/protocol/base'
import type { Fleet } from '../fleet/fleet.ts'
import { plainMacOf, sameDevice } from './same-device.ts'

/** A search ends by itself after so long. */
const SEARCH_MS = 5 * 60_000

interface Parts {
  readonly clock: Clock
  readonly fleet: Pick<Fleet, 'list'>
  /** Rejects with `Refusal` for an address that this server may not call. */
  check(address: string): Promise<void>
}

/** What is searched. */
export interface Wanted {
  readonly range?: string | undefined
  readonly ports?: readonly number[] | undefined
  readonly hasMulticast: boolean
}

/** Owns the search under way until disposed. */
export class Search implements AsyncDisposable {
  readonly #parts: Parts
  readonly #found = new Map<string, FoundDevice>()
  #state: Omit<SearchState, 'found'> = { state: 'none', done: 0, total: 0, text: null }
  #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** With the devices of ours that were found again. */
  get state(): SearchState {
    const ours = this.#parts.fleet.list()
    const macs = new Map(ours.flatMap((device) => (device.macAddress ? [[plainMacOf(device.macAddress), device]] : [])))
    return {
      ...this.#state,
      found: [...this.#found.values()].map((found) => {
        const known = (found.macAddress && macs.get(found.macAddress)) || ours.find((one) => sameDevice(found, one))
        return shown(found, known?.id ?? null)
      }),
    }
  }

  /** Begins; a search under way ends first. Throws `Refusal` `range.*`, `address.*`, `search.nothing`. */
  async start({ range, ports, hasMulticast }: Wanted): Promise<SearchState> {
    if (range === undefined && !hasMulticast)
      throw new Refusal('invalid', 'search.nothing', 'give a range, or search by multicast')
    const addresses = range === undefined ? [] : addressesOf(range)
    for (const end of [addresses[0], addresses.at(-1)]) if (end !== undefined) await this.#parts.check(end)
    await this.stop()
    this.#found.clear()
    this.#stop = new AbortController()
    this.#state = { state: 'running', done: 0, total: addresses.length, text: null }
    this.#running = this.#run({ range, ports, hasMulticast }, this.#stop.signal)
    return this.state
  }

  /** Ends the search; what was found stays. */
  async stop(): Promise<SearchState> {
    this.#stop.abort()
    await this.#running
    return this.state
  }

  async #run({ range, ports, hasMulticast }: Wanted, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    const over = new AbortController()
    const late = clock.sleep(SEARCH_MS, { signal: over.signal }).then(
      () => over.abort(),
      () => {}, // it ended before
    )
    try {
      await discover({
        methods: [...(hasMulticast ? (['sadp', 'wsDiscovery'] as const) : []), ...(range ? (['range'] as const) : [])],
        clock,
        signal: AbortSignal.any([signal, over.signal]),
        ...(range === undefined ? {} : { range }),
        ...(ports === undefined ? {} : { ports }),
        onFound: (device) => this.#found.set(device.macAddress ?? `${device.address}:${device.httpPort}`, device),
        onProgress: (done) => {
          this.#state = { ...this.#state, done }
        },
      })
      this.#state = { ...this.#state, state: 'done' }
    } catch (error) {
      if (!(error instanceof HmpError)) throw error
      this.#state = { ...this.#state, state: 'failed', text: error.message }
    } finally {
      over.abort()
      await late
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

const shown = (found: FoundDevice, known: Found['known']): Found => {
  const { methods, address, kind, httpPort, httpsPort, rtspPort, name, model, serialNumber, macAddress } = found
  return {
    methods: [...methods],
    ...{ address, kind, known },
    httpPort: httpPort ?? null,
    httpsPort: httpsPort ?? null,
    rtspPort: rtspPort ?? null,
    name: name ?? null,
    model: model ?? null,
    serialNumber: serialNumber ?? null,
    macAddress: macAddress ?? null,
    firmwareVersion: found.firmwareVersion ?? null,
    isActivated: found.isActivated ?? null,
  }
}
