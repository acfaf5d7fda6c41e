// SPDX-License-Identifier: Apache-2.0
/** What somebody may see of the devices, as events and alarms are looked for: whole ones, and cameras of others. */

/** Of a device these cameras alone. */
export interface Narrowed {
  readonly device: string
  readonly channels: readonly number[]
}

/** Devices, and those of them that are not seen whole. */
export interface Visible {
  readonly devices: readonly string[]
  readonly narrowed: readonly Narrowed[]
}

/** Those of the devices of which anything may be seen. */
export const visibleOf = (
  ids: readonly string[],
  camerasOf: (device: string) => 'all' | readonly number[],
): Visible => {
  const devices: string[] = []
  const narrowed: Narrowed[] = []
  for (const device of ids) {
    const channels = camerasOf(device)
    if (channels.length === 0) continue
    devices.push(device)
    if (channels !== 'all') narrowed.push({ device, channels })
  }
  return { devices, narrowed }
}
