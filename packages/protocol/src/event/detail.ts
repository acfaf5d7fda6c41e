// SPDX-License-Identifier: Apache-2.0
/**
 * What an alert carries besides its kind: regions, what moved in them, a temperature, a face. Every family of devices puts
 * these elsewhere, so that they are looked for by name, wherever they stand.
 */
import { childrenOf, find, localName, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import type { DeviceEvent, EventFace, EventRegion, EventTarget } from './device-event.ts'

/** Regions of one alert that are read; devices have eight at most. */
export const MAX_REGIONS = 16
/** Points of one region; devices have ten at most. */
export const MAX_POINTS = 20
/** Coordinates of devices go from 0 to this, from the bottom left. */
const SCREEN = 1000
const KELVIN_AT_0_C = 273.15

/** The members of an event that tell more of it. */
export const detailOf = (
  root: XmlElement,
): Pick<DeviceEvent, 'targets' | 'region' | 'regions' | 'licensePlate' | 'temperature' | 'face'> => {
  const entries = entriesOf(root)
  const regions = entries.slice(0, MAX_REGIONS).flatMap((entry) => regionOf(entry) ?? [])
  const region = numberAt(entries[0], 'regionID')
  const licensePlate = textAt(root, 'ANPR/licensePlate') ?? textAt(root, 'ANPR/plateInfo/licensePlate')
  const temperature = temperatureOf(root)
  const face = faceOf(root)
  return {
    targets: targetsOf(root, entries),
    ...(region === undefined ? {} : { region }),
    ...(regions.length === 0 ? {} : { regions }),
    ...(licensePlate === undefined ? {} : { licensePlate }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(face === undefined ? {} : { face }),
  }
}

// Tolerates: both names of a region's element, and an empty list of PTZ cameras.
const entriesOf = (root: XmlElement): XmlElement[] =>
  childrenOf(root, 'DetectionRegionList').flatMap((list) => [
    ...childrenOf(list, 'DetectionRegionEntry'),
    ...childrenOf(list, 'DetectionRegion'),
  ])

/** Undefined for a region that says neither its number nor where it is. */
const regionOf = (entry: XmlElement): EventRegion | undefined => {
  const id = numberAt(entry, 'regionID')
  const list = find(entry, 'RegionCoordinatesList')
  const points = childrenOf(list, 'RegionCoordinates')
    .slice(0, MAX_POINTS)
    .flatMap((point) => {
      const [x, y] = [numberAt(point, 'positionX'), numberAt(point, 'positionY')]
      return x === undefined || y === undefined ? [] : [{ x: share(x), y: share(SCREEN - y) }]
    })
  if (id === undefined && points.length === 0) return undefined
  return { ...(id === undefined ? {} : { id }), points }
}

const share = (value: number): number => Math.min(1, Math.max(0, value / SCREEN))

const targetsOf = (root: XmlElement, entries: readonly XmlElement[]): EventTarget[] =>
  [...entries, root].flatMap((from) =>
    childrenOf(from, 'TargetRect').flatMap((rectangle) => {
      const [x, y, width, height] = ['X', 'Y', 'width', 'height'].map((name) => numberAt(rectangle, name))
      if (x === undefined || y === undefined || width === undefined || height === undefined) return []
      const type = textAt(from, 'detectionTarget') ?? textAt(root, 'targetType')
      return [{ x, y, width, height, ...(type === undefined ? {} : { type }) }]
    }),
  )

/** In degrees Celsius, whatever the device writes. */
const temperatureOf = (root: XmlElement): number | undefined => {
  const value = ['currTemperature', 'currentTemperature', 'highestTemperature', 'maxTemperature']
    .map((name) => numberOf(anywhere(root, name)))
    .find((found) => found !== undefined)
  if (value === undefined) return undefined
  const unit = anywhere(root, 'thermometryUnit')?.text.toLowerCase() ?? 'celsius'
  const celsius = unit.startsWith('f') ? ((value - 32) * 5) / 9 : unit.startsWith('k') ? value - KELVIN_AT_0_C : value
  return Math.round(celsius * 100) / 100
}

/** Who it looks like, most alike first, and what is told of the face. */
const faceOf = (root: XmlElement): EventFace | undefined => {
  const candidate = anywhere(root, 'candidate')
  const name = textOf(anywhere(candidate, 'name'))
  const similarity = numberOf(anywhere(candidate, 'similarity'))
  const around = anywhere(root, 'faces') ?? anywhere(root, 'FaceInfo') ?? anywhere(root, 'faceCapture')
  const age = textOf(anywhere(around, 'ageGroup')) ?? textOf(anywhere(around, 'age'))
  const gender = textOf(anywhere(around, 'gender')) ?? textOf(anywhere(around, 'sex'))
  if (name === undefined && similarity === undefined && age === undefined && gender === undefined) return undefined
  return {
    ...(name === undefined ? {} : { name }),
    ...(similarity === undefined ? {} : { similarity: similarity > 1 ? similarity / 100 : similarity }),
    ...(age === undefined ? {} : { age }),
    ...(gender === undefined ? {} : { gender }),
  }
}

/** The first element of that name, depth first. Documents are bounded in depth by their reader. */
const anywhere = (from: XmlElement | undefined, name: string): XmlElement | undefined => {
  const wanted = name.toLowerCase()
  for (const child of from?.children ?? []) {
    if (localName(child).toLowerCase() === wanted) return child
    const inside = anywhere(child, name)
    if (inside) return inside
  }
  return undefined
}

/** Text of an element, or of the `value` inside it. */
const textOf = (from: XmlElement | undefined): string | undefined => {
  const text = from?.text || textAt(from, 'value')
  return text === undefined || text === '' ? undefined : text
}

const numberOf = (from: XmlElement | undefined): number | undefined => {
  const text = textOf(from)
  const value = text === undefined ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}
