// SPDX-License-Identifier: Apache-2.0
/** Value noise from a hash: the same everywhere and always, so that a scene drawn twice is the same scene. */

const table = new Float32Array(4096)
{
  let seed = 0x2545f491
  for (let i = 0; i < table.length; i++) {
    seed ^= seed << 13
    seed ^= seed >>> 17
    seed ^= seed << 5
    table[i] = (seed >>> 0) / 0x1_0000_0000
  }
}

/** 0..1, by three whole numbers. */
export function hash(x: number, y: number, z = 0): number {
  let h = Math.imul(x | 0, 0x8da6b343) ^ Math.imul(y | 0, 0xd8163841) ^ Math.imul(z | 0, 0xcb1ab31f)
  h = Math.imul(h ^ (h >>> 13), 0x5bd1e995)
  return table[(h ^ (h >>> 15)) & 4095]!
}

const fade = (t: number) => t * t * (3 - 2 * t)

/** Smooth noise, 0..1. */
export function noise(x: number, y: number, z = 0): number {
  const xi = Math.floor(x)
  const yi = Math.floor(y)
  const zi = Math.floor(z)
  const u = fade(x - xi)
  const v = fade(y - yi)
  const w = fade(z - zi)
  const a = hash(xi, yi, zi) * (1 - u) + hash(xi + 1, yi, zi) * u
  const b = hash(xi, yi + 1, zi) * (1 - u) + hash(xi + 1, yi + 1, zi) * u
  const low = a * (1 - v) + b * v
  if (w === 0) return low
  const c = hash(xi, yi, zi + 1) * (1 - u) + hash(xi + 1, yi, zi + 1) * u
  const d = hash(xi, yi + 1, zi + 1) * (1 - u) + hash(xi + 1, yi + 1, zi + 1) * u
  return low * (1 - w) + (c * (1 - v) + d * v) * w
}

/** Noise of several sizes, 0..1. */
export function fbm(x: number, y: number, z: number, octaves: number): number {
  let sum = 0
  let weight = 0.5
  let total = 0
  for (let i = 0; i < octaves; i++) {
    sum += weight * noise(x, y, z)
    total += weight
    weight *= 0.5
    x = x * 2.03 + 17.1
    y = y * 2.03 + 5.7
    z *= 2.03
  }
  return sum / total
}
