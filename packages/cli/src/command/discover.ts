// SPDX-License-Identifier: Apache-2.0
/** `hmp discover`: the devices of this network as they answer, and what to do with each. */
import { discover, type FoundDevice, type Method, systemClock } from '@openhmp/client'
import { Stopped, stopSignal } from '../input/device-options.ts'
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
  readonly seconds?: number
}

export async function runDiscover(options: DiscoverOptions, output: Output): Promise<void> {
  const { range, port, interface: interfaces, seconds } = options
  const chosen = options.method.length > 0 ? options.method : (['sadp', 'onvif', ...(range ? ['range'] : [])] as const)
  if (chosen.includes('range') && range === undefined)
    throw new UsageError('--method range needs --range, as 192.168.1.0/24')
  const stopped = stopSignal()
  // With a time of its own the search ends by the signal.
  const late = seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)]
  const found = await search(output, {
    methods: [...new Set(chosen)].map((name) => methods[name as keyof typeof methods]),
    clock: systemClock,
    signal: AbortSignal.any([stopped, ...late]),
    ...(seconds === undefined ? {} : { listenMs: seconds * 1000 }),
    ...(range === undefined ? {} : { range }),
    ...(port.length === 0 ? {} : { ports: port }),
    ...(interfaces.length === 0 ? {} : { interfaces }),
  })
  const sorted = found.toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
  output.document({ found: sorted }, () => (sorted.length === 0 ? nobody(range) : table(output, sorted)))
  // What was found until then is told all the same.
  if (stopped.aborted) throw new Stopped()
}

/** Says of each device that it is there as soon as it answers: at a terminal, while the table is still to come. */
async function search(output: Output, options: Parameters<typeof discover>[0]): Promise<readonly FoundDevice[]> {
  const told = new Set<string>()
  using bar = openProgress(output, 100, 'searching')
  return await discover({
    ...options,
    onFound: (device) => {
      const address = addressOf(device)
      if (told.has(address)) return
      told.add(address)
      output.note(`${address}  ${device.model ?? device.kind}`)
    },
    onProgress: (done, total) => bar.update((done / total) * 100, `${done} of ${total} addresses`),
  })
}

const nobody = (range: string | undefined): string =>
  `No device has answered.${range ? '' : ' Devices of other networks: --range 192.168.1.0/24'}`

const table = (output: Output, found: readonly FoundDevice[]): string => {
  const rows = found.map((one) => [
    ...[addressOf(one), one.kind, one.model, one.firmwareVersion, one.macAddress, one.name],
    ...[activation(output, one), nextFor(one)],
  ])
  const head = ['address', 'what', 'model', 'firmware', 'MAC', 'name', 'password', 'next']
  return `${formatTable(output, head, rows)}\n${found.length} found`
}

const addressOf = ({ address, httpPort, httpsPort }: FoundDevice): string =>
  httpPort === undefined && httpsPort !== undefined
    ? `https://${address}${httpsPort === 443 ? '' : `:${httpsPort}`}`
    : httpPort === undefined || httpPort === 80
      ? address
      : `${address}:${httpPort}`

const activation = (output: Output, { isActivated }: FoundDevice): string =>
  isActivated === undefined ? '' : isActivated ? 'set' : output.paint('yellow', 'none yet')

/** The command that a person would type now. */
const nextFor = (device: FoundDevice): string => {
  const { kind, isActivated, address, rtspPort = 554 } = device
  if (isActivated === false) return `hmp device activate ${addressOf(device)}`
  if (kind === 'hikvision') return `hmp device info ${addressOf(device)}`
  return kind === 'rtsp' ? `hmp device record rtsp://${address}:${rtspPort}/` : ''
}
