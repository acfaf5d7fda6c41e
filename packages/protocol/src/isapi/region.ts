// SPDX-License-Identifier: Apache-2.0
/**
 * Points and regions of a picture. Devices count on a raster of 1000 by 1000 (`normalizedScreenSize` where they say so,
 * 704 by 576 on some) from the bottom left; here they are fractions, from the top left, as on a screen.
 */
import { Refusal } from '../base/errors.ts'
import { childrenOf, copyOf, element, localName, numberAt, setText, type XmlElement } from '../xml/element.ts'

/** 0 to 1 each; y grows downwards. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Points of one region or line that are taken. */
export const MAX_POINTS = 20

interface Raster {
  readonly width: number
  readonly height: number
}

/** The raster of a document; `otherwise` where it does not say. */
export const rasterOf = (root: XmlElement, otherwise: Raster = { width: 1000, height: 1000 }): Raster => ({
  width: numberAt(root, 'normalizedScreenSize/normalizedScreenWidth') || otherwise.width,
  height: numberAt(root, 'normalizedScreenSize/normalizedScreenHeight') || otherwise.height,
})

const isMember = (one: XmlElement): boolean => /coordinates$/i.test(localName(one))
const within = (value: number): number => Math.min(1, Math.max(0, value))

/** Reads a list of coordinates; points without both numbers are left out. */
export const readPoints = (list: XmlElement | undefined, raster: Raster): Point[] =>
  (list?.children ?? [])
    .filter(isMember)
    .slice(0, MAX_POINTS)
    .flatMap((one) => readPoint(one, raster) ?? [])

/** `positionX` and `positionY` of an element; undefined where one is missing. */
export const readPoint = (from: XmlElement | undefined, { width, height }: Raster): Point | undefined => {
  const [x, y] = [numberAt(from, 'positionX'), numberAt(from, 'positionY')]
  return x === undefined || y === undefined ? undefined : { x: within(x / width), y: within((height - y) / height) }
}

/** Writes `positionX` and `positionY`. Throws `Refusal` `setting.range`. */
export const writePoint = (to: XmlElement, { x, y }: Point, { width, height }: Raster): void => {
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1))
    throw new Refusal('invalid', 'setting.range', 'a point is from 0 to 1 in both directions')
  setText(to, 'positionX', Math.round(x * width))
  setText(to, 'positionY', Math.round((1 - y) * height))
}

/**
 * Puts points in place of those in `list`, in place. Members stay as far as there are any, with what else they hold.
 * Throws `Refusal` `setting.range`.
 */
export const writePoints = (list: XmlElement, points: readonly Point[], raster: Raster): void => {
  if (points.length > MAX_POINTS) throw new Refusal('invalid', 'setting.range', `up to ${MAX_POINTS} points are taken`)
  const former = list.children.filter(isMember)
  const name = former[0]?.name ?? list.name.replace(/List$/i, '') // `RegionCoordinatesList` holds `RegionCoordinates`
  const members = points.map((point, i) => {
    const one = former[i] ? copyOf(former[i]) : element(name, [])
    writePoint(one, point, raster)
    return one
  })
  list.children = [...members, ...list.children.filter((one) => !isMember(one))]
}

/** The list of coordinates of a region or line, made where it is missing. */
export const pointListOf = (region: XmlElement): XmlElement => {
  const found = ['RegionCoordinatesList', 'CoordinatesList'].flatMap((name) => childrenOf(region, name))[0]
  if (found) return found
  const made = element(`${region.name.slice(0, region.name.indexOf(':') + 1)}RegionCoordinatesList`, [])
  region.children.push(made)
  return made
}

/** A level from 0 to 100. Throws `Refusal` `setting.range`. */
export const mustBeLevel = (what: string, value: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > 100)
    throw new Refusal('invalid', 'setting.range', `${what} is a whole number from 0 to 100, not ${value}`)
  return value
}
