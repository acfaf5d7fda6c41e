// SPDX-License-Identifier: Apache-2.0
/** What things are made of: colour by place, with the dirt and wear that make a drawing look like a place. */
import { fbm, hash, noise } from './noise.ts'
import { isWheel, look, type Surface, type Vec } from './trace.ts'

export function paint(r: number, g: number, b: number, gloss = 0, emit = 0): void {
  look.r = r
  look.g = g
  look.b = b
  look.gloss = gloss
  look.emit = emit
}
const times = (k: number) => {
  look.r *= k
  look.g *= k
  look.b *= k
}

/** One colour, a little uneven. */
export const flat = (colour: Vec, gloss = 0, uneven = 0.15): Surface => (x, y, z) => {
  paint(...colour, gloss)
  times(1 - uneven / 2 + uneven * fbm(x * 3, y * 3, z * 3, 3))
}
export const glow = (colour: Vec, emit = 1): Surface => () => paint(...colour, 0, emit)

/** Old asphalt: grain, stains, cracks. `wet` makes the stains shine. */
export const asphalt = (tone = 0.16, wet = 0): Surface => (x, y) => {
  const grain = noise(x * 45, y * 45) * 0.5 + noise(x * 19, y * 19) * 0.5
  const stain = fbm(x * 0.35, y * 0.35, 0.5, 5)
  const ridge = Math.abs(fbm(x * 0.6 + 9, y * 0.6, 2.5, 4) - 0.5)
  const k = tone * (0.72 + 0.35 * grain) * (0.7 + 0.6 * stain) * (ridge < 0.0022 * Math.max(0, fbm(x * 0.25, y * 0.25 + 8, 1.5, 2) * 4 - 1.6) ? 0.62 : 1)
  paint(k, k * 0.99, k * 0.97, wet * Math.max(0, Math.min(1, (0.58 - stain) * 9)))
  if (look.gloss > 0) times(1 - 0.45 * look.gloss)
}
/** Paint on the road, worn: mixes white (or a colour) over what is in `look`. */
export function mark(x: number, y: number, colour: Vec = [0.62, 0.62, 0.58]): void {
  const k = Math.max(0, Math.min(1, 0.35 + 1.5 * fbm(x * 2.5, y * 2.5, 7.5, 4) - 0.25 * noise(x * 30, y * 30)))
  look.r += (colour[0] - look.r) * k
  look.g += (colour[1] - look.g) * k
  look.b += (colour[2] - look.b) * k
}
export const grass: Surface = (x, y) => {
  const k = fbm(x * 0.5, y * 0.5, 0.5, 4)
  const blade = noise(x * 30, y * 30) * 0.5 + noise(x * 11, y * 11) * 0.5
  paint(0.1 + 0.06 * k, 0.115 + 0.055 * k, 0.045 + 0.025 * k)
  times(0.5 + blade)
}
export const leaf = (r = 0.07, g = 0.12, b = 0.03): Surface => (x, y, z) => {
  const k = 0.6 + 0.9 * noise(x * 7, y * 7, z * 7)
  paint(r * k, g * k, b * k)
}
export const concrete = (tone = 0.38, panel = 0): Surface => (x, y, z, s, lx, ly, lz) => {
  const k = tone * (0.75 + 0.3 * fbm(x * 1.2, y * 1.2, z * 1.2, 5) + 0.1 * noise(x * 40, y * 40, z * 40))
  const streak = 1 - 0.25 * Math.max(0, fbm(x * 4 + y * 4, 3, z * 0.35, 3) - 0.5) * 2
  paint(k * streak, k * 0.98 * streak, k * 0.94 * streak)
  const along = Math.abs(look.nx * s.cos + look.ny * s.sin) > 0.5 ? ly : lx
  if (panel > 0 && (Math.abs(along / panel - Math.round(along / panel)) < 0.012 || (lz > 0 && lz < 0.025))) times(0.55)
}
/** Bricks laid in runs. */
export const brick = (r = 0.32, g = 0.16, b = 0.11): Surface => (x, y, z, s, lx, ly) => {
  const along = Math.abs(look.nx * s.cos + look.ny * s.sin) > 0.5 ? ly : lx
  const row = Math.floor(z / 0.085)
  const u = along / 0.24 + (row & 1) * 0.5
  const column = Math.floor(u)
  const fu = u - column
  const fv = z / 0.085 - row
  const dirt = 0.75 + 0.5 * fbm(x * 0.7, y * 0.7, z * 0.7, 4)
  if (fu < 0.05 || fv < 0.14) paint(0.34 * dirt, 0.32 * dirt, 0.29 * dirt)
  else {
    const k = (0.7 + 0.6 * hash(column, row, 3)) * dirt
    paint(r * k, g * k, b * k)
  }
}
/** Ribbed sheet: containers, shutters, cladding. */
export const ribbed = (colour: Vec, pitch = 0.28, isLying = false, gloss = 0.04): Surface => (x, y, z, s, lx, ly, lz) => {
  const isX = Math.abs(look.nx * s.cos + look.ny * s.sin) > 0.5
  const along = isLying ? lz : isX ? ly : lx
  const wave = Math.sin((along / pitch) * Math.PI * 2)
  const slope = Math.abs(wave) < 0.75 && Math.abs(look.nz) < 0.5 ? Math.cos((along / pitch) * Math.PI * 2) * 0.75 : 0
  if (isLying) look.nz += slope
  else if (isX) {
    look.nx -= s.sin * slope
    look.ny += s.cos * slope
  } else {
    look.nx += s.cos * slope
    look.ny += s.sin * slope
  }
  const n = Math.hypot(look.nx, look.ny, look.nz)
  look.nx /= n
  look.ny /= n
  look.nz /= n
  const rust = Math.max(0, fbm(x * 1.3 + 4, y * 1.3, z * 0.6, 5) - 0.58) * 5
  paint(...colour, gloss)
  times(0.8 + 0.3 * fbm(x, y, z * 0.3, 4) - 0.14 * (wave < -0.7 ? 1 : 0))
  const k = Math.min(0.8, rust)
  look.r += (0.16 - look.r) * k
  look.g += (0.08 - look.g) * k
  look.b += (0.04 - look.b) * k
}
/** Window panes in a grid, frames between; `lit` of them have light inside. */
export const windows = (wall: Surface, width: number, height: number, lit = 0): Surface => (x, y, z, s, lx, ly, lz) => {
  const isX = Math.abs(look.nx * s.cos + look.ny * s.sin) > 0.5
  const u = (isX ? ly : lx) / width + 40
  const v = (lz + s.c) / height
  const fu = u - Math.floor(u)
  const fv = v - Math.floor(v)
  if (Math.abs(look.nz) > 0.5 || fu < 0.2 || fu > 0.8 || fv < 0.3 || fv > 0.82) return wall(x, y, z, s, lx, ly, lz)
  if (fu < 0.225 || fu > 0.775 || fv < 0.33 || fv > 0.79 || Math.abs(fu - 0.5) < 0.012) return paint(0.5, 0.5, 0.48)
  const isLit = hash(Math.floor(u), Math.floor(v), 5) < lit
  if (isLit) paint(1.0, 0.78, 0.45, 0.1, 0.5 + 0.5 * noise(u * 9, v * 7))
  else paint(0.025, 0.03, 0.035, 0.5)
}
/** Red and white, of barriers and posts. */
export const stripes = (step = 0.5): Surface => (_x, _y, _z, _s, lx) => {
  if (Math.floor(lx / step) & 1) paint(0.55, 0.05, 0.04, 0.03)
  else paint(0.7, 0.7, 0.68, 0.03)
}
export const carPaint = (colour: Vec, lights = 0): Surface => (x, y, z, s, lx, ly, lz) => {
  const c = s.shape!
  const side = Math.abs(ly)
  if (isWheel) {
    const r = Math.hypot(Math.abs(lx) - c.wheel, lz - 0.33)
    if (r < 0.2) paint(0.32, 0.33, 0.34, 0.1)
    else paint(0.025, 0.025, 0.027)
    return
  }
  const up = look.nz
  const dirt = 0.9 + 0.2 * fbm(x * 3, y * 3, z * 3, 3)
  const rise = (lz - c.hood) / (c.roof - c.hood)
  const isFlank = Math.abs(look.nx * -s.sin + look.ny * s.cos) > 0.6
  if (rise > 0.1 && rise < 0.86 && up < 0.93) {
    const isVan = c === undefined || c.roof > 2
    const pillar = isFlank && (Math.abs(lx + 0.35) < 0.05 || (isVan && lx < 0.4))
    if (!pillar && (isFlank || Math.abs(ly) < c.halfWidth - 0.2 - 0.18 * rise)) return paint(0.012, 0.015, 0.018, 0.75)
  }
  paint(colour[0] * dirt, colour[1] * dirt, colour[2] * dirt, 0.22)
  if (lz < 0.4) return paint(0.03, 0.03, 0.032, 0.05)
  const end = c.halfLength - 0.32
  if (lx > end && lz > 0.56 && lz < 0.76 && side > c.halfWidth - 0.42) return paint(1, 0.97, 0.9, 0.4, lights > 0 ? 6 * lights : 0)
  if (lx < -end && lz > 0.68 && lz < 0.9 && side > c.halfWidth - 0.34) return paint(0.6, 0.02, 0.02, 0.3, lights > 0 ? 0.5 + lights : 0)
  if (lx > end && side < 0.5 && lz > 0.5 && lz < 0.7) return paint(0.02, 0.02, 0.02, 0.2)
  if (Math.abs(lx) > end && side < 0.26 && lz > 0.42 && lz < 0.54) return paint(0.75, 0.75, 0.7)
  if (isFlank && (Math.abs(lx - c.screen[0] + 0.1) < 0.012 || Math.abs(lx + 0.35) < 0.012 || Math.abs(lz - 0.55) < 0.012)) times(0.35)
  if (isFlank && Math.abs(lz - 0.82) < 0.018 && Math.abs(((lx + 4.35) % 1.1) - 0.8) < 0.09) times(0.4)
}
