// SPDX-License-Identifier: Apache-2.0
/** Puts what is known of devices into the list at once; the live feed would bring it, too. */
import type { Device } from '@openhmp/contract'
import { queries } from './client.ts'
import { type DeviceChanges, mergeDevices } from './merge.ts'
import { devicesQuery } from './queries.ts'

export const noteDevices = (changes: DeviceChanges): void => {
  queries.setQueryData<Device[]>(devicesQuery.queryKey, (old) => old && mergeDevices(old, changes))
}

/** One that was added or changed. */
export const noteDevice = (device: Device): void => noteDevices(new Map([[device.id, device]]))
