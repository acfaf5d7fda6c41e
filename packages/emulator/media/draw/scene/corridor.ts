// SPDX-License-Identifier: Apache-2.0
/** A corridor of an office: doors, ceiling lights, a polished floor; somebody comes, somebody goes. */
import { follow, type Path, person } from '../actor.ts'
import { fbm, noise } from '../noise.ts'
import type { Light, Scene } from '../scene.ts'
import { flat, glow, paint } from '../surface.ts'
import { ball, box, capsule, ground, leaves, type Solid, type Surface, tube } from '../trace.ts'

const floor: Surface = (x, y) => {
  const joint = Math.abs(x / 0.6 - Math.round(x / 0.6)) < 0.006 || Math.abs(y / 0.6 - Math.round(y / 0.6)) < 0.006
  const fleck = noise(x * 60, y * 60) > 0.72 ? 0.8 : 1
  const k = (joint ? 0.16 : 0.27) * (0.88 + 0.24 * fbm(x * 0.8, y * 0.8, 1.5, 4)) * fleck
  paint(k, k * 0.98, k * 0.93, joint ? 0.1 : 0.75)
}
const wall: Surface = (x, y, z) => {
  const k = 0.93 + 0.1 * fbm(x * 1.5, y * 1.5, z * 1.5, 4)
  if (z < 0.11) paint(0.1, 0.1, 0.11, 0.1)
  else if (z < 1.02) paint(0.33 * k, 0.39 * k, 0.42 * k)
  else if (z < 1.06) paint(0.2, 0.22, 0.24)
  else paint(0.6 * k, 0.58 * k, 0.53 * k)
}
const ceiling: Surface = (x, y, z) => {
  const joint = Math.abs(x / 0.6 - Math.round(x / 0.6)) < 0.016 || Math.abs(y / 0.6 - Math.round(y / 0.6)) < 0.016
  const k = (joint ? 0.42 : 0.66) * (0.9 + 0.1 * noise(x * 40, y * 40, z))
  paint(k, k, k * 0.97)
}
const wood: Surface = (x, y, z, _s, lx, ly, lz) => {
  const k = 0.75 + 0.5 * fbm((x + y) * 22, z * 1.5, 3, 3)
  if (Math.abs(ly) < 0.09 && lz > 0.15 && lz < 0.75) return paint(0.02, 0.025, 0.03, 0.6)
  paint(0.27 * k, 0.16 * k, 0.085 * k, 0.08)
  void lx
}
const solids: Solid[] = [
  ground(floor),
  box([-1.45, 15, 1.4], [0.2, 40, 2.8], wall),
  box([1.45, 15, 1.4], [0.2, 40, 2.8], wall),
  box([0, 25.1, 1.4], [3, 0.2, 2.8], wall),
  box([0, 15, 2.9], [3.2, 40, 0.2], ceiling),
  box([0, 24.98, 1.05], [1.7, 0.06, 2.1], flat([0.3, 0.34, 0.36], 0.15)),
  box([-0.4, 24.94, 1.3], [0.5, 0.04, 1.0], glow([0.75, 0.85, 1], 0.8)),
  box([0.4, 24.94, 1.3], [0.5, 0.04, 1.0], glow([0.75, 0.85, 1], 0.8)),
  box([0, 24.85, 2.42], [0.62, 0.05, 0.2], glow([0.1, 0.9, 0.35], 0.9)),
]
const frame = flat([0.4, 0.4, 0.4], 0.08)
for (const [side, y] of [[-1, 3.2], [-1, 7.4], [1, 5.4], [-1, 12], [1, 10.2], [1, 15.5], [-1, 17], [1, 20.5]] as const) {
  const x = side * 1.34
  solids.push(box([x, y, 1.05], [0.06, 0.92, 2.1], wood))
  solids.push(box([x, y - 0.5, 1.07], [0.09, 0.07, 2.16], frame), box([x, y + 0.5, 1.07], [0.09, 0.07, 2.16], frame), box([x, y, 2.16], [0.09, 1.07, 0.07], frame))
  solids.push(capsule([x - side * 0.06, y + 0.36, 1.02], [x - side * 0.06, y + 0.25, 1.02], 0.013, flat([0.6, 0.6, 0.6], 0.4)))
  solids.push(box([side * 1.345, y - 0.75, 1.55], [0.02, 0.2, 0.14], flat([0.7, 0.7, 0.7])))
}
solids.push(box([1.3, 7.7, 1.25], [0.14, 0.3, 0.55], flat([0.5, 0.03, 0.03], 0.1)))
solids.push(tube([-1.1, 9.6, 0], 0.17, 0.42, flat([0.35, 0.33, 0.3])), leaves([-1.1, 9.6, 0.95], 0.46, (x, y, z) => paint(0.03, 0.1 + 0.06 * noise(x * 9, y * 9, z * 9), 0.03)))
solids.push(box([1.05, 13, 0.24], [0.5, 1.5, 0.07], flat([0.1, 0.14, 0.22])), box([1.24, 13, 0.52], [0.07, 1.5, 0.42], flat([0.1, 0.14, 0.22])))
solids.push(ball([0, 11, 2.72], 0.09, flat([0.75, 0.75, 0.73])))
const lamps: Light[] = []
for (let i = 0; i < 8; i++) {
  const y = 2.2 + i * 3.2
  solids.push(box([0, y, 2.79], [0.58, 1.16, 0.03], glow([1, 0.98, 0.93], i === 5 ? 1.2 : 3.6)))
  if (i !== 5) lamps.push({ lamp: [0, y, 2.45], colour: [3.3, 3.2, 2.95], size: 0.5 })
}
const away: Path = [[0.1, 0.35, -0.9], [0.6, 0.4, -0.3], [9.0, 0.5, 14.6], [10.1, 2.0, 15.5]]
const leaveBy: Path = [[1.6, -1.9, 17], [2.6, -0.9, 16.9], [3.3, -0.5, 16.1], [8.4, -0.55, 8.2], [9.1, -0.95, 7.5], [9.9, -1.95, 7.4]]

export const corridor: Scene = {
  name: 'corridor',
  title: 'Corridor, floor 2',
  camera: { at: [0.62, -1.2, 2.55], to: [-0.12, 8.5, 0.85], fov: 68, bulge: 0.1 },
  sky: () => [0.3, 0.3, 0.3],
  solids,
  lights: [lamps[1]!, lamps[2]!, lamps[3]!, lamps[0]!, ...lamps.slice(4)],
  ambient: [[0.26, 0.26, 0.26], [0.34, 0.33, 0.31]],
  fog: { colour: [0.3, 0.3, 0.3], per100m: 0 },
  exposure: 0.86,
  grain: 3,
  bloom: 0.12,
  saturation: 0.95,
  startsAt: '2026-10-16 09:17:04',
  actors(t) {
    const list: ReturnType<Scene['actors']> = []
    const a = follow(away, t)
    if (a) list.push({ name: 'walker', target: 'human', solids: person(a, { jacket: [0.05, 0.09, 0.2], trousers: [0.06, 0.055, 0.05], bag: [0.2, 0.05, 0.03] }) })
    const b = follow(leaveBy, t)
    if (b) list.push({ name: 'colleague', target: 'human', solids: person(b, { jacket: [0.5, 0.49, 0.46], trousers: [0.03, 0.03, 0.035], hair: [0.11, 0.06, 0.025] }, 0.95) })
    return list
  },
}
