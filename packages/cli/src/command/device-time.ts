// SPDX-License-Identifier: Apache-2.0
/** `hmp device time ADDRESS`: a device's clock beside ours; set by a time server, or by hand. */
import {
  changeResource,
  type DocumentDifference,
  readHealth,
  readResource,
  setDeviceClock,
  systemClock,
} from '@openhmp/client'
import { ntpResource, timeResource } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { describeDifferences } from '../output/changed.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatFacts } from '../output/table.ts'

export interface TimeOptions extends DeviceOptions {
  /** Name or address of a time server. */
  readonly ntp?: string
  /** POSIX form: `CST-8:00:00`. */
  readonly zone?: string
  /** To our own time, without a server. */
  readonly set?: boolean
}

export async function runTime(text: string, options: TimeOptions, output: Output): Promise<void> {
  const { ntp, zone, set } = options
  if (ntp !== undefined && set)
    throw new UsageError('--ntp and --set exclude each other: a server keeps the clock, or you')
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  const differences: DocumentDifference[] = []
  if (ntp !== undefined)
    differences.push(...(await changeResource(isapi, ntpResource, { host: ntp }, { signal })).differences)
  if (ntp !== undefined || zone !== undefined) {
    const change = { ...(ntp === undefined ? {} : { mode: 'NTP' }), ...(zone === undefined ? {} : { timeZone: zone }) }
    differences.push(...(await changeResource(isapi, timeResource, change, { signal })).differences)
  }
  if (set) await setDeviceClock(isapi, { clock: systemClock, signal })
  const time = await readResource(isapi, timeResource, { signal })
  const server = await readResource(isapi, ntpResource, { signal })
  const { clock } = await readHealth(isapi, { clock: systemClock, signal })
  const offsetMs = clock?.offsetMs ?? null
  output.document({ ...time, ntp: server, offsetMs, differences }, () =>
    [
      formatFacts(output, [
        ['Set by', time.mode],
        ['Time zone', time.timeZone],
        ['Time server', server.host],
        ['Beside ours', offsetMs === null ? 'not told' : `${offsetMs > 0 ? '+' : ''}${(offsetMs / 1000).toFixed(1)} s`],
      ]),
      ...describeDifferences(output, differences),
    ].join('\n'),
  )
}
