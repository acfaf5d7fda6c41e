// SPDX-License-Identifier: Apache-2.0
/** The cameras of a plan while somebody places them. Pure: every change gives a new list. */
import { MAX_PLACED, type PlacedCamera } from '@openhmp/contract'
import { type Camera, keyOf } from '../../part/cameras.ts'
import type { Point } from './view-box.ts'

export type Placed = readonly PlacedCamera[]

/** As wide as the lenses most cameras come with. */
const USUAL_ANGLE = 90

export const placedKey = ({ device, channel }: Pick<PlacedCamera, 'device' | 'channel'>): string =>
  keyOf(device, channel)

/** Puts a camera there, or moves it there; of more than a plan takes, the last is not taken. */
export const put = (placed: Placed, camera: Camera, at: Point): Placed => {
  const { key, device, channel } = camera
  if (placed.some((one) => placedKey(one) === key)) return change(placed, key, at)
  if (placed.length >= MAX_PLACED) return placed
  return [...placed, { device: device.id, channel: channel.id, ...at, direction: 0, angle: USUAL_ANGLE }]
}

/** Another place, direction or angle; directions go round, the rest ends at its ends. */
export const change = (placed: Placed, key: string, to: Partial<Omit<PlacedCamera, 'device' | 'channel'>>): Placed =>
  placed.map((one) => (placedKey(one) === key ? tidied({ ...one, ...to }) : one))

const tidied = (one: PlacedCamera): PlacedCamera => ({
  ...one,
  x: Math.min(Math.max(one.x, 0), 1),
  y: Math.min(Math.max(one.y, 0), 1),
  direction: ((Math.round(one.direction) % 360) + 360) % 360,
  angle: Math.min(Math.max(Math.round(one.angle), 5), 360),
})

export const without = (placed: Placed, key: string): Placed => placed.filter((one) => placedKey(one) !== key)

/** Shares of the picture that an arrow moves a camera by. */
const STEP = 0.005
const TURN = 5

/** What a key does to the chosen camera; undefined when it does nothing. */
export const keyed = (placed: Placed, key: string, pressed: string): Placed | undefined => {
  const one = placed.find((each) => placedKey(each) === key)
  if (!one) return undefined
  switch (pressed) {
    case 'ArrowLeft':
      return change(placed, key, { x: one.x - STEP })
    case 'ArrowRight':
      return change(placed, key, { x: one.x + STEP })
    case 'ArrowUp':
      return change(placed, key, { y: one.y - STEP })
    case 'ArrowDown':
      return change(placed, key, { y: one.y + STEP })
    case '[':
      return change(placed, key, { direction: one.direction - TURN })
    case ']':
      return change(placed, key, { direction: one.direction + TURN })
    case 'Delete':
    case 'Backspace':
      return without(placed, key)
    default:
      return undefined
  }
}
