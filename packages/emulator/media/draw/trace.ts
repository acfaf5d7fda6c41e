// SPDX-License-Identifier: Apache-2.0
/** Rays against the few solids that the scenes are built of. Metres; x right, y into the picture, z up. */
import { noise } from './noise.ts'

export type Vec = readonly [number, number, number]

/** What a surface looks like at a point; `surface` fills it in. */
export const look = { r: 0, g: 0, b: 0, gloss: 0, emit: 0, nx: 0, ny: 0, nz: 0 }

/** Sets colour into `look` (which holds the normal already, and may bend it). Local coordinates are of the solid. */
export type Surface = (x: number, y: number, z: number, solid: Solid, lx: number, ly: number, lz: number) => void

export const Kind = { box: 0, tube: 1, ball: 2, capsule: 3, leaves: 4, car: 5, ground: 6 } as const

/** One solid. All have the same fields, so that the one function that meets them stays quick. */
export interface Solid {
  kind: number
  x: number
  y: number
  z: number
  /** Half sizes (box), radius and height (tube), radius (others). */
  a: number
  b: number
  c: number
  cos: number
  sin: number
  /** The other end of a capsule. */
  ex: number
  ey: number
  ez: number
  /** Bounding ball. */
  bx: number
  by: number
  bz: number
  br: number
  surface: Surface
  /** Actor's number; -1 for what stands still. */
  actor: number
  shape: CarShape | undefined
}

const plain: Omit<Solid, 'surface'> = { kind: 0, x: 0, y: 0, z: 0, a: 0, b: 0, c: 0, cos: 1, sin: 0, ex: 0, ey: 0, ez: 0, bx: 0, by: 0, bz: 0, br: 1e9, actor: -1, shape: undefined }

/** A box by centre and full sizes, turned about the vertical. */
export function box(centre: Vec, size: Vec, surface: Surface, turn = 0): Solid {
  const [x, y, z] = centre
  const [a, b, c] = [size[0] / 2, size[1] / 2, size[2] / 2]
  return { ...plain, kind: Kind.box, x, y, z, a, b, c, cos: Math.cos(turn), sin: Math.sin(turn), bx: x, by: y, bz: z, br: Math.hypot(a, b, c), surface }
}
/** A standing cylinder by the middle of its foot. */
export const tube = (foot: Vec, radius: number, height: number, surface: Surface): Solid => ({ ...plain, kind: Kind.tube, x: foot[0], y: foot[1], z: foot[2], a: radius, b: height, bx: foot[0], by: foot[1], bz: foot[2] + height / 2, br: Math.hypot(radius, height / 2), surface })
export const ball = (centre: Vec, radius: number, surface: Surface): Solid => ({ ...plain, kind: Kind.ball, x: centre[0], y: centre[1], z: centre[2], a: radius, bx: centre[0], by: centre[1], bz: centre[2], br: radius, surface })
/** A ball full of leaves: rays pass where there are none. */
export const leaves = (centre: Vec, radius: number, surface: Surface): Solid => ({ ...ball(centre, radius, surface), kind: Kind.leaves })
/** A round bar between two points. */
export function capsule(from: Vec, to: Vec, radius: number, surface: Surface): Solid {
  const half = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]) / 2
  return { ...plain, kind: Kind.capsule, x: from[0], y: from[1], z: from[2], ex: to[0], ey: to[1], ez: to[2], a: radius, bx: (from[0] + to[0]) / 2, by: (from[1] + to[1]) / 2, bz: (from[2] + to[2]) / 2, br: half + radius, surface }
}
export const ground = (surface: Surface): Solid => ({ ...plain, kind: Kind.ground, surface })

/** Proportions of a car, metres, x forward from its middle. */
export interface CarShape {
  readonly halfLength: number
  readonly halfWidth: number
  readonly hood: number
  readonly roof: number
  /** Where the windscreen starts (low) and ends (high), and the rear window. */
  readonly screen: readonly [number, number]
  readonly rear: readonly [number, number]
  readonly wheel: number
}
export const saloon: CarShape = { halfLength: 2.25, halfWidth: 0.9, hood: 0.95, roof: 1.45, screen: [1.0, 0.2], rear: [-1.8, -1.05], wheel: 1.36 }
export const hatch: CarShape = { halfLength: 2.0, halfWidth: 0.87, hood: 0.98, roof: 1.52, screen: [0.95, 0.2], rear: [-1.95, -1.55], wheel: 1.25 }
export const van: CarShape = { halfLength: 2.6, halfWidth: 0.98, hood: 1.15, roof: 2.15, screen: [1.75, 1.05], rear: [-2.6, -2.5], wheel: 1.6 }
export function car(place: Vec, turn: number, shape: CarShape, surface: Surface): Solid {
  const [x, y, z] = place
  return { ...plain, kind: Kind.car, x, y, z, cos: Math.cos(turn), sin: Math.sin(turn), bx: x, by: y, bz: z + shape.roof / 2, br: Math.hypot(shape.halfLength, shape.halfWidth, shape.roof / 2) + 0.05, surface, shape }
}

const smooth = (a: number, b: number, k: number) => {
  const h = Math.max(k - Math.abs(a - b), 0) / k
  return Math.min(a, b) - h * h * k * 0.25
}
/** 1 where the nearest part of the car last measured is a wheel. */
export let isWheel = false

/** Distance to a car in its own coordinates. */
function carDistance(s: CarShape, x: number, y: number, z: number): number {
  const side = Math.abs(y)
  const bulge = side + 0.02 * x * x * x * x / (s.halfLength * s.halfLength)
  const front = Math.max(0, x - s.screen[0])
  const middle = (s.hood + 0.28) / 2
  const qx = Math.max(Math.abs(x) - (s.halfLength - 0.2), 0)
  const qy = Math.max(bulge - (s.halfWidth - 0.2), 0)
  const qz = Math.max(Math.abs(z - middle + 0.1 * front) - ((s.hood - 0.28) / 2 - 0.2), 0)
  let body = Math.sqrt(qx * qx + qy * qy + qz * qz) - 0.2
  const rise = s.roof - s.hood
  const run = s.screen[0] - s.screen[1]
  const long = Math.hypot(rise, run)
  const wind = ((x - s.screen[0]) * rise + (z - s.hood) * run) / long
  const runBack = s.rear[1] - s.rear[0]
  const longBack = Math.hypot(rise, runBack)
  const rear = (-(x - s.rear[0]) * rise + (z - s.hood) * runBack) / longBack
  const flank = (side + 0.3 * (z - s.hood) - (s.halfWidth - 0.07)) / 1.044
  let cabin = -smooth(-wind, -rear, 0.15)
  cabin = -smooth(-cabin, -(z - s.roof + 0.03 * x * x * 0.3), 0.2)
  cabin = -smooth(-cabin, -flank, 0.16)
  cabin = Math.max(cabin, s.hood - 0.3 - z)
  body = smooth(body, cabin, 0.08)
  const wx = Math.abs(x) - s.wheel
  const wheel = Math.sqrt(wx * wx + (z - 0.33) * (z - 0.33))
  if (side > s.halfWidth - 0.32) body = Math.max(body, 0.4 - wheel)
  const tyre = Math.max(wheel - 0.33, side - (s.halfWidth - 0.02), s.halfWidth - 0.24 - side)
  isWheel = tyre < body
  return isWheel ? tyre : body
}

/** The nearest hit of the last `trace`. */
export const hit = { t: 0, solid: undefined as Solid | undefined, nx: 0, ny: 0, nz: 0, lx: 0, ly: 0, lz: 0 }

/** Finds the nearest of `solids` along the ray (of unit length) before `most`; false when there is none. Fills `hit`. */
export function trace(solids: readonly Solid[], ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, most: number): boolean {
  let best = most
  let found: Solid | undefined
  for (let i = 0; i < solids.length; i++) {
    const s = solids[i]!
    const cx = s.bx - ox
    const cy = s.by - oy
    const cz = s.bz - oz
    const along = cx * dx + cy * dy + cz * dz
    if (s.kind !== Kind.ground) {
      const apart = cx * cx + cy * cy + cz * cz - along * along
      if (apart > s.br * s.br || along < -s.br || along - s.br > best) continue
    }
    const t = meet(s, ox, oy, oz, dx, dy, dz, best)
    if (t > 1e-4 && t < best) {
      best = t
      found = s
      hit.nx = mx
      hit.ny = my
      hit.nz = mz
      hit.lx = px
      hit.ly = py
      hit.lz = pz
    }
  }
  hit.t = best
  hit.solid = found
  return found !== undefined
}

/** Normal and local place of the last meeting. */
let mx = 0
let my = 0
let mz = 0
let px = 0
let py = 0
let pz = 0

/** Distance along the ray to the solid, or -1. Leaves its normal and place in the variables above. */
function meet(s: Solid, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number, most: number): number {
  switch (s.kind) {
    case Kind.ground: {
      if (dz >= -1e-6) return -1
      mx = 0
      my = 0
      mz = 1
      const t = -oz / dz
      px = ox + dx * t
      py = oy + dy * t
      pz = 0
      return t
    }
    case Kind.box: {
      const rx = (ox - s.x) * s.cos + (oy - s.y) * s.sin
      const ry = -(ox - s.x) * s.sin + (oy - s.y) * s.cos
      const rz = oz - s.z
      const ex = dx * s.cos + dy * s.sin
      const ey = -dx * s.sin + dy * s.cos
      const ix = 1 / ex
      const iy = 1 / ey
      const iz = 1 / dz
      const kx = Math.abs(ix) * s.a
      const ky = Math.abs(iy) * s.b
      const kz = Math.abs(iz) * s.c
      const nx = -rx * ix
      const ny = -ry * iy
      const nz = -rz * iz
      const near = Math.max(nx - kx, ny - ky, nz - kz)
      const far = Math.min(nx + kx, ny + ky, nz + kz)
      if (near > far || far < 0 || near < 1e-4) return -1
      px = rx + ex * near
      py = ry + ey * near
      pz = rz + dz * near
      mx = 0
      my = 0
      mz = 0
      if (near === nx - kx) {
        const sign = ex > 0 ? -1 : 1
        mx = s.cos * sign
        my = s.sin * sign
      } else if (near === ny - ky) {
        const sign = ey > 0 ? -1 : 1
        mx = -s.sin * sign
        my = s.cos * sign
      } else mz = dz > 0 ? -1 : 1
      return near
    }
    case Kind.ball: {
      const cx = ox - s.x
      const cy = oy - s.y
      const cz = oz - s.z
      const b = cx * dx + cy * dy + cz * dz
      const h = b * b - (cx * cx + cy * cy + cz * cz - s.a * s.a)
      if (h < 0) return -1
      const t = -b - Math.sqrt(h)
      px = cx + dx * t
      py = cy + dy * t
      pz = cz + dz * t
      mx = px / s.a
      my = py / s.a
      mz = pz / s.a
      return t
    }
    case Kind.tube: {
      const cx = ox - s.x
      const cy = oy - s.y
      const a = dx * dx + dy * dy
      const b = cx * dx + cy * dy
      const h = b * b - a * (cx * cx + cy * cy - s.a * s.a)
      if (h < 0) return -1
      let t = (-b - Math.sqrt(h)) / a
      let z = oz + dz * t - s.z
      if (t > 0 && z >= 0 && z <= s.b) {
        px = cx + dx * t
        py = cy + dy * t
        pz = z
        mx = px / s.a
        my = py / s.a
        mz = 0
        return t
      }
      if (dz >= 0) return -1
      t = (s.z + s.b - oz) / dz
      px = cx + dx * t
      py = cy + dy * t
      z = s.b
      pz = z
      mx = 0
      my = 0
      mz = 1
      return px * px + py * py <= s.a * s.a ? t : -1
    }
    case Kind.capsule: {
      const bax = s.ex - s.x
      const bay = s.ey - s.y
      const baz = s.ez - s.z
      const oax = ox - s.x
      const oay = oy - s.y
      const oaz = oz - s.z
      const baba = bax * bax + bay * bay + baz * baz
      const bard = bax * dx + bay * dy + baz * dz
      const baoa = bax * oax + bay * oay + baz * oaz
      const rdoa = dx * oax + dy * oay + dz * oaz
      const oaoa = oax * oax + oay * oay + oaz * oaz
      const a = baba - bard * bard
      let b = baba * rdoa - baoa * bard
      let c = baba * oaoa - baoa * baoa - s.a * s.a * baba
      let h = b * b - a * c
      if (h < 0) return -1
      let t = (-b - Math.sqrt(h)) / a
      let y = baoa + t * bard
      if (!(y > 0 && y < baba)) {
        const cx = y <= 0 ? oax : ox - s.ex
        const cy = y <= 0 ? oay : oy - s.ey
        const cz = y <= 0 ? oaz : oz - s.ez
        b = dx * cx + dy * cy + dz * cz
        c = cx * cx + cy * cy + cz * cz - s.a * s.a
        h = b * b - c
        if (h < 0) return -1
        t = -b - Math.sqrt(h)
        y = y <= 0 ? 0 : baba
      }
      const k = y / baba
      px = ox + dx * t
      py = oy + dy * t
      pz = oz + dz * t
      mx = (px - s.x - bax * k) / s.a
      my = (py - s.y - bay * k) / s.a
      mz = (pz - s.z - baz * k) / s.a
      return t
    }
    case Kind.leaves: {
      const cx = ox - s.x
      const cy = oy - s.y
      const cz = oz - s.z
      const b = cx * dx + cy * dy + cz * dz
      const h = b * b - (cx * cx + cy * cy + cz * cz - s.a * s.a)
      if (h < 0) return -1
      const root = Math.sqrt(h)
      const end = Math.min(most, -b + root)
      for (let t = Math.max(0, -b - root) + 0.03; t < end; t += 0.12) {
        const x = ox + dx * t
        const y = oy + dy * t
        const z = oz + dz * t
        const ex = (x - s.x) / s.a
        const ey = (y - s.y) / s.a
        const ez = (z - s.z) / s.a
        const out = ex * ex + ey * ey + ez * ez
        if (noise(x * 2.1, y * 2.1, z * 2.1) * 0.55 + noise(x * 9, y * 9, z * 9) * 0.55 < 0.5 + 0.3 * out * out) continue
        const n = Math.sqrt(out) + 1e-6
        mx = ex / n + (noise(x * 13, y * 13, z * 13) - 0.5) * 1.6
        my = ey / n + (noise(x * 13 + 9, y * 13, z * 13) - 0.5) * 1.6
        mz = ez / n + (noise(x * 13, y * 13 + 7, z * 13) - 0.5) * 1.6
        const m = Math.hypot(mx, my, mz)
        mx /= m
        my /= m
        mz /= m
        px = ex
        py = ey
        pz = ez
        return t
      }
      return -1
    }
    default: {
      const shape = s.shape!
      const rx = (ox - s.x) * s.cos + (oy - s.y) * s.sin
      const ry = -(ox - s.x) * s.sin + (oy - s.y) * s.cos
      const rz = oz - s.z
      const ex = dx * s.cos + dy * s.sin
      const ey = -dx * s.sin + dy * s.cos
      const cx = s.bx - ox
      const cy = s.by - oy
      const cz = s.bz - oz
      const along = cx * dx + cy * dy + cz * dz
      const root = Math.sqrt(Math.max(0, s.br * s.br - (cx * cx + cy * cy + cz * cz - along * along)))
      let t = Math.max(0.001, along - root)
      const end = Math.min(most, along + root)
      for (let i = 0; i < 48 && t < end; i++) {
        const d = carDistance(shape, rx + ex * t, ry + ey * t, rz + dz * t)
        if (d < 0.004) {
          px = rx + ex * t
          py = ry + ey * t
          pz = rz + dz * t
          const e = 0.012
          const base = carDistance(shape, px, py, pz)
          const wheel = isWheel
          const lx = carDistance(shape, px + e, py, pz) - base
          const ly = carDistance(shape, px, py + e, pz) - base
          const lz = carDistance(shape, px, py, pz + e) - base
          const n = Math.hypot(lx, ly, lz) || 1
          mx = (lx * s.cos - ly * s.sin) / n
          my = (lx * s.sin + ly * s.cos) / n
          mz = lz / n
          isWheel = wheel
          carNx = lx / n
          return t
        }
        t += d * 0.9
      }
      return -1
    }
  }
}
/** Forward part of the normal of the car met last, in its own coordinates. */
export let carNx = 0
