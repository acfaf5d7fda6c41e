// SPDX-License-Identifier: Apache-2.0
/** Where in the picture somebody is: what the camera's analytics will say. */
import type { Renderer } from './render.ts'
import type { Actor } from './scene.ts'
import { Kind, trace } from './trace.ts'

/** Where an actor is in the picture, as fractions: x, y, width, height. Undefined outside it. */
export function outline(renderer: Renderer, actor: Actor): readonly [number, number, number, number] | undefined {
  let [x0, y0, x1, y1] = [9, 9, -9, -9]
  for (const s of actor.solids)
    for (const x of [-1, 1])
      for (const y of [-1, 1])
        for (const z of [-1, 1]) {
          const isCar = s.kind === Kind.car
          const k = isCar ? 0.6 : 0.75
          const p = renderer.project([s.bx + x * s.br * k, s.by + y * s.br * k, isCar ? (z < 0 ? 0 : s.shape!.roof) : s.bz + z * s.br * k])
          if (!p) continue
          x0 = Math.min(x0, p[0] / renderer.width)
          x1 = Math.max(x1, p[0] / renderer.width)
          y0 = Math.min(y0, p[1] / renderer.height)
          y1 = Math.max(y1, p[1] / renderer.height)
        }
  x0 = Math.max(0, x0)
  y0 = Math.max(0, y0)
  x1 = Math.min(1, x1)
  y1 = Math.min(1, y1)
  if (x1 - x0 < 0.008 || y1 - y0 < 0.012) return undefined
  const round = (v: number) => Math.round(v * 1000) / 1000
  return [round(x0), round(y0), round(x1 - x0), round(y1 - y0)]
}

/** True when nothing that stands still hides the middle of the actor. */
export function isSeen(renderer: Renderer, actor: Actor): boolean {
  const [ox, oy, oz] = renderer.scene.camera.at
  let seen = 0
  let asked = 0
  for (const s of actor.solids) {
    const [x, y, z] = [s.bx - ox, s.by - oy, s.bz - oz]
    const d = Math.hypot(x, y, z)
    asked++
    if (!trace(renderer.scene.solids, ox, oy, oz, x / d, y / d, z / d, d - 0.3)) seen++
  }
  return seen * 3 >= asked
}
