// SPDX-License-Identifier: Apache-2.0
/** Finds devices on the networks of this machine, and in a range of addresses. Nothing is sent but questions. */
import type { Clock } from '@openhmp/protocol/base'
import { type FoundDevice, FoundDevices, type Method, type Sighting } from './found.ts'
import { ownAddresses, searchSadp, searchWsDiscovery } from './multicast.ts'
import { addressesOf, searchRange } from './range.ts'

export interface DiscoverOptions {
  readonly methods: readonly Method[]
  /** Own IPv4 addresses to ask on by multicast; default: of every interface but loopback. */
  readonly interfaces?: readonly string[]
  /** See `addressesOf`; wanted for `range`. */
  readonly range?: string
  /** HTTP ports that are knocked at; default 80. */
  readonly ports?: readonly number[]
  /** How long answers to a multicast question are waited for; default `LISTEN_MS`. */
  readonly listenMs?: number
  readonly clock: Clock
  /** Ends the search. */
  readonly signal: AbortSignal
  /** A device that is new, or of which something new is known. */
  onFound?(found: FoundDevice): void
  /** Of the range. */
  onProgress?(done: number, total: number): void
}

/** Devices answer within a second or two; slow ones are asked again. */
const LISTEN_MS = 5000

/**
 * Resolves with what was found when the range is through and the answers had their time, or when the signal aborts. Rejects
 * with `Refusal` `range.*`, and with `LinkError` `discovery.interface` when no interface can ask and nothing else is searched.
 */
export const discover = async (options: DiscoverOptions): Promise<readonly FoundDevice[]> => {
  const { methods, clock, signal, onFound, onProgress } = options
  const addresses = methods.includes('range') ? addressesOf(options.range ?? '') : []
  const found = new FoundDevices()
  const onSighting = (sighting: Sighting) => {
    const device = found.add(sighting)
    if (device) onFound?.(device)
  }
  const listening = new AbortController()
  const heard = AbortSignal.any([signal, listening.signal])
  const asking = { interfaces: options.interfaces ?? ownAddresses(), clock, signal: heard, onSighting }
  const multicast = [
    ...(methods.includes('sadp') ? [searchSadp(asking)] : []),
    ...(methods.includes('wsDiscovery') ? [searchWsDiscovery(asking)] : []),
  ]
  const range = searchRange({
    ...{ addresses, ports: options.ports ?? [80], clock, signal, onSighting },
    ...(onProgress ? { onProgress } : {}),
  })
  const { listenMs = LISTEN_MS } = options
  const time = multicast.length === 0 ? undefined : clock.sleep(listenMs, { signal }).catch(() => {}) // aborted: over
  const outcomes = Promise.allSettled(multicast)
  // A network without multicast ends the listening at once.
  await Promise.all([range, Promise.race([time, outcomes])])
  listening.abort()
  const failed = (await outcomes).find((outcome) => outcome.status === 'rejected')
  if (failed && addresses.length === 0 && found.all.length === 0) throw failed.reason
  return found.all
}
