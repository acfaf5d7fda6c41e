// SPDX-License-Identifier: Apache-2.0
/** A device as others see it: over the API, and over HMP by viewers. Neither ever shows a secret. */
import type { Device, DeviceState, HealthSummary } from '@openhmp/contract'
import type { ViewedDevice } from '../live/viewer.ts'
import type { KnownDevice } from './device-row.ts'

/** What is shown of a device depends on nothing else; each is replaced, never changed. */
export interface Shown {
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

/** A device for somebody who may see some of its cameras: those, and nothing of where the device is and what it says of itself. */
export const withCameras = (device: Device, cameras: readonly number[], streams: 'all' | 'none' = 'all'): Device => {
  const { state, channels } = device
  const own = channels.filter(({ id }) => cameras.includes(id))
  return {
    ...device,
    ...{ address: '', userName: null, serialNumber: null, firmwareVersion: null, macAddress: null, health: null },
    group: null,
    state: { ...state, cause: state.cause && { code: state.cause.code, text: '' } },
    channels: streams === 'all' ? own : own.map((channel) => ({ ...channel, streams: [] })),
  }
}

interface Text extends Shown {
  readonly text: string
}

/**
 * Devices as JSON, written out once for each change: ten thousand anew take a third of a second, during which no picture
 * would move.
 */
export class ShownTexts {
  readonly #texts = { all: new WeakMap<object, Text>(), none: new WeakMap<object, Text>() }

  /** `key` is the device's own object, as long as it lives. */
  of(
    key: object,
    { known, state, health }: Shown,
    streams: 'all' | 'none',
    cameras: 'all' | readonly number[] = 'all',
  ): string {
    if (cameras !== 'all') return JSON.stringify(withCameras(shown({ known, state, health }), cameras, streams))
    const texts = this.#texts[streams]
    const before = texts.get(key)
    if (before && before.known === known && before.state === state && before.health === health) return before.text
    const device = shown({ known, state, health })
    const channels =
      streams === 'all' ? device.channels : device.channels.map((channel) => ({ ...channel, streams: [] }))
    const text = JSON.stringify({ ...device, channels })
    texts.set(key, { known, state, health, text })
    return text
  }
}
