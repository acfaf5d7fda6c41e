// SPDX-License-Identifier: Apache-2.0
/** A device as others see it: over the API, and over HMP by viewers. Neither ever shows a secret. */
import type { Device, DeviceState, HealthSummary } from '@openhmp/contract'
import type { ViewedDevice } from '../live/viewer.ts'
import type { KnownDevice } from './device-row.ts'

interface Shown {
  readonly known: KnownDevice
  readonly state: DeviceState
  readonly health: HealthSummary | null
}

/** For `GET /HMP/devices`. */
export const viewed = ({
  known: { id, name, information },
  state: { state },
}: Omit<Shown, 'health'>): ViewedDevice => ({
  id,
  name,
  state: isShutOut(state) ? 'refused' : state === 'online' || state === 'degraded' ? 'online' : 'offline',
  channels: (information?.channels ?? []).map((channel) => ({ id: channel.id, name: channel.name })),
})

const isShutOut = (state: DeviceState['state']): boolean =>
  state === 'refused' || state === 'locked' || state === 'not-activated'

/** For the API. */
export const shown = ({ known, state, health }: Shown): Device => {
  const { information } = known
  return {
    id: known.id as Device['id'],
    name: known.name,
    kind: known.kind,
    address: known.address,
    userName: known.userName,
    state,
    model: information?.model ?? null,
    serialNumber: information?.serialNumber ?? null,
    firmwareVersion: information?.firmwareVersion ?? null,
    deviceType: information?.deviceType ?? null,
    macAddress: information?.macAddress ?? null,
    channels: information?.channels ?? [],
    health,
    addedAt: new Date(known.addedAt).toISOString(),
    isDemo: known.isDemo,
    site: known.site,
    tags: [...known.tags],
    group: known.group,
  }
}
