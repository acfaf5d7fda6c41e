// SPDX-License-Identifier: Apache-2.0
/** A gate in the late afternoon: a car comes, the barrier lets it in; somebody walks by. */
import { carAt, follow, type Path, person } from '../actor.ts'
import { fbm } from '../noise.ts'
import type { Scene } from '../scene.ts'
import { asphalt, brick, concrete, flat, glow, grass, leaf, mark, paint, ribbed, windows } from '../surface.ts'
import { box, capsule, ground, leaves, type Solid, saloon, type Surface, tube, type Vec } from '../trace.ts'

const road = asphalt(0.15)
const slabs: Surface = (x, y, z) => {
  const joint = Math.abs(x / 0.9 - Math.round(x / 0.9)) < 0.02 || Math.abs(y / 0.9 - Math.round(y / 0.9)) < 0.02
  const k = (joint ? 0.17 : 0.3) * (0.75 + 0.45 * fbm(x * 1.4, y * 1.4, z, 5))
  paint(k, k * 0.98, k * 0.93)
}
const floor: Surface = (x, y, z, s, lx, ly, lz) => {
  if (x > 7.6 && x < 10) return slabs(x, y, z, s, lx, ly, lz)
  if (x > 7.3 && x <= 7.6) return paint(0.33, 0.32, 0.3)
  if (x >= -1.2 && x <= 7.3) {
    road(x, y, z, s, lx, ly, lz)
    if (Math.abs(x - 3.05) < 0.06 && y > 15.5 && ((y / 3) % 1) < 0.5) mark(x, y)
    if (Math.abs(y - 14.6) < 0.17 && x > -0.9 && x < 3) mark(x, y)
    if ((Math.abs(x + 0.95) < 0.06 || Math.abs(x - 7.05) < 0.06) && y < 40) mark(x, y)
    return
  }
  if (x < -1.2 && x > -5.6 && y > 9 && y < 17) return slabs(x, y, z, s, lx, ly, lz)
  grass(x, y, z, s, lx, ly, lz)
}
const metal = flat([0.12, 0.13, 0.13], 0.06)
const solids: Solid[] = [
  ground(floor),
  box([-3.4, 13.3, 1.35], [2.3, 2.6, 2.7], windows(ribbed([0.46, 0.47, 0.45], 0.14, true), 1.15, 2.7, 0)),
  box([-3.4, 13.3, 2.78], [2.9, 3.2, 0.18], concrete(0.3)),
  box([-2.22, 13.0, 1.75], [0.04, 1.1, 0.8], glow([0.9, 0.75, 0.5], 0.45)),
  box([-1.55, 13.4, 0.55], [0.36, 0.36, 1.1], flat([0.6, 0.38, 0.02], 0.05)),
  tube([6.55, 13.4, 0], 0.06, 1.0, metal),
  box([-14.5, 33, 4.2], [15, 14, 8.4], windows(brick(), 2.6, 2.8, 0.22)),
  box([-14.5, 33, 8.5], [15.4, 14.4, 0.3], concrete(0.3)),
  box([22, 48, 3], [26, 12, 6], ribbed([0.35, 0.38, 0.4], 0.3)),
  box([-4.9, 24, 1], [0.3, 0.3, 2], concrete(0.35)),
  tube([9.9, 19.5, 0], 0.07, 6.2, metal),
  capsule([9.9, 19.5, 6.2], [8.5, 19.5, 6.35], 0.05, metal),
  box([8.3, 19.5, 6.34], [0.5, 0.22, 0.1], flat([0.3, 0.3, 0.3])),
  box([-6.4, 12.2, 0.45], [0.8, 0.6, 0.9], flat([0.05, 0.1, 0.06], 0.04)),
]
for (const [x, y, n] of [[10.4, 16.2, 12], [-5.8, 16.2, -9]] as const)
  for (let i = 0; i <= Math.abs(n); i++) solids.push(tube([x + Math.sign(n) * i * 1.6, y, 0], 0.035, 2.1, metal))
for (const z of [0.3, 1.0, 1.55, 2.05]) {
  solids.push(capsule([10.4, 16.2, z], [30, 16.2, z], 0.018, metal), capsule([-5.8, 16.2, z], [-21, 16.2, z], 0.018, metal))
}
for (let i = 0; i < 46; i++) solids.push(capsule([10.4 + i * 0.36, 16.2, 0.1], [10.4 + i * 0.36, 16.2, 2.05], 0.009, metal), capsule([-5.8 - i * 0.36, 16.2, 0.1], [-5.8 - i * 0.36, 16.2, 2.05], 0.009, metal))
const tree = (x: number, y: number, h: number, r: number, tone: number) => {
  const bark = flat([0.09, 0.065, 0.045])
  solids.push(capsule([x, y, 0], [x + 0.1, y, h], 0.16, bark))
  const l = leaf(0.075 * tone, 0.115 * tone, 0.03)
  solids.push(leaves([x, y, h + r * 0.5], r, l), leaves([x + r * 0.7, y - 0.4, h], r * 0.72, l), leaves([x - r * 0.7, y + 0.3, h + 0.2], r * 0.75, l), leaves([x + 0.1, y + 0.2, h + r * 1.2], r * 0.65, l))
}
tree(13.5, 20, 2.6, 1.9, 1)
tree(17.5, 25, 2.8, 2.2, 0.85)
tree(12.2, 30, 3, 2.2, 0.95)
tree(-9, 21, 2.5, 1.7, 1.1)
tree(24, 22, 2.6, 2.3, 1.05)
for (let i = 0; i < 7; i++) solids.push(leaves([11 + i * 1.5, 17.6, 0.5], 0.75, leaf(0.05, 0.085, 0.025)))

const carPath: Path = [[0.5, 5, 74], [2.8, 2.4, 26], [3.7, 1.35, 18.4], [5.1, 1.25, 18.2], [6.4, 1.3, 14.5], [8.2, 1.6, 1], [9.3, 1.9, -12]]
const second: Path = [[0.8, -3.6, 15.75], [1.9, -1.95, 15.5], [3.1, -1.85, 12.3], [3.5, -1.75, 11.95], [7.4, -1.7, 11.95], [7.8, -1.85, 12.3], [8.9, -1.95, 15.5], [10.0, -3.7, 15.75]]

export const gate: Scene = {
  name: 'gate',
  title: 'Main gate',
  camera: { at: [-1.6, -1.2, 4.6], to: [2.2, 13, 0.9], fov: 72, bulge: 0.07 },
  sky: (x, y, z) => {
    const k = Math.max(0, z)
    const cloud = fbm((x / (z + 0.12)) * 1.1 + 3, (y / (z + 0.12)) * 1.1, 1.5, 5)
    const c = Math.max(0, Math.min(1, (cloud - 0.42) * 3.2))
    return [0.62 + 0.5 * c - 0.34 * k, 0.72 + 0.38 * c - 0.28 * k, 0.9 + 0.2 * c - 0.1 * k]
  },
  solids,
  lights: [{ sun: [-0.62, -0.42, 0.52], colour: [2.5, 2.05, 1.45], size: 0.03 }],
  ambient: [[0.5, 0.6, 0.78], [0.2, 0.19, 0.17]],
  fog: { colour: [0.68, 0.74, 0.84], per100m: 0.35 },
  exposure: 0.78,
  grain: 3.2,
  bloom: 0.1,
  saturation: 0.86,
  startsAt: '2026-10-16 17:02:11',
  actors(t) {
    const lift = ease((t - 3.7) / 1.3) * (1 - ease((t - 8.0) / 1.5))
    const a = lift * 1.45
    const pivot: Vec = [-1.5, 13.15, 1.02]
    const arm: Surface = (x, _y, z) => {
      const along = Math.hypot(x - pivot[0], z - pivot[2])
      if (Math.floor(along / 0.6) & 1) paint(0.5, 0.04, 0.03, 0.04)
      else paint(0.68, 0.68, 0.66, 0.04)
    }
    const bar = capsule(pivot, [pivot[0] + 8.0 * Math.cos(a), pivot[1], pivot[2] + 8.0 * Math.sin(a)], 0.055, arm)
    const list = [{ name: 'barrier', solids: [bar] }] as ReturnType<Scene['actors']>
    const c = follow(carPath, t)
    if (c) list.push({ name: 'car', target: 'vehicle', solids: [carAt(c, saloon, [0.34, 0.36, 0.38], 0.35)] })
    const g = follow(second, t)
    if (g) list.push({ name: 'guard', target: 'human', solids: person(g, { jacket: [0.03, 0.04, 0.08], trousers: [0.025, 0.028, 0.04] }) })
    return list
  },
}
const ease = (k: number) => {
  const c = Math.min(1, Math.max(0, k))
  return c * c * (3 - 2 * c)
}
