// SPDX-License-Identifier: Apache-2.0
/** From light to a picture as a camera makes it: glare, vignette, tone curve, colour, noise of the sensor. */
import { hash } from './noise.ts'

/** How the camera takes its pictures. */
export interface Film {
  readonly exposure: number
  readonly grain: number
  readonly bloom: number
  readonly saturation: number
}

export class Development {
  readonly #film: Film
  readonly #width: number
  readonly #height: number
  readonly #tone = new Uint8Array(8192)

  constructor(film: Film, width: number, height: number) {
    this.#film = film
    this.#width = width
    this.#height = height
    for (let i = 0; i < 8192; i++) {
      const v = i / 8191.5
      const c = (v / (1 - v)) * film.exposure
      const mapped = (c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14) // the curve of Narkowicz, 2015
      this.#tone[i] = Math.round(255 * Math.min(1, mapped) ** (1 / 2.2))
    }
  }

  /** Light to bytes: bloom, vignette, curve, colour, grain. */
  develop(frame: Float32Array, gain: number, seed: number): Uint8Array {
    const width = this.#width
    const height = this.#height
    const film = this.#film
    const bytes = new Uint8Array(3 * width * height)
    const bloom = film.bloom > 0 ? this.#glare(frame) : undefined
    const bw = Math.ceil(width / 8)
    const sat = film.saturation
    const start = Math.floor(hash(seed, 3, 3) * 90_000)
    for (let y = 0; y < height; y++) {
      const vy = (2 * y) / height - 1
      for (let x = 0; x < width; x++) {
        const i = y * width + x
        const vx = (2 * x) / width - 1
        const v = gain * (1 - 0.17 * (vx * vx + vy * vy) * 0.9)
        let r = frame[3 * i]! * v
        let g = frame[3 * i + 1]! * v
        let b = frame[3 * i + 2]! * v
        if (bloom) {
          const fx = Math.min(bw - 1.001, Math.max(0, x / 8 - 0.5))
          const fy = Math.min(Math.ceil(height / 8) - 1.001, Math.max(0, y / 8 - 0.5))
          const cx = Math.floor(fx)
          const cy = Math.floor(fy)
          const u = fx - cx
          const w = fy - cy
          for (let q = 0; q < 3; q++) {
            const at = 3 * (cy * bw + cx) + q
            const c = (bloom[at]! * (1 - u) + bloom[at + 3]! * u) * (1 - w) + (bloom[at + 3 * bw]! * (1 - u) + bloom[at + 3 * bw + 3]! * u) * w
            if (q === 0) r += c
            else if (q === 1) g += c
            else b += c
          }
        }
        const m = 0.3 * r + 0.59 * g + 0.11 * b
        r = Math.max(0, m + (r - m) * sat)
        g = Math.max(0, m + (g - m) * sat)
        b = Math.max(0, m + (b - m) * sat)
        const grain = (grains[(start + i) % grains.length]! * film.grain) | 0
        const at = 3 * i
        bytes[at] = clamp(this.#tone[(8191 * (r / (1 + r))) | 0]! + grain)
        bytes[at + 1] = clamp(this.#tone[(8191 * (g / (1 + g))) | 0]! + grain)
        bytes[at + 2] = clamp(this.#tone[(8191 * (b / (1 + b))) | 0]! + grain)
      }
    }
    return bytes
  }

  /** What is too bright, spread: at an eighth of the size. */
  #glare(frame: Float32Array): Float32Array {
    const width = this.#width
    const height = this.#height
    const w = Math.ceil(width / 8)
    const h = Math.ceil(height / 8)
    let small = new Float32Array(3 * w * h)
    const limit = 1.2 / this.#film.exposure
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const i = 3 * (y * width + x)
        const j = 3 * ((y >> 3) * w + (x >> 3))
        for (let q = 0; q < 3; q++) {
          const over = Math.min(frame[i + q]!, 12) - limit
          if (over > 0) small[j + q]! += (over * this.#film.bloom) / 64
        }
      }
    for (const radius of [2, 5]) {
      const wide = new Float32Array(small.length)
      for (let q = 0; q < 3; q++) {
        const plane = new Float32Array(w * h)
        for (let i = 0; i < w * h; i++) plane[i] = small[3 * i + q]!
        const soft = blur(blur(plane, w, h, radius), w, h, radius)
        for (let i = 0; i < w * h; i++) wide[3 * i + q] = soft[i]! * 0.7 + plane[i]! * 0.3
      }
      small = wide
    }
    return small
  }
}

const clamp = (v: number) => (v < 0 ? 0 : v > 255 ? 255 : v)
/** Noise of a sensor, drawn once; each picture starts elsewhere in it. */
const grains = Float32Array.from({ length: 1_300_021 }, (_, i) => hash(i, 1, 7) + hash(i, 2, 7) + hash(i, 3, 9) - 1.5)

/** Mean over a square of `2 * radius + 1`. */
export function blur(from: Float32Array, w: number, h: number, radius: number): Float32Array {
  const across = new Float32Array(w * h)
  const result = new Float32Array(w * h)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let sum = 0
      for (let k = -radius; k <= radius; k++) sum += from[y * w + Math.min(w - 1, Math.max(0, x + k))]!
      across[y * w + x] = sum / (2 * radius + 1)
    }
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let sum = 0
      for (let k = -radius; k <= radius; k++) sum += across[Math.min(h - 1, Math.max(0, y + k)) * w + x]!
      result[y * w + x] = sum / (2 * radius + 1)
    }
  return result
}
