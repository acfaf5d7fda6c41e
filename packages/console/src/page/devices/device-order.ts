// SPDX-License-Identifier: Apache-2.0
/** Finding, filtering and sorting in the list of devices. What needs attention comes first when sorted by state. */
import type { Device } from '@openhmp/contract'
import type { Column } from './columns.ts'

/** What the list can be narrowed by, each with the devices' own values. */
export const facets = ['state', 'site', 'tag', 'model', 'firmware'] as const
export type Facet = (typeof facets)[number]

/** Stands for "has none" among the values of a facet. */
export const NONE = '-'

export type Filters = Readonly<Partial<Record<Facet, readonly string[]>>>

export interface DeviceView {
  readonly wanted: string
  readonly filters: Filters
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

const orNone = (text: string | null): readonly string[] => [text || NONE]

const valuesOf: Readonly<Record<Facet, (device: Device) => readonly string[]>> = {
  state: ({ state }) => [state.state],
  site: ({ site }) => orNone(site),
  tag: ({ tags }) => (tags.length === 0 ? [NONE] : tags),
  model: ({ model }) => orNone(model),
  firmware: ({ firmwareVersion }) => orNone(firmwareVersion),
}

/** What is searched, once for each device as it is: ten thousand are searched at every letter. */
const haystacks = new WeakMap<Device, string>()
const haystackOf = (device: Device): string => {
  let text = haystacks.get(device)
  if (text === undefined) {
    const { name, model, address, serialNumber, macAddress, firmwareVersion, site, group, tags, channels } = device
    text = [name, model, address, serialNumber, macAddress, firmwareVersion, site, group, ...tags]
      .concat(channels.map((channel) => channel.name))
      .filter((part) => part !== null)
      .join('\n')
      .toLowerCase()
    haystacks.set(device, text)
  }
  return text
}

/** Every word is somewhere in it. */
const holds = (device: Device, words: readonly string[]): boolean => {
  if (words.length === 0) return true
  const text = haystackOf(device)
  return words.every((word) => text.includes(word))
}

const wordsOf = (wanted: string): string[] => wanted.toLowerCase().split(/\s+/).filter(Boolean)

/** Facets that something is chosen of: mostly none, and then there is nothing to look at in ten thousand devices. */
const inForce = (filters: Filters): Facet[] => facets.filter((facet) => (filters[facet]?.length ?? 0) > 0)

const fits = (device: Device, facet: Facet, filters: Filters): boolean =>
  valuesOf[facet](device).some((value) => filters[facet]?.includes(value))

const keyFor = (device: Device, by: Column): string | number => {
  switch (by) {
    case 'state':
      return byUrgency.indexOf(device.state.state)
    case 'health':
      return -(device.health?.issues.length ?? -1)
    case 'since':
      return -Date.parse(device.state.since)
    case 'added':
      return -Date.parse(device.addedAt)
    case 'clock':
      return -Math.abs(device.health?.clockOffsetMs ?? 0)
    case 'channels':
      return device.channels.length
    case 'tags':
      return device.tags.join(' ')
    case 'firmware':
      return device.firmwareVersion ?? ''
    case 'serial':
      return device.serialNumber ?? ''
    case 'mac':
      return device.macAddress ?? ''
    default:
      return device[by] ?? ''
  }
}

/**
 * The devices to show, in order. Names are compared as people do: `Gate 2` before `Gate 10`. What has no value comes last
 * either way round. `before` is an earlier answer: where it was nearly right, sorting takes next to no time.
 */
export const arrange = (
  devices: readonly Device[],
  { wanted, filters, by, isDescending }: DeviceView,
  language: string,
  before: readonly Device[] = [],
): Device[] => {
  const collator = new Intl.Collator(language, { numeric: true, sensitivity: 'base' })
  const words = wordsOf(wanted)
  const narrowing = inForce(filters)
  const found = inOrderOf(before, devices).filter(
    (device) => narrowing.every((facet) => fits(device, facet, filters)) && holds(device, words),
  )
  const sign = isDescending ? -1 : 1
  const keys = new Map(found.map((device) => [device, keyFor(device, by)]))
  return found.sort((a, b) => {
    const [left, right] = [keys.get(a)!, keys.get(b)!]
    if (left === '' || right === '') return left === right ? collator.compare(a.name, b.name) : left === '' ? 1 : -1
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : collator.compare(String(left), String(right))
    return sign * order || collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1)
  })
}

/** The devices of now, in the order of an earlier list as far as they were in it. */
const inOrderOf = (before: readonly Device[], now: readonly Device[]): Device[] => {
  if (before.length === 0) return [...now]
  const left = new Map(now.map((device) => [device.id, device]))
  const ordered: Device[] = []
  for (const { id } of before) {
    const device = left.get(id)
    if (device && left.delete(id)) ordered.push(device)
  }
  ordered.push(...left.values())
  return ordered
}

export interface Choice {
  readonly value: string
  /** Devices that would be shown with this value chosen, the other filters being as they are. */
  readonly count: number
}

/** What can be chosen of each facet; by count, states by urgency. */
export const choicesOf = (
  devices: readonly Device[],
  { wanted, filters }: Pick<DeviceView, 'wanted' | 'filters'>,
): Readonly<Record<Facet, readonly Choice[]>> => {
  const words = wordsOf(wanted)
  const counts = Object.fromEntries(facets.map((facet) => [facet, new Map<string, number>()])) as Record<
    Facet,
    Map<string, number>
  >
  const narrowing = inForce(filters)
  for (const device of devices) {
    if (!holds(device, words)) continue
    const shutOutBy = narrowing.filter((facet) => !fits(device, facet, filters))
    for (const facet of facets) {
      // A facet's own choice does not count against its other values.
      const isCounted = shutOutBy.length === 0 || (shutOutBy.length === 1 && shutOutBy[0] === facet)
      const ofFacet = counts[facet]
      for (const value of valuesOf[facet](device)) ofFacet.set(value, (ofFacet.get(value) ?? 0) + (isCounted ? 1 : 0))
    }
  }
  // What is chosen stays in sight, with nothing behind it if need be.
  for (const facet of facets)
    for (const value of filters[facet] ?? []) if (!counts[facet].has(value)) counts[facet].set(value, 0)
  const choices = (facet: Facet) =>
    [...counts[facet]]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) =>
        facet === 'state' ? urgency(a.value) - urgency(b.value) : b.count - a.count || (a.value < b.value ? -1 : 1),
      )
  return Object.fromEntries(facets.map((facet) => [facet, choices(facet)])) as Record<Facet, Choice[]>
}

const urgency = (state: string): number => (byUrgency as readonly string[]).indexOf(state)
