// SPDX-License-Identifier: Apache-2.0
/** Finding and sorting in the list of devices. What needs attention comes first when sorted by state. */
import type { Device } from '@openhmp/contract'

export const columns = ['state', 'name', 'model', 'address', 'kind', 'health', 'since'] as const
export type Column = (typeof columns)[number]

export interface DeviceView {
  readonly wanted: string
  readonly state: Device['state']['state'] | undefined
  readonly by: Column
  readonly isDescending: boolean
}

/** What somebody has to see to comes first. */
export const byUrgency: readonly Device['state']['state'][] = [
  'locked',
  'refused',
  'not-activated',
  'unreachable',
  'degraded',
  'restarting',
  'connecting',
  'online',
]

const keyFor = (device: Device, by: Column): string | number => {
  if (by === 'state') return byUrgency.indexOf(device.state.state)
  if (by === 'health') return -(device.health?.issues.length ?? -1)
  if (by === 'since') return -Date.parse(device.state.since)
  return device[by] ?? ''
}

const holds = (device: Device, needle: string): boolean =>
  [device.name, device.model, device.address, device.serialNumber, device.macAddress]
    .concat(device.channels.map((channel) => channel.name))
    .some((text) => text?.toLowerCase().includes(needle))

/** The devices to show, in order. Names are compared as people do: `Gate 2` before `Gate 10`. */
export const arrange = (devices: readonly Device[], view: DeviceView, language: string): Device[] => {
  const collator = new Intl.Collator(language, { numeric: true, sensitivity: 'base' })
  const needle = view.wanted.trim().toLowerCase()
  const found = devices.filter(
    (device) => (view.state === undefined || device.state.state === view.state) && holds(device, needle),
  )
  const sign = view.isDescending ? -1 : 1
  return found.sort((a, b) => {
    const [left, right] = [keyFor(a, view.by), keyFor(b, view.by)]
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : collator.compare(String(left), String(right))
    return sign * order || collator.compare(a.name, b.name)
  })
}
