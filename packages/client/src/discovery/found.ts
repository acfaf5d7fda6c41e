// SPDX-License-Identifier: Apache-2.0
/** What was found, however it was found: one entry a device, put together from all that answered for it. */

/** Devices of one search; of more, the rest is not told. */
export const MAX_FOUND = 4096

export type Method = 'sadp' | 'wsDiscovery' | 'range'

/** A device that answered. Nothing of it is proven: whoever is on the network can say anything. */
export interface FoundDevice {
  readonly methods: readonly Method[]
  /** IP address. */
  readonly address: string
  readonly kind: 'hikvision' | 'onvif' | 'rtsp' | 'unknown'
  readonly httpPort: number | undefined
  readonly httpsPort: number | undefined
  readonly rtspPort: number | undefined
  readonly name: string | undefined
  readonly model: string | undefined
  readonly serialNumber: string | undefined
  /** Lower case, with colons. */
  readonly macAddress: string | undefined
  readonly firmwareVersion: string | undefined
  /** False: it has no password yet. Undefined: it does not say. */
  readonly isActivated: boolean | undefined
  readonly isDhcp: boolean | undefined
  readonly mask: string | undefined
  readonly gateway: string | undefined
}

/** One answer: what it does not say is left out. */
export type Sighting = Pick<FoundDevice, 'address' | 'kind'> &
  Partial<Omit<FoundDevice, 'address' | 'kind' | 'methods'>> & { readonly method: Method }

const strength = { hikvision: 3, onvif: 2, rtsp: 1, unknown: 0 } as const

/** Puts sightings together: by hardware address, else by IP address. */
export class FoundDevices {
  readonly #found: FoundDevice[] = []
  /** Sightings of devices beyond `MAX_FOUND`. */
  dropped = 0

  get all(): readonly FoundDevice[] {
    return this.#found
  }

  /** The device as it is known now; undefined when nothing is new, or there is no room. */
  add({ method, ...seen }: Sighting): FoundDevice | undefined {
    const at = this.#found.findIndex(
      ({ macAddress, address, httpPort }) =>
        (macAddress !== undefined && macAddress === seen.macAddress) ||
        (address === seen.address &&
          (macAddress === undefined || seen.macAddress === undefined) &&
          // Behind one address there can be several, each at a port of its own.
          (httpPort === undefined || seen.httpPort === undefined || httpPort === seen.httpPort)),
    )
    const before = this.#found[at]
    if (!before && this.#found.length >= MAX_FOUND) {
      this.dropped++
      return undefined
    }
    const now = merged(before, method, seen)
    if (before && JSON.stringify(before) === JSON.stringify(now)) return undefined
    if (before) this.#found[at] = now
    else this.#found.push(now)
    return now
  }
}

const merged = (before: FoundDevice | undefined, method: Method, seen: Omit<Sighting, 'method'>): FoundDevice => {
  // What was said first stays, unless it was nothing.
  const of = <K extends keyof FoundDevice>(name: K): FoundDevice[K] =>
    (before?.[name] ?? (seen as Partial<FoundDevice>)[name]) as FoundDevice[K]
  return {
    methods: [...new Set([...(before?.methods ?? []), method])],
    address: before?.address ?? seen.address,
    kind: before && strength[before.kind] >= strength[seen.kind] ? before.kind : seen.kind,
    httpPort: of('httpPort'),
    httpsPort: of('httpsPort'),
    rtspPort: of('rtspPort'),
    name: of('name'),
    model: of('model'),
    serialNumber: of('serialNumber'),
    macAddress: of('macAddress'),
    firmwareVersion: of('firmwareVersion'),
    isActivated: of('isActivated'),
    isDhcp: of('isDhcp'),
    mask: of('mask'),
    gateway: of('gateway'),
  }
}
