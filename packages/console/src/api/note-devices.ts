// SPDX-License-Identifier: Apache-2.0
/** Puts what is known of devices into the lists at once; the live feed would bring it, too. */
import type { Device } from '@openhmp/contract'
import { queries } from './client.ts'
import { type DeviceChanges, mergeDevices } from './merge.ts'
import { deviceQuery, devicesQuery, devicesWithStreamsQuery } from './queries.ts'

export const noteDevices = (changes: DeviceChanges): void => {
  for (const { queryKey } of [devicesWithStreamsQuery, devicesQuery])
    queries.setQueryData<Device[]>(queryKey, (old) => old && mergeDevices(old, changes))
  for (const [id, device] of changes)
    queries.setQueryData<Device | null>(deviceQuery(id).queryKey, (old) => (old === undefined ? undefined : device))
}

/** One that was added or changed. */
export const noteDevice = (device: Device): void => noteDevices(new Map([[device.id, device]]))
