// SPDX-License-Identifier: Apache-2.0
/** Who and what moves: people with a gait, cars on a path. All of it is a function of the time in the loop. */
import { noise } from './noise.ts'
import { carPaint, paint } from './surface.ts'
import { ball, type CarShape, capsule, car, look, type Solid, type Surface, type Vec } from './trace.ts'

/** Time in seconds and place: one goes straight from one to the next, softly. */
export type Path = readonly (readonly [number, number, number])[]

export interface Pose {
  readonly x: number
  readonly y: number
  readonly turn: number
  /** Metres walked since the start, for the gait. */
  readonly walked: number
  readonly speed: number
}

/** Where one is at `t`; undefined before the first and after the last point. */
export function follow(path: Path, t: number): Pose | undefined {
  const at = (u: number): readonly [number, number] => {
    const i = Math.max(1, path.findIndex((p) => p[0] > u) < 0 ? path.length - 1 : path.findIndex((p) => p[0] > u))
    const [a, b] = [path[i - 1]!, path[i]!]
    const k = Math.min(1, Math.max(0, (u - a[0]) / (b[0] - a[0])))
    return [a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k]
  }
  const first = path[0]!
  const last = path.at(-1)!
  if (t < first[0] || t > last[0]) return undefined
  const soft = (u: number): readonly [number, number] => {
    let x = 0
    let y = 0
    for (let i = -4; i <= 4; i++) {
      const p = at(u + i * 0.09)
      x += p[0] / 9
      y += p[1] / 9
    }
    return [x, y]
  }
  const [x, y] = soft(t)
  const [ax, ay] = soft(t - 0.15)
  const [bx, by] = soft(t + 0.15)
  let walked = 0
  let before = soft(first[0])
  for (let u = first[0] + 0.1; u <= t; u += 0.1) {
    const p = soft(u)
    walked += Math.hypot(p[0] - before[0], p[1] - before[1])
    before = p
  }
  walked += Math.hypot(x - before[0], y - before[1])
  const speed = Math.hypot(bx - ax, by - ay) / 0.3
  let turn = Math.atan2(by - ay, bx - ax)
  if (speed < 0.15) {
    // standing: keep looking where one was going
    for (let u = t; u > first[0]; u -= 0.2) {
      const [px, py] = soft(u - 0.2)
      const [qx, qy] = soft(u)
      if (Math.hypot(qx - px, qy - py) > 0.05) {
        turn = Math.atan2(qy - py, qx - px)
        break
      }
    }
  }
  return { x, y, turn, walked, speed }
}

export interface Clothes {
  readonly jacket: Vec
  readonly trousers: Vec
  readonly hair?: Vec
  readonly skin?: Vec
  /** A vest with bright bands. */
  readonly isVested?: boolean
  readonly bag?: Vec
}

const cloth = (c: Vec, vest = false): Surface => (x, y, z) => {
  const k = 0.75 + 0.5 * noise(x * 9, y * 9, z * 6)
  paint(c[0] * k, c[1] * k, c[2] * k)
  if (vest && ((z > 1.02 && z < 1.08) || (z > 1.18 && z < 1.24))) paint(0.8, 0.8, 0.78)
}

/** A person of 1.75 m. */
export function person(pose: Pose, clothes: Clothes, height = 1): Solid[] {
  const { x, y, turn } = pose
  const fx = Math.cos(turn)
  const fy = Math.sin(turn)
  const amount = Math.min(1, pose.speed / 0.9)
  const phase = (pose.walked / (1.42 * height)) * Math.PI * 2
  const bob = 0.018 * Math.cos(phase * 2) * amount
  /** Forward, left, up in metres of a person. */
  const at = (f: number, l: number, u: number): Vec => [x + (fx * f - fy * l) * height, y + (fy * f + fx * l) * height, (u + bob) * height]
  const jacket = cloth(clothes.jacket, clothes.isVested)
  const trousers = cloth(clothes.trousers)
  const skin = cloth(clothes.skin ?? [0.42, 0.26, 0.19])
  const hair = cloth(clothes.hair ?? [0.03, 0.022, 0.018])
  const shoe = cloth([0.03, 0.03, 0.032])
  const parts: Solid[] = []
  const bar = (a: Vec, b: Vec, r: number, s: Surface) => parts.push(capsule(a, b, r * height, s))
  const sway = 0.02 * Math.sin(phase) * amount
  const chest = 0.03 + 0.03 * amount
  bar(at(0, 0.055 + sway, 0.98), at(0, -0.055 + sway, 0.98), 0.135, trousers)
  bar(at(0, 0.04, 1.06), at(chest, 0.05, 1.33), 0.135, jacket)
  bar(at(0, -0.04, 1.06), at(chest, -0.05, 1.33), 0.135, jacket)
  bar(at(chest, 0.125, 1.39), at(chest, -0.125, 1.39), 0.085, jacket)
  bar(at(chest, 0, 1.42), at(chest + 0.02, 0, 1.52), 0.058, skin)
  parts.push(ball(at(chest + 0.045, 0, 1.635), 0.1 * height, skin))
  parts.push(ball(at(chest + 0.02, 0, 1.665), 0.103 * height, hair))
  for (const side of [1, -1]) {
    const p = phase + (side > 0 ? 0 : Math.PI)
    const thigh = 0.45 * Math.sin(p) * amount
    const bend = (0.08 + 0.85 * Math.max(0, Math.sin(p + 1.15)) ** 1.5) * amount
    const hip: readonly [number, number] = [0, 0.93]
    const knee: readonly [number, number] = [hip[0] + 0.44 * Math.sin(thigh), hip[1] - 0.44 * Math.cos(thigh)]
    const ankle: readonly [number, number] = [knee[0] + 0.43 * Math.sin(thigh - bend), knee[1] - 0.43 * Math.cos(thigh - bend)]
    const lift = Math.max(0.05, ankle[1])
    bar(at(hip[0], side * 0.085, hip[1]), at(knee[0], side * 0.09, knee[1]), 0.083, trousers)
    bar(at(knee[0], side * 0.09, knee[1]), at(ankle[0], side * 0.09, lift), 0.06, trousers)
    bar(at(ankle[0], side * 0.09, lift - 0.01), at(ankle[0] + 0.16, side * 0.1, Math.max(0.04, lift - 0.04 + 0.12 * Math.sin(thigh))), 0.046, shoe)
    const swing = -0.42 * Math.sin(p) * amount + 0.03
    const elbow: readonly [number, number] = [chest + 0.29 * Math.sin(swing), 1.38 - 0.29 * Math.cos(swing)]
    const fore = swing + 0.25 + 0.2 * amount
    const hand: readonly [number, number] = [elbow[0] + 0.27 * Math.sin(fore), elbow[1] - 0.27 * Math.cos(fore)]
    bar(at(chest, side * 0.2, 1.38), at(elbow[0], side * 0.235, elbow[1]), 0.056, jacket)
    bar(at(elbow[0], side * 0.235, elbow[1]), at(hand[0], side * 0.22, hand[1]), 0.045, jacket)
    parts.push(ball(at(hand[0] + 0.02, side * 0.22, hand[1] - 0.04), 0.05 * height, skin))
  }
  if (clothes.bag) bar(at(-0.13, 0, 1.12), at(-0.12, 0, 1.34), 0.13, cloth(clothes.bag))
  return parts
}

/** A car at a pose. `lights` 0..1. */
export const carAt = (pose: { x: number; y: number; turn: number }, shape: CarShape, colour: Vec, lights = 0): Solid => car([pose.x, pose.y, 0], pose.turn, shape, carPaint(colour, lights))

/** Lends a colour to `look` from elsewhere. */
export const dim = (surface: Surface, k: number): Surface => (x, y, z, s, lx, ly, lz) => {
  surface(x, y, z, s, lx, ly, lz)
  look.r *= k
  look.g *= k
  look.b *= k
}
