// SPDX-License-Identifier: Apache-2.0
/** What a scene is: solids, light, a camera, and who moves in it when. */
import type { Solid, Vec } from './trace.ts'

export interface Light {
  /** Towards the light (sun), or where it is (lamp). */
  readonly sun?: Vec
  readonly lamp?: Vec
  readonly colour: Vec
  /** Softness of its shadows: radius in metres, or of the sun as a tangent. */
  readonly size: number
  /** A lamp with a shade: where it shines, and the cosines between which it fades. */
  readonly cone?: { readonly to: Vec; readonly full: number; readonly none: number }
}
export interface Actor {
  readonly solids: Solid[]
  /** What a camera's analytics would call it; undefined is part of the place (a barrier's arm). */
  readonly target?: 'human' | 'vehicle'
  readonly name: string
  readonly beams?: readonly { readonly at: Vec; readonly to: Vec }[]
}
export interface Scene {
  readonly name: string
  readonly title: string
  readonly camera: { readonly at: Vec; readonly to: Vec; readonly fov: number; readonly bulge: number }
  readonly sky: (x: number, y: number, z: number) => Vec
  readonly solids: Solid[]
  readonly lights: readonly Light[]
  /** Light from above, and from below. */
  readonly ambient: readonly [Vec, Vec]
  readonly fog: { readonly colour: Vec; readonly per100m: number }
  readonly exposure: number
  readonly grain: number
  readonly bloom: number
  readonly saturation: number
  /** What the clock in the picture shows at the start. */
  readonly startsAt: string
  actors(t: number): Actor[]
}
