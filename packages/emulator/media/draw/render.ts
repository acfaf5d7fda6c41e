// SPDX-License-Identifier: Apache-2.0
/**
 * Pictures of a scene. What stands still is drawn once, with soft shadows and the darkness of corners; for each picture
 * of the film only the places that something moving covers, shades or is mirrored in are drawn again.
 */
import { blur, Development } from './develop.ts'
import { hash } from './noise.ts'
import { merge, type Rect } from './rectangle.ts'
import type { Actor, Scene } from './scene.ts'
import { hit, Kind, look, type Solid, trace, type Vec } from './trace.ts'

/** Lights whose shadows of moving things are followed; the others only light. */
const FOLLOWED = 3
const out: [number, number, number] = [0, 0, 0]

export class Renderer {
  readonly scene: Scene
  readonly width: number
  readonly height: number
  readonly #basis: { r: Vec; u: Vec; f: Vec; scale: number }
  readonly #ambient: Float32Array
  readonly #direct: Float32Array[]
  readonly #place: Float32Array
  readonly #normal: Float32Array
  readonly #albedo: Float32Array
  readonly #gloss: Float32Array
  readonly #fog: Float32Array
  readonly #frame: Float32Array
  readonly #development: Development

  constructor(scene: Scene, width: number, height: number) {
    this.scene = scene
    this.width = width
    this.height = height
    const { at, to, fov } = scene.camera
    const f = unit([to[0] - at[0], to[1] - at[1], to[2] - at[2]])
    const r = unit([f[1], -f[0], 0])
    const u: Vec = [r[1] * f[2] - r[2] * f[1], r[2] * f[0] - r[0] * f[2], r[0] * f[1] - r[1] * f[0]]
    this.#basis = { r, u, f, scale: Math.tan((fov * Math.PI) / 360) }
    const n = width * height
    this.#ambient = new Float32Array(3 * n)
    this.#direct = scene.lights.slice(0, FOLLOWED).map(() => new Float32Array(3 * n))
    this.#place = new Float32Array(3 * n)
    this.#normal = new Float32Array(3 * n)
    this.#albedo = new Float32Array(3 * n)
    this.#gloss = new Float32Array(n)
    this.#fog = new Float32Array(n)
    this.#frame = new Float32Array(3 * n)
    this.#development = new Development(scene, width, height)
  }

  /** Direction of the ray through a place in the picture (pixels), into `out`. */
  #ray(px: number, py: number): void {
    const { r, u, f, scale } = this.#basis
    const aspect = this.width / this.height
    let x = (2 * px) / this.width - 1
    let y = (1 - (2 * py) / this.height) / aspect
    const k = 1 + this.scene.camera.bulge * (x * x + y * y)
    x *= k * scale
    y *= k * scale
    const dx = f[0] + r[0] * x + u[0] * y
    const dy = f[1] + r[1] * x + u[1] * y
    const dz = f[2] + r[2] * x + u[2] * y
    const n = Math.hypot(dx, dy, dz)
    out[0] = dx / n
    out[1] = dy / n
    out[2] = dz / n
  }

  /** Where a place of the world is in the picture; undefined behind the camera. */
  project(p: Vec): readonly [number, number] | undefined {
    const { r, u, f, scale } = this.#basis
    const [ax, ay, az] = this.scene.camera.at
    const [x, y, z] = [p[0] - ax, p[1] - ay, p[2] - az]
    const depth = x * f[0] + y * f[1] + z * f[2]
    if (depth < 0.2) return undefined
    const sx = (x * r[0] + y * r[1] + z * r[2]) / depth / scale
    const sy = (x * u[0] + y * u[1] + z * u[2]) / depth / scale
    let k = 1
    for (let i = 0; i < 6; i++) k = 1 + this.scene.camera.bulge * ((sx / k) ** 2 + (sy / k) ** 2)
    return [((sx / k + 1) / 2) * this.width, ((1 - (sy / k) * (this.width / this.height)) / 2) * this.height]
  }

  /** Draws what stands still. `samples` squared rays a pixel. */
  drawStill(samples: number): void {
    const { width, height, scene } = this
    const still = scene.solids
    const [ox, oy, oz] = scene.camera.at
    const total = samples * samples
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const i = y * width + x
        for (let s = 0; s < total; s++) {
          const sx = ((s % samples) + 0.5) / samples
          const sy = (Math.floor(s / samples) + 0.5) / samples
          this.#ray(x + sx, y + sy)
          const [dx, dy, dz] = out
          if (!trace(still, ox, oy, oz, dx, dy, dz, 400)) {
            const c = scene.sky(dx, dy, dz)
            for (let k = 0; k < 3; k++) this.#ambient[3 * i + k]! += c[k]! / total
            if (s === 0) this.#fog[i] = 1
            continue
          }
          const t = hit.t
          const qx = ox + dx * t
          const qy = oy + dy * t
          const qz = oz + dz * t
          this.#see(qx, qy, qz, dx, dy, dz)
          const { nx, ny, nz, r, g, b, gloss, emit } = look
          const fog = 1 - Math.exp((-t * scene.fog.per100m) / 100)
          const k = (1 - fog) / total
          const px = qx + nx * 0.01
          const py = qy + ny * 0.01
          const pz = qz + nz * 0.01
          if (s === (total >> 1)) {
            this.#place[3 * i] = px
            this.#place[3 * i + 1] = py
            this.#place[3 * i + 2] = pz
            this.#normal[3 * i] = nx
            this.#normal[3 * i + 1] = ny
            this.#normal[3 * i + 2] = nz
            this.#albedo[3 * i] = r
            this.#albedo[3 * i + 1] = g
            this.#albedo[3 * i + 2] = b
            this.#gloss[i] = gloss
            this.#fog[i] = fog
          }
          const open = this.#openness(px, py, pz, nx, ny, nz, x * 7 + s, y)
          const up = 0.5 + 0.5 * nz
          const [sky, low] = scene.ambient
          const a = this.#ambient
          a[3 * i]! += k * (r * (sky[0] * up + low[0] * (1 - up)) * open + r * emit) + (fog / total) * scene.fog.colour[0]
          a[3 * i + 1]! += k * (g * (sky[1] * up + low[1] * (1 - up)) * open + g * emit) + (fog / total) * scene.fog.colour[1]
          a[3 * i + 2]! += k * (b * (sky[2] * up + low[2] * (1 - up)) * open + b * emit) + (fog / total) * scene.fog.colour[2]
          for (let l = 0; l < scene.lights.length; l++) {
            const target = l < FOLLOWED ? this.#direct[l]! : a
            if (!this.#light(l, px, py, pz, nx, ny, nz, hash(x, y, s), hash(y, x, s + 9))) continue
            if (trace(still, px, py, pz, toX, toY, toZ, far)) continue
            target[3 * i]! += k * r * litR
            target[3 * i + 1]! += k * g * litG
            target[3 * i + 2]! += k * b * litB
          }
          if (gloss > 0) {
            const rough = nz > 0.9 ? 0.035 : 0
            const c = this.#mirrored(px, py, pz, dx, dy, dz, nx + rough * (hash(x, y, s + 50) - 0.5), ny + 2 * rough * (hash(y, x, s + 60) - 0.5), nz, still)
            const fresnel = gloss * (0.06 + 0.94 * (1 - Math.abs(dx * nx + dy * ny + dz * nz)) ** 4)
            for (let q = 0; q < 3; q++) a[3 * i + q]! += k * fresnel * c[q]!
          }
        }
      }
  }

  /** Surface at the last hit into `look`. */
  #see(x: number, y: number, z: number, dx: number, dy: number, dz: number): void {
    const s = hit.solid!
    look.nx = hit.nx
    look.ny = hit.ny
    look.nz = hit.nz
    s.surface(x, y, z, s, hit.lx, hit.ly, hit.lz)
    if (look.nx * dx + look.ny * dy + look.nz * dz > 0 && s.kind !== Kind.leaves) {
      look.nx = hit.nx
      look.ny = hit.ny
      look.nz = hit.nz
    }
  }

  /** How much of the half sphere above a place is open, 0..1, from four rays. */
  #openness(x: number, y: number, z: number, nx: number, ny: number, nz: number, a: number, b: number): number {
    let open = 0
    for (let i = 0; i < 4; i++) {
      const u = (hash(a, b, i) + i) / 4
      const v = hash(b, a, i + 31) * Math.PI * 2
      const w = 2 * u - 1
      const q = Math.sqrt(1 - w * w)
      let dx = nx + q * Math.cos(v)
      let dy = ny + q * Math.sin(v)
      let dz = nz + w
      const n = Math.hypot(dx, dy, dz) + 1e-9
      dx /= n
      dy /= n
      dz /= n
      if (!trace(this.scene.solids, x, y, z, dx, dy, dz, 6)) open++
      else open += 0.75 * Math.min(1, hit.t / 6)
    }
    return open / 4
  }

  /** Light `l` at a place: false when it does not reach it. Leaves direction, reach and colour in the variables below. */
  #light(l: number, x: number, y: number, z: number, nx: number, ny: number, nz: number, u: number, v: number): boolean {
    const light = this.scene.lights[l]!
    const radius = light.size * Math.sqrt(u)
    const jx = radius * Math.cos(v * 6.2832)
    const jy = radius * Math.sin(v * 6.2832)
    let power = 1
    if (light.sun) {
      toX = light.sun[0] + jx
      toY = light.sun[1] + jy
      toZ = light.sun[2]
      const n = Math.hypot(toX, toY, toZ)
      toX /= n
      toY /= n
      toZ /= n
      far = 120
    } else {
      const p = light.lamp!
      toX = p[0] + jx - x
      toY = p[1] + jy - y
      toZ = p[2] - z
      const n = Math.hypot(toX, toY, toZ)
      toX /= n
      toY /= n
      toZ /= n
      far = n - 0.35
      power = 1 / (1 + n * n)
      if (light.cone) {
        const c = -(toX * light.cone.to[0] + toY * light.cone.to[1] + toZ * light.cone.to[2])
        const k = Math.min(1, Math.max(0, (c - light.cone.none) / (light.cone.full - light.cone.none)))
        power *= k * k * (3 - 2 * k)
      }
    }
    const facing = (nx * toX + ny * toY + nz * toZ) * power
    if (facing <= 1e-5) return false
    litR = light.colour[0] * facing
    litG = light.colour[1] * facing
    litB = light.colour[2] * facing
    return true
  }

  /** What a shiny place shows: one ray further, lit plainly. */
  #mirrored(x: number, y: number, z: number, dx: number, dy: number, dz: number, nx: number, ny: number, nz: number, solids: readonly Solid[]): Vec {
    const d = 2 * (dx * nx + dy * ny + dz * nz)
    const rx = dx - d * nx
    const ry = dy - d * ny
    const rz = dz - d * nz
    if (!trace(solids, x, y, z, rx, ry, rz, 150)) return this.scene.sky(rx, ry, rz)
    const t = hit.t
    this.#see(x + rx * t, y + ry * t, z + rz * t, rx, ry, rz)
    const { r, g, b, emit } = look
    const c: [number, number, number] = [0, 0, 0]
    this.#plainLight(x + rx * t, y + ry * t, z + rz * t, c)
    return [r * (c[0] + emit), g * (c[1] + emit), b * (c[2] + emit)]
  }

  #plainLight(x: number, y: number, z: number, c: [number, number, number]): void {
    const { ambient, lights } = this.scene
    const { nx, ny, nz } = look
    const up = 0.5 + 0.5 * nz
    for (let k = 0; k < 3; k++) c[k] = 0.8 * (ambient[0][k]! * up + ambient[1][k]! * (1 - up))
    for (let l = 0; l < lights.length; l++)
      if (this.#light(l, x, y, z, nx, ny, nz, 0, 0)) {
        c[0] += 0.8 * litR
        c[1] += 0.8 * litG
        c[2] += 0.8 * litB
      }
  }

  /** Colour of an actor at the last hit, whole, into `shade`. */
  #shadeActor(x: number, y: number, z: number, dx: number, dy: number, dz: number, everything: readonly Solid[], seed: number): void {
    this.#see(x, y, z, dx, dy, dz)
    const { nx, ny, nz, r, g, b, gloss, emit } = look
    const { ambient, lights } = this.scene
    const px = x + nx * 0.02
    const py = y + ny * 0.02
    const pz = z + nz * 0.02
    const up = 0.5 + 0.5 * nz
    const open = (0.45 + 0.55 * Math.min(1, z / 0.9)) * (0.7 + 0.3 * up)
    let cr = (ambient[0][0] * up + ambient[1][0] * (1 - up)) * open
    let cg = (ambient[0][1] * up + ambient[1][1] * (1 - up)) * open
    let cb = (ambient[0][2] * up + ambient[1][2] * (1 - up)) * open
    for (let l = 0; l < lights.length; l++)
      if (this.#light(l, px, py, pz, nx, ny, nz, 0.04 * hash(seed, l), hash(l, seed)) && !trace(everything, px, py, pz, toX, toY, toZ, far)) {
        cr += litR
        cg += litG
        cb += litB
      }
    shade[0] = r * (cr + emit)
    shade[1] = g * (cg + emit)
    shade[2] = b * (cb + emit)
    if (gloss > 0) {
      const c = this.#mirrored(px, py, pz, dx, dy, dz, nx, ny, nz, this.scene.solids)
      const fresnel = gloss * (0.1 + 0.9 * (1 - Math.abs(dx * nx + dy * ny + dz * nz)) ** 4)
      for (let k = 0; k < 3; k++) shade[k]! += fresnel * c[k]!
    }
  }

  /** The picture at `t`: RGB, three bytes a pixel. `gain` brightens it (a cloud passes). */
  draw(t: number, gain: number, seed: number): Uint8Array {
    const { width, height, scene } = this
    const frame = this.#frame
    const n = width * height
    const actors = scene.actors(t)
    frame.set(this.#ambient)
    for (const direct of this.#direct) for (let i = 0; i < 3 * n; i++) frame[i]! += direct[i]!
    for (const actor of actors) for (const beam of actor.beams ?? []) this.#beam(beam.at, beam.to)
    const moving = actors.flatMap((actor) => actor.solids)
    if (moving.length > 0) {
      const everything = [...scene.solids, ...moving]
      for (const [x0, y0, x1, y1] of merge(actors.map((a) => this.#reach(a)))) this.#redraw(x0, y0, x1, y1, moving, everything, seed)
    }
    return this.#development.develop(frame, gain, seed)
  }

  /** The part of the picture that an actor can change: itself, its shadows, its mirror image. */
  #reach(actor: Actor): Rect {
    const rect: Rect = [this.width, this.height, 0, 0]
    const add = (x: number, y: number, z: number) => {
      const p = this.project([x, y, z])
      if (!p) return
      rect[0] = Math.min(rect[0], p[0] - 3)
      rect[1] = Math.min(rect[1], p[1] - 3)
      rect[2] = Math.max(rect[2], p[0] + 3)
      rect[3] = Math.max(rect[3], p[1] + 3)
    }
    for (const s of actor.solids)
      for (const x of [-1, 1])
        for (const y of [-1, 1])
          for (const z of [-1, 1]) {
            const p: Vec = [s.bx + x * s.br, s.by + y * s.br, Math.max(0, s.bz + z * s.br)]
            add(...p)
            add(p[0], p[1], -p[2])
            for (const light of this.scene.lights.slice(0, FOLLOWED)) {
              const to = light.sun ?? [light.lamp![0] - p[0], light.lamp![1] - p[1], light.lamp![2] - p[2]]
              const k = Math.min(p[2] / Math.max(0.05, to[2]), 6)
              if (to[2] > 0.05) add(p[0] - to[0] * k, p[1] - to[1] * k, 0)
            }
          }
    const margin = 12
    return [
      Math.max(0, Math.floor(rect[0] - margin)),
      Math.max(0, Math.floor(rect[1] - margin)),
      Math.min(this.width, Math.ceil(rect[2] + margin)),
      Math.min(this.height, Math.ceil(rect[3] + margin)),
    ]
  }

  /** Headlights on what stands still. */
  #beam(at: Vec, to: Vec): void {
    const { width, height } = this
    const place = this.#place
    const normal = this.#normal
    for (let i = 0; i < width * height; i++) {
      if (this.#fog[i] === 1) continue
      let x = place[3 * i]! - at[0]
      let y = place[3 * i + 1]! - at[1]
      let z = place[3 * i + 2]! - at[2]
      const d2 = x * x + y * y + z * z
      if (d2 > 900) continue
      const d = Math.sqrt(d2)
      x /= d
      y /= d
      z /= d
      const c = x * to[0] + y * to[1] + z * to[2]
      if (c < 0.86) continue
      const facing = -(x * normal[3 * i]! + y * normal[3 * i + 1]! + z * normal[3 * i + 2]!)
      if (facing <= 0) continue
      const k = ((c - 0.86) / 0.14) ** 2.2
      const power = (26 * k * (facing + 0.06) * (1 - this.#fog[i]!)) / (1.5 + d2)
      for (let q = 0; q < 3; q++) this.#frame[3 * i + q]! += power * (this.#albedo[3 * i + q]! + 0.02 * this.#gloss[i]!) * (q === 2 ? 0.88 : 1)
    }
  }

  #redraw(x0: number, y0: number, x1: number, y1: number, moving: readonly Solid[], everything: readonly Solid[], seed: number): void {
    const { width, scene } = this
    const frame = this.#frame
    const w = x1 - x0
    const h = y1 - y0
    if (w <= 0 || h <= 0) return
    const [ox, oy, oz] = scene.camera.at
    const shadows = this.#direct.map(() => new Float32Array(w * h))
    const blocked = new Float32Array(w * h)
    const owner = new Int16Array(w * h)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const i = (y + y0) * width + x + x0
        const j = y * w + x
        const px = this.#place[3 * i]!
        const py = this.#place[3 * i + 1]!
        const pz = this.#place[3 * i + 2]!
        this.#ray(x + x0 + 0.5, y + y0 + 0.5)
        const isSky = this.#fog[i] === 1
        const depth = isSky ? 400 : Math.hypot(px - ox, py - oy, pz - oz)
        if (trace(moving, ox, oy, oz, out[0], out[1], out[2], depth)) {
          owner[j] = 1 + moving.indexOf(hit.solid!)
          continue
        }
        if (isSky) continue
        const nx = this.#normal[3 * i]!
        const ny = this.#normal[3 * i + 1]!
        const nz = this.#normal[3 * i + 2]!
        for (let l = 0; l < shadows.length; l++) {
          const direct = this.#direct[l]!
          if (direct[3 * i]! + direct[3 * i + 1]! + direct[3 * i + 2]! < 1e-4) continue
          let dark = 0
          for (let s = 0; s < 3; s++)
            if (this.#light(l, px, py, pz, nx, ny, nz, (hash(x + x0, y + y0, s) + s) / 3, hash(y, x, s + 5)) && trace(moving, px, py, pz, toX, toY, toZ, far)) dark++
          shadows[l]![j] = dark / 3
        }
        let near = 0
        for (let m = 0; m < moving.length; m++) {
          const s = moving[m]!
          const dx = s.bx - px
          const dy = s.by - py
          const dz = s.bz - pz
          const d2 = dx * dx + dy * dy + dz * dz
          if (s.kind === Kind.car) {
            // a car's dark underside: distance to its outline on the ground
            const lx = Math.max(0, Math.abs(dx * s.cos + dy * s.sin) - s.shape!.halfLength + 0.25)
            const ly = Math.max(0, Math.abs(-dx * s.sin + dy * s.cos) - s.shape!.halfWidth + 0.2)
            const a = Math.hypot(lx, ly, pz)
            near += 0.85 * Math.exp(-a * 2.6)
            continue
          }
          const facing = (dx * nx + dy * ny + dz * nz) / Math.sqrt(d2)
          const r = Math.min(s.br, 0.22)
          if (facing > 0) near += (0.8 * facing * r * r) / Math.max(d2, r * r)
        }
        blocked[j] = Math.min(0.85, near)
      }
    const soft = shadows.map((s) => blur(s, w, h, 2))
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const i = (y + y0) * width + x + x0
        const j = y * w + x
        const who = owner[j]!
        let isEdge = false
        if (x > 0 && x < w - 1 && y > 0 && y < h - 1) isEdge = owner[j - 1] !== who || owner[j + 1] !== who || owner[j - w] !== who || owner[j + w] !== who
        if (who === 0) {
          for (let l = 0; l < soft.length; l++) {
            const k = soft[l]![j]!
            if (k > 0) for (let q = 0; q < 3; q++) frame[3 * i + q]! -= k * this.#direct[l]![3 * i + q]!
          }
          const k = blocked[j]!
          if (k > 0) for (let q = 0; q < 3; q++) frame[3 * i + q]! -= k * 0.8 * this.#ambient[3 * i + q]! * (1 - this.#fog[i]!)
          const gloss = this.#gloss[i]!
          if (gloss > 0.03) this.#mirrorActor(i, x + x0, y + y0, gloss, moving, everything, seed)
        }
        if (who === 0 && !isEdge) continue
        const samples = isEdge ? 4 : 1
        let r = 0
        let g = 0
        let b = 0
        let covered = 0
        const depth = this.#fog[i] === 1 ? 400 : Math.hypot(this.#place[3 * i]! - ox, this.#place[3 * i + 1]! - oy, this.#place[3 * i + 2]! - oz)
        for (let s = 0; s < samples; s++) {
          this.#ray(x + x0 + (samples === 1 ? 0.5 : 0.25 + 0.5 * (s & 1)), y + y0 + (samples === 1 ? 0.5 : 0.25 + 0.5 * (s >> 1)))
          const [dx, dy, dz] = out
          if (!trace(moving, ox, oy, oz, dx, dy, dz, depth)) continue
          const t = hit.t
          this.#shadeActor(ox + dx * t, oy + dy * t, oz + dz * t, dx, dy, dz, everything, x * 31 + y * 7 + s)
          const fog = 1 - Math.exp((-t * scene.fog.per100m) / 100)
          r += shade[0] * (1 - fog) + fog * scene.fog.colour[0]
          g += shade[1] * (1 - fog) + fog * scene.fog.colour[1]
          b += shade[2] * (1 - fog) + fog * scene.fog.colour[2]
          covered++
        }
        if (covered === 0) continue
        const k = 1 - covered / samples
        frame[3 * i] = frame[3 * i]! * k + r / samples
        frame[3 * i + 1] = frame[3 * i + 1]! * k + g / samples
        frame[3 * i + 2] = frame[3 * i + 2]! * k + b / samples
      }
  }

  #mirrorActor(i: number, x: number, y: number, gloss: number, moving: readonly Solid[], everything: readonly Solid[], seed: number): void {
    this.#ray(x + 0.5, y + 0.5)
    const [dx, dy, dz] = out
    const nx = this.#normal[3 * i]!
    const ny = this.#normal[3 * i + 1]!
    const nz = this.#normal[3 * i + 2]!
    const d = 2 * (dx * nx + dy * ny + dz * nz)
    const wobble = (hash(x, y, 1) - 0.5) * 0.03
    const [rx, ry, rz] = [dx - d * nx + wobble, dy - d * ny, dz - d * nz + wobble]
    const [px, py, pz] = [this.#place[3 * i]!, this.#place[3 * i + 1]!, this.#place[3 * i + 2]!]
    if (!trace(moving, px, py, pz, rx, ry, rz, 60)) return
    const t = hit.t
    this.#shadeActor(px + rx * t, py + ry * t, pz + rz * t, rx, ry, rz, everything, seed)
    const fresnel = gloss * (0.06 + 0.94 * (1 - Math.abs(d / 2)) ** 4) * (1 - this.#fog[i]!)
    const fade = Math.exp(-t * 0.5)
    for (let q = 0; q < 3; q++) this.#frame[3 * i + q] = this.#frame[3 * i + q]! * (1 - fresnel * fade) + fresnel * fade * shade[q]!
  }
}

const shade: [number, number, number] = [0, 0, 0]
let toX = 0
let toY = 0
let toZ = 0
let far = 0
let litR = 0
let litG = 0
let litB = 0
const unit = (v: Vec): Vec => {
  const n = Math.hypot(...v)
  return [v[0] / n, v[1] / n, v[2] / n]
}
