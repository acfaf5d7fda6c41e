// SPDX-License-Identifier: Apache-2.0
/** A freight yard under a high sun: two people in vests, a van. */
import { carAt, follow, type Path, person } from '../actor.ts'
import { fbm } from '../noise.ts'
import type { Scene } from '../scene.ts'
import { asphalt, concrete, flat, mark, ribbed, windows } from '../surface.ts'
import { box, capsule, ground, type Solid, type Surface, tube, type Vec, van } from '../trace.ts'

const pavement = asphalt(0.24)
const floor: Surface = (x, y, z, s, lx, ly, lz) => {
  pavement(x, y, z, s, lx, ly, lz)
  if (x > -7.4 && x < 13 && Math.abs(y - 24.6) < 0.08) mark(x, y, [0.62, 0.48, 0.05])
  if (Math.abs(x + 1.2) < 0.08 && y < 24.6) mark(x, y, [0.62, 0.48, 0.05])
  if (Math.abs(x - 3.6) < 0.08 && y < 24.6) mark(x, y, [0.62, 0.48, 0.05])
  if (x > -1.1 && x < 3.5 && y > 9.4 && y < 11 && (x + 40) % 0.9 < 0.45) mark(x, y)
}
const container = (x: number, y: number, level: number, colour: Vec, turn = 0): Solid => box([x, y, 1.3 + level * 2.62], [2.44, 6.06, 2.59], ribbed(colour, 0.27), turn)
const grey = flat([0.2, 0.21, 0.21], 0.04)
const solids: Solid[] = [
  ground(floor),
  container(-4.4, 12.5, 0, [0.30, 0.07, 0.05]),
  container(-4.4, 12.5, 1, [0.06, 0.14, 0.28]),
  container(-4.5, 19.4, 0, [0.09, 0.22, 0.16]),
  container(-7.1, 12.4, 0, [0.42, 0.24, 0.06]),
  container(-7.1, 12.4, 1, [0.3, 0.3, 0.29]),
  container(-7.2, 19.2, 0, [0.07, 0.16, 0.30]),
  container(-7.2, 19.2, 1, [0.32, 0.08, 0.05]),
  container(7.6, 17.3, 0, [0.36, 0.36, 0.34], 0.04),
  container(10.3, 17.2, 0, [0.08, 0.17, 0.32]),
  container(10.3, 17.2, 1, [0.34, 0.09, 0.06]),
  container(7.7, 10.5, 0, [0.40, 0.20, 0.05], -0.03),
  box([1, 36.5, 4], [44, 14, 8], windows(ribbed([0.50, 0.52, 0.53], 0.35), 4.4, 30, 0)),
  box([1, 36.4, 8.15], [44.4, 14.4, 0.3], concrete(0.36)),
]
for (let i = 0; i < 4; i++) {
  const x = -9 + i * 7
  solids.push(box([x, 29.46, 1.9], [3.8, 0.12, 3.8], ribbed(i === 2 ? [0.10, 0.11, 0.12] : [0.24, 0.28, 0.33], 0.16, true)))
  solids.push(box([x, 29.45, 3.98], [4.3, 0.3, 0.24], flat([0.55, 0.42, 0.04])))
  solids.push(box([x - 2.15, 29.2, 0.5], [0.22, 0.22, 1], flat([0.55, 0.42, 0.04])), box([x + 2.15, 29.2, 0.5], [0.22, 0.22, 1], flat([0.55, 0.42, 0.04])))
}
const pallet = (x: number, y: number, n: number, turn: number) => {
  for (let i = 0; i < n; i++) solids.push(box([x, y, 0.09 + i * 0.15], [1.2, 0.8, 0.1], flat([0.34, 0.24, 0.13], 0, 0.5), turn + i * 0.02))
}
pallet(4.9, 21.5, 7, 0.1)
pallet(6.3, 22.1, 4, 0.4)
pallet(4.75, 13.6, 3, -0.2)
solids.push(box([4.75, 13.6, 0.95], [1.1, 0.75, 0.95], flat([0.42, 0.33, 0.2], 0, 0.3), -0.2))
solids.push(tube([-2.6, 23.2, 0], 0.3, 0.9, flat([0.06, 0.14, 0.3], 0.05)), tube([-2.0, 23.5, 0], 0.3, 0.9, flat([0.06, 0.14, 0.3], 0.05)), tube([-2.4, 22.6, 0], 0.3, 0.9, flat([0.3, 0.07, 0.04], 0.05)))
solids.push(tube([13.2, 25.5, 0], 0.1, 9, grey), capsule([13.2, 25.5, 9], [12.1, 25.2, 9.15], 0.06, grey))
for (let i = 0; i < 3; i++) solids.push(box([-2.05, 9.0 + i * 1.7, 0.35], [0.14, 0.9, 0.7], flat([0.55, 0.2, 0.03], 0, 0.2)))

const first: Path = [[0.3, -6.6, 23.9], [4.2, -0.6, 23.3], [4.8, 0.1, 23.1], [7.4, 5.4, 23.2], [10.2, 11.9, 22.6]]
const second: Path = [[0.5, 8.2, 13.9], [1.9, 6.0, 14.2], [3.6, 3.4, 15.9], [4.4, 2.9, 16.2], [5.6, 2.8, 16.25], [6.4, 3.4, 15.9], [8.2, 6.0, 14.2], [9.6, 8.2, 13.9]]
const vanPath: Path = [[2.0, -13, 26.6], [4.0, -4.2, 26.6], [6.2, 5.5, 26.5], [8.4, 15, 26.9], [9.6, 22, 27.2]]

export const yard: Scene = {
  name: 'yard',
  title: 'Freight yard',
  camera: { at: [2.4, 0.2, 6.4], to: [1.0, 17.5, 0.6], fov: 68, bulge: 0.08 },
  sky: (x, y, z) => {
    const c = Math.max(0, Math.min(1, (fbm((x / (z + 0.15)) * 1.4, (y / (z + 0.15)) * 1.4, 4.5, 5) - 0.38) * 3))
    return [0.55 + 0.5 * c, 0.72 + 0.36 * c, 0.98 + 0.12 * c]
  },
  solids,
  lights: [{ sun: [0.55, -0.35, 0.85], colour: [2.6, 2.45, 2.1], size: 0.02 }],
  ambient: [[0.5, 0.6, 0.75], [0.3, 0.29, 0.26]],
  fog: { colour: [0.72, 0.78, 0.86], per100m: 0.25 },
  exposure: 0.7,
  grain: 2.6,
  bloom: 0.05,
  saturation: 0.8,
  startsAt: '2026-10-16 12:41:30',
  actors(t) {
    const list: ReturnType<Scene['actors']> = []
    const a = follow(first, t)
    if (a && t < 10.2) list.push({ name: 'foreman', target: 'human', solids: person(a, { jacket: [0.62, 0.3, 0.02], trousers: [0.05, 0.07, 0.13], hair: [0.72, 0.7, 0.62], isVested: true }) })
    const b = follow(second, t)
    if (b) list.push({ name: 'worker', target: 'human', solids: person(b, { jacket: [0.42, 0.55, 0.03], trousers: [0.10, 0.10, 0.11], hair: [0.65, 0.1, 0.04], isVested: true }) })
    const c = follow(vanPath, t)
    if (c) list.push({ name: 'van', target: 'vehicle', solids: [carAt(c, van, [0.62, 0.63, 0.62])] })
    return list
  },
}
