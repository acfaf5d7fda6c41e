// SPDX-License-Identifier: Apache-2.0
/** A car park at night after rain: lamps, parked cars, one that comes home. */
import { carAt, follow, type Path, person } from '../actor.ts'
import type { Light, Scene } from '../scene.ts'
import { asphalt, brick, carPaint, concrete, flat, glow, leaf, mark, windows } from '../surface.ts'
import { box, type CarShape, capsule, car, ground, hatch, leaves, type Solid, type Surface, saloon, tube, type Vec, van } from '../trace.ts'

const wet = asphalt(0.13, 0.85)
const floor: Surface = (x, y, z, s, lx, ly, lz) => {
  wet(x, y, z, s, lx, ly, lz)
  const bay = (x + 50) / 2.6
  const isLine = Math.abs(bay - Math.round(bay)) < 0.022
  if (isLine && ((y > 9 && y < 14) || (y > 20 && y < 25))) mark(x, y, [0.5, 0.5, 0.48])
}
const metal = flat([0.1, 0.1, 0.11], 0.1)
const solids: Solid[] = [
  ground(floor),
  box([0, 33, 4.5], [60, 6, 9], windows(brick(0.3, 0.17, 0.12), 2.9, 3, 0.17)),
  box([0, 25.6, 0.08], [60, 0.3, 0.16], concrete(0.3)),
  box([0, 28.3, 0.06], [60, 3.2, 0.12], concrete(0.24)),
]
const lamps: Light[] = []
for (const [x, y] of [[-6.5, 16.6], [7, 26.2], [8.2, 9.2], [-13, 26.2]] as const) {
  solids.push(tube([x, y, 0], 0.08, 6.4, metal), capsule([x, y, 6.4], [x, y - 1, 6.5], 0.06, metal), box([x, y - 1.2, 6.47], [0.3, 0.7, 0.1], metal), box([x, y - 1.2, 6.41], [0.24, 0.6, 0.03], glow([1, 0.82, 0.55], 14)))
  lamps.push({ lamp: [x, y - 1.2, 6.1], colour: [44, 36, 25], size: 0.16, cone: { to: [0, 0, -1], full: 0.62, none: -0.1 } })
}
const parked: readonly (readonly [number, number, number, CarShape, Vec])[] = [
  [-8.9, 22.4, -1.57, saloon, [0.25, 0.03, 0.03]],
  [-6.2, 22.6, 1.56, hatch, [0.42, 0.42, 0.43]],
  [-1.1, 22.5, -1.56, van, [0.5, 0.5, 0.48]],
  [1.5, 22.4, 1.58, saloon, [0.03, 0.035, 0.05]],
  [6.8, 22.5, -1.59, hatch, [0.05, 0.1, 0.2]],
  [9.3, 22.3, -1.57, saloon, [0.35, 0.34, 0.3]],
  [-9, 11.6, 1.57, hatch, [0.3, 0.3, 0.31]],
  [-3.8, 11.4, 1.55, saloon, [0.45, 0.45, 0.46]],
  [1.4, 11.5, 1.58, hatch, [0.28, 0.02, 0.03]],
  [6.6, 11.5, -1.56, saloon, [0.06, 0.07, 0.08]],
]
for (const [x, y, turn, shape, colour] of parked) solids.push(car([x, y, 0], turn, shape, carPaint(colour)))
for (let i = 0; i < 15; i++) solids.push(leaves([-17 + i * 2.4, 26.9, 0.55], 0.7, leaf(0.05, 0.08, 0.025)))

const drive: Path = [[0.3, 21, 17.3], [3.0, 8.5, 17.2], [4.4, 3, 17.15], [5.6, -1.2, 17.2], [9.4, -21, 17.4]]
const walk: Path = [[0.2, -7.9, 7.9], [4.6, -1.4, 7.5], [10.1, 7.4, 7.7]]

export const carpark: Scene = {
  name: 'carpark',
  title: 'Car park north',
  camera: { at: [0.5, 0.6, 5.2], to: [0.6, 17, 0.9], fov: 74, bulge: 0.08 },
  sky: (_x, _y, z) => [0.02 + 0.03 * (1 - z), 0.022 + 0.028 * (1 - z), 0.035 + 0.03 * (1 - z)],
  solids,
  lights: lamps,
  ambient: [[0.05, 0.054, 0.075], [0.03, 0.027, 0.023]],
  fog: { colour: [0.05, 0.048, 0.045], per100m: 0.3 },
  exposure: 1.7,
  grain: 6.5,
  bloom: 0.22,
  saturation: 0.85,
  startsAt: '2026-10-16 21:48:52',
  actors(t) {
    const list: ReturnType<Scene['actors']> = []
    const c = follow(drive, t)
    if (c) {
      const on = 1
      const [f, s] = [Math.cos(c.turn), Math.sin(c.turn)]
      const at = (side: number): Vec => [c.x + f * 2.1 - s * side * 0.66, c.y + s * 2.1 + f * side * 0.66, 0.68]
      const to: Vec = [f * 0.995, s * 0.995, -0.1]
      list.push({ name: 'car', target: 'vehicle', solids: [carAt(c, saloon, [0.3, 0.31, 0.33], on)], beams: [{ at: at(1), to }, { at: at(-1), to }] })
    }
    const p = follow(walk, t)
    if (p) list.push({ name: 'driver', target: 'human', solids: person(p, { jacket: [0.2, 0.17, 0.12], trousers: [0.04, 0.045, 0.07] }) })
    return list
  },
}
