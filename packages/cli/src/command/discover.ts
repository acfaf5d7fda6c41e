// SPDX-License-Identifier: Apache-2.0
/** `hmp discover`: the devices of this network, and what to do with each. */
import { discover, type FoundDevice, type Method } from '@openhmp/client'
import { systemClock } from '../clock.ts'
import { stopSignal } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { openProgress } from '../output/progress.ts'
import { formatTable } from '../output/table.ts'

const methods = { sadp: 'sadp', onvif: 'wsDiscovery', range: 'range' } as const satisfies Record<string, Method>

export interface DiscoverOptions {
  readonly range?: string
  readonly method: readonly (keyof typeof methods)[]
  readonly port: readonly number[]
  readonly interface: readonly string[]
}

export async function runDiscover(options: DiscoverOptions, output: Output): Promise<void> {
  const { range, port, interface: interfaces } = options
  const chosen = options.method.length > 0 ? options.method : (['sadp', 'onvif', ...(range ? ['range'] : [])] as const)
  if (chosen.includes('range') && range === undefined)
    throw new UsageError('--method range needs --range, as 192.168.1.0/24')
  using bar = openProgress(output, 100, 'searching')
  const found = await discover({
    methods: [...new Set(chosen)].map((name) => methods[name as keyof typeof methods]),
    clock: systemClock,
    signal: stopSignal(),
    ...(range === undefined ? {} : { range }),
    ...(port.length === 0 ? {} : { ports: port }),
    ...(interfaces.length === 0 ? {} : { interfaces }),
    onProgress: (done, total) => bar.update((done / total) * 100, `${done} of ${total} addresses`),
  })
  bar[Symbol.dispose]()
  const sorted = found.toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
  output.document({ found: sorted }, () =>
    sorted.length === 0
      ? `No device has answered.${range ? '' : ' Devices of other networks: --range 192.168.1.0/24'}`
      : `${formatTable(
          output,
          ['address', 'what', 'model', 'firmware', 'MAC', 'name', 'next'],
          sorted.map((one) => [
            addressOf(one),
            one.kind,
            one.model,
            one.firmwareVersion,
            one.macAddress,
            one.name,
            nextFor(one),
          ]),
        )}\n${sorted.length} found`,
  )
}

const addressOf = ({ address, httpPort }: FoundDevice): string =>
  httpPort === undefined || httpPort === 80 ? address : `${address}:${httpPort}`

/** The command that a person would type now. */
const nextFor = (device: FoundDevice): string => {
  const { kind, isActivated, address, rtspPort = 554 } = device
  if (isActivated === false) return `no password yet: hmp device activate ${addressOf(device)}`
  if (kind === 'hikvision') return `hmp device info ${addressOf(device)}`
  return kind === 'rtsp' ? `hmp device record rtsp://${address}:${rtspPort}/` : ''
}
