// SPDX-License-Identifier: Apache-2.0
/** What a channel looks for in its picture: motion, a covered lens, a lost picture. */
import { Refusal } from '../base/errors.ts'
import { booleanAt, childrenOf, find, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { type Grid, readGrid, writeGrid } from './grid.ts'
import { mustBeLevel, type Point, pointListOf, rasterOf, readPoints, writePoints } from './region.ts'
import type { Resource } from './resource.ts'

/** Where a channel's document is: a camera has its own, a recorder those of the cameras behind it. */
export interface ChannelPlace {
  readonly channel: number
  /** The device is a recorder. */
  readonly isProxied: boolean
}
/** The path of a channel's document. */
export const channelPath = ({ channel, isProxied }: ChannelPlace, name: string): string =>
  isProxied
    ? `/ISAPI/ContentMgmt/InputProxy/channels/${channel}/video/${name}`
    : `/ISAPI/System/Video/inputs/channels/${channel}/${name}`

/** Motion detection. What the device does not say is undefined. */
export interface MotionSettings {
  readonly isEnabled: boolean | undefined
  /** 0 to 100. */
  readonly sensitivity: number | undefined
  /** Where motion counts, by cells; the device uses the grid or the regions. */
  readonly grid: Grid | undefined
  readonly regions: readonly (readonly Point[])[]
  /** `human`, `vehicle`; none: all that moves. */
  readonly targets: readonly string[]
}
export type MotionChange = Partial<MotionSettings>

const LAYOUT = 'MotionDetectionLayout'
const regionsOf = (root: XmlElement): XmlElement[] => childrenOf(find(root, `${LAYOUT}/layout/RegionList`), 'Region')
const sizeOf = (root: XmlElement): [rows: number, columns: number] => [
  numberAt(root, 'Grid/rowGranularity') ?? 18,
  numberAt(root, 'Grid/columnGranularity') ?? 22,
]

export const motionResource = (place: ChannelPlace): Resource<MotionSettings, MotionChange> => ({
  path: channelPath(place, 'motionDetection'),
  read: (root) => ({
    isEnabled: booleanAt(root, 'enabled'),
    sensitivity: numberAt(root, `${LAYOUT}/sensitivityLevel`),
    grid: readGrid(textAt(root, `${LAYOUT}/layout/gridMap`) ?? '', ...sizeOf(root)),
    regions: regionsOf(root)
      .map((one) => readPoints(find(one, 'RegionCoordinatesList'), rasterOf(root)))
      .filter((points) => points.length > 0),
    targets: targetsAt(root, `${LAYOUT}/targetType`),
  }),
  write: (root, { isEnabled, sensitivity, grid, regions, targets }) => {
    if (isEnabled !== undefined) setText(root, 'enabled', isEnabled)
    if (sensitivity !== undefined)
      setText(root, `${LAYOUT}/sensitivityLevel`, mustBeLevel('the sensitivity', sensitivity))
    if (grid !== undefined) {
      mustHave(root, `${LAYOUT}/layout/gridMap`, 'a grid')
      setText(root, `${LAYOUT}/layout/gridMap`, writeGrid(grid, ...sizeOf(root)))
    }
    if (regions !== undefined) writeRegions(root, regionsOf(root), regions)
    if (targets !== undefined) writeTargets(root, `${LAYOUT}/targetType`, targets)
  },
})

/** A covered, turned or sprayed lens. */
export interface TamperSettings {
  readonly isEnabled: boolean | undefined
  /** 0 to 100. */
  readonly sensitivity: number | undefined
  readonly regions: readonly (readonly Point[])[]
}

const tamperRegions = (root: XmlElement): XmlElement[] =>
  childrenOf(find(root, 'TamperDetectionRegionList'), 'TamperDetectionRegion')

export const tamperResource = (place: ChannelPlace): Resource<TamperSettings, Partial<TamperSettings>> => ({
  path: channelPath(place, 'tamperDetection'),
  read: (root) => ({
    isEnabled: booleanAt(root, 'enabled'),
    sensitivity: numberAt(root, 'tampersensitivityLevel') ?? numberAt(tamperRegions(root)[0], 'sensitivityLevel'),
    regions: tamperRegions(root)
      .map((one) => readPoints(find(one, 'RegionCoordinatesList'), rasterOf(root)))
      .filter((points) => points.length > 0),
  }),
  write: (root, { isEnabled, sensitivity, regions }) => {
    if (isEnabled !== undefined) setText(root, 'enabled', isEnabled)
    if (sensitivity !== undefined) {
      mustBeLevel('the sensitivity', sensitivity)
      // Firmware has one level for all, or one for each region: what is there is told.
      const each = tamperRegions(root).filter((one) => find(one, 'sensitivityLevel'))
      for (const one of each) setText(one, 'sensitivityLevel', sensitivity)
      if (find(root, 'tampersensitivityLevel') || each.length === 0)
        setText(root, 'tampersensitivityLevel', sensitivity)
    }
    if (regions !== undefined) writeRegions(root, tamperRegions(root), regions)
  },
})

/** No picture at an input. */
export interface VideoLossSettings {
  readonly isEnabled: boolean | undefined
}
export const videoLossResource = (place: ChannelPlace): Resource<VideoLossSettings, Partial<VideoLossSettings>> => ({
  path: channelPath(place, 'videoLoss'),
  read: (root) => ({ isEnabled: booleanAt(root, 'enabled') }),
  write: (root, { isEnabled }) => {
    if (isEnabled !== undefined) setText(root, 'enabled', isEnabled)
  },
})

/** Words of a list, `human,vehicle`. */
export const targetsAt = (root: XmlElement, path: string): string[] =>
  textAt(root, path)
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '') ?? []

/** Throws `Refusal` `setting.absent` where the device does not tell targets apart. */
export const writeTargets = (root: XmlElement, path: string, targets: readonly string[]): void => {
  mustHave(root, path, 'a kind of target')
  setText(root, path, targets.join(','))
}

const mustHave = (root: XmlElement, path: string, what: string): void => {
  if (!find(root, path)) throw new Refusal('conflict', 'setting.absent', `the device has no ${what} here`)
}

/** Writes into the places that there are; those that are left over are emptied. */
const writeRegions = (root: XmlElement, places: XmlElement[], regions: readonly (readonly Point[])[]): void => {
  if (regions.length > places.length)
    throw new Refusal('invalid', 'setting.range', `the device has room for ${places.length} regions`)
  for (const [i, place] of places.entries()) writePoints(pointListOf(place), regions[i] ?? [], rasterOf(root))
}
