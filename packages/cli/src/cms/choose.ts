// SPDX-License-Identifier: Apache-2.0
/** Devices as they are named on the command line: by site, tag, model, or name and id. */
import { type Device, type DeviceId, ListDevices } from '@openhmp/contract'
import { UsageError } from '../output/failure.ts'
import type { Cms } from './cms.ts'

export interface DeviceChoice {
  readonly site?: string
  readonly tag?: readonly string[]
  readonly model?: string
  /** Names or ids. */
  readonly device?: readonly string[]
  readonly all?: boolean
}

/** True when the device fits everything that is named. */
export const fits = ({ site, tag = [], model, device = [] }: DeviceChoice, one: Device): boolean =>
  (site === undefined || one.site === site) &&
  tag.every((each) => one.tags.includes(each)) &&
  (model === undefined || one.model?.toLowerCase() === model.toLowerCase()) &&
  (device.length === 0 || device.some((name) => name === one.id || name === one.name))

/** Ids of the devices that fit; undefined when nothing is named. Throws UsageError for a name that no device has. */
export async function chosen(cms: Cms, choice: DeviceChoice): Promise<DeviceId[] | undefined> {
  const { site, tag = [], model, device = [], all } = choice
  if (!all && site === undefined && tag.length === 0 && model === undefined && device.length === 0) return undefined
  const { devices } = await cms.call(ListDevices, {})
  const missing = device.find((name) => !devices.some((one) => one.id === name || one.name === name))
  if (missing !== undefined) throw new UsageError(`no device is called ${JSON.stringify(missing)}: hmp fleet devices`)
  const found = devices.filter((one) => fits(choice, one) && (!all || one.kind !== 'rtsp'))
  if (found.length === 0) throw new UsageError('no device fits')
  return found.map(({ id }) => id)
}
