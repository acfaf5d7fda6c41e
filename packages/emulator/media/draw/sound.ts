// SPDX-License-Identifier: Apache-2.0
/** What the microphones hear: hum, wind, steps, birds, a barrier's chime, an engine. Made of noise and a few resonances; loops without a seam. */
import { hash } from './noise.ts'
import { encodeAlaw } from '../../../protocol/src/payload/g711/companding.ts'

const RATE = 8000
const TAU = Math.PI * 2

/** Sound of a scene, G.711 A-law. */
export function soundOf(name: string, seconds: number): Uint8Array {
  const n = seconds * RATE
  const out = new Float64Array(n)
  const add = (at: number, length: number, f: (t: number, k: number) => number) => {
    const from = Math.round(at * RATE)
    for (let i = 0; i < length * RATE; i++) out[(from + i + n) % n]! += f(i / RATE, i / (length * RATE))
  }
  /** Noise through a one-pole low and high pass, crossfaded so that its end meets its start. */
  const wash = (low: number, high: number, level: number, seed: number, swell = 0.4) => {
    const extra = RATE
    const a = 1 - Math.exp((-TAU * high) / RATE)
    const b = 1 - Math.exp((-TAU * low) / RATE)
    const raw = new Float64Array(n + extra)
    let fast = 0
    let slow = 0
    for (let i = 0; i < raw.length; i++) {
      fast += a * (hash(i, seed, i >> 11) * 2 - 1 - fast)
      slow += b * (fast - slow)
      raw[i] = fast - slow
    }
    for (let i = 0; i < n; i++) {
      const k = Math.min(1, i / extra)
      const swollen = 1 + swell * Math.sin((TAU * i) / n + seed) * Math.sin((TAU * 3 * i) / n + 2 * seed)
      out[i]! += level * swollen * (raw[i]! * Math.sqrt(k) + (i < extra ? raw[n + i]! * Math.sqrt(1 - k) : 0))
    }
  }
  const step = (at: number, level: number, hard: number, seed: number) => {
    let low = 0
    add(at, 0.16, (t) => {
      const white = hash(Math.round(t * RATE), seed, 5) * 2 - 1
      low += 0.32 * (white - low)
      return level * (Math.exp(-t * 42) * Math.sin(TAU * 92 * t) * 0.9 + low * Math.exp(-t * 65) + hard * white * Math.exp(-t * 240))
    })
    add(at + 0.09, 0.1, (t) => level * 0.35 * (hash(Math.round(t * RATE), seed, 8) * 2 - 1) * Math.exp(-t * 70) * Math.min(1, t * 300))
  }
  const steps = (from: number, to: number, near: (k: number) => number, hard: number, every = 0.51) => {
    let i = 0
    for (let t = from; t < to; t += every * (0.97 + 0.06 * hash(i, 4)), i++) step(t, near((t - from) / (to - from)), hard, i + Math.round(from * 100))
  }
  const bird = (at: number, level: number, base: number, notes: number, seed: number) => {
    for (let k = 0; k < notes; k++) {
      const length = 0.07 + 0.05 * hash(k, seed)
      const top = base * (0.85 + 0.4 * hash(k, seed, 2))
      let phase = 0
      add(at + k * (length + 0.045), length, (_t, u) => {
        phase += (TAU * (top + 420 * Math.sin(u * Math.PI * (1 + (seed % 3))))) / RATE
        return level * Math.sin(u * Math.PI) ** 2 * (Math.sin(phase) + 0.12 * Math.sin(2 * phase))
      })
    }
  }
  /** An engine going by: its pitch and loudness follow. */
  const engine = (from: number, to: number, loud: (k: number) => number, turns: (k: number) => number, seed: number) => {
    let phase = 0
    let hiss = 0
    add(from, to - from, (t, k) => {
      phase += turns(k) / RATE
      const cycle = phase % 1
      const fire = Math.exp(-((phase * 4) % 1) * 5) - 0.2
      hiss += 0.18 * (hash(Math.round(t * RATE), seed, 3) * 2 - 1 - hiss)
      return loud(k) * (0.45 * fire + 0.25 * Math.sin(TAU * cycle * 2) + 1.1 * hiss * Math.min(1, turns(k) / 25))
    })
  }
  const chime = (at: number, notes: readonly number[], level: number) => {
    for (const [i, f] of notes.entries()) add(at + i * 0.22, 0.9, (t) => level * Math.exp(-t * 5) * (Math.sin(TAU * f * t) + 0.4 * Math.sin(TAU * f * 2.76 * t) * Math.exp(-t * 9)) * Math.min(1, t * 400))
  }
  const bell = (k: number) => Math.sin(Math.PI * Math.min(1, Math.max(0, k)))
  switch (name) {
    case 'gate':
      wash(60, 420, 0.09, 1)
      wash(900, 2400, 0.006, 2)
      for (const [i, at] of [0.4, 1.3, 2.5, 5.8, 8.9, 9.7, 10.9, 11.4].entries()) bird(at, 0.05 + 0.05 * hash(i, 8), i % 2 ? 2500 : 3050, 3 + (i % 3), i)
      engine(0.5, 9.2, (k) => 0.03 + 0.12 * bell(k * 1.05) ** 2 + 0.2 * Math.exp(-(((k - 0.84) * 11) ** 2)), (k) => (k < 0.36 ? 24 - 28 * k : k < 0.52 ? 13.5 : 14 + 34 * (k - 0.52)), 7)
      chime(3.62, [1318, 1046], 0.13)
      for (const [at, pitch] of [[3.75, 147], [8.0, 138]] as const)
        add(at, 1.35, (t, k) => 0.035 * bell(k * 1.02) ** 0.3 * (Math.sin(TAU * pitch * t) + 0.5 * Math.sin(TAU * 2 * pitch * t + 1) + 0.3 * Math.sin(TAU * 3 * pitch * t)))
      steps(0.9, 3.5, () => 0.22, 0.12)
      steps(7.5, 10.0, () => 0.22, 0.12)
      break
    case 'yard':
      wash(50, 340, 0.1, 11)
      wash(700, 2200, 0.006, 12)
      engine(2.2, 9.6, (k) => 0.03 + 0.2 * bell(k) ** 2, (k) => 19 + 5 * Math.sin(k * 9), 17)
      for (const at of [0.7, 1.35, 2.0]) add(at, 0.36, (t, k) => 0.07 * (k < 0.92 ? 1 : 0) * Math.min(1, t * 200) * (Math.sin(TAU * 1210 * t) + 0.2 * Math.sin(TAU * 2420 * t)))
      steps(0.5, 3.7, (k) => 0.1 + 0.1 * k, 0.1)
      steps(5.7, 9.6, (k) => 0.2 - 0.1 * k, 0.1)
      add(4.9, 0.5, (t) => 0.3 * Math.exp(-t * 14) * (Math.sin(TAU * 213 * t) + 0.7 * Math.sin(TAU * 377 * t) + 0.5 * Math.sin(TAU * 611 * t)))
      bird(10.6, 0.06, 2300, 4, 5)
      break
    case 'corridor':
      wash(90, 300, 0.05, 21, 0.1)
      wash(1200, 3000, 0.003, 22, 0.1)
      for (let i = 0; i < n; i++) out[i]! += 0.006 * Math.sin((TAU * 100 * i) / RATE) + 0.003 * Math.sin((TAU * 300 * i) / RATE)
      steps(0.15, 10.0, (k) => 0.34 * (1 - k) ** 1.3 + 0.05, 0.3, 0.5)
      steps(2.0, 9.9, (k) => 0.05 + 0.2 * k, 0.4, 0.53)
      for (const [at, level] of [[1.55, 0.12], [9.95, 0.3], [10.25, 0.1]] as const) {
        add(at, 0.25, (t) => level * 0.6 * Math.exp(-t * 30) * (hash(Math.round(t * RATE), 3, 3) * 2 - 1 + Math.sin(TAU * 190 * t)))
        add(at + 0.3, 0.4, (t) => level * Math.exp(-t * 16) * (Math.sin(TAU * 84 * t) + 0.5 * (hash(Math.round(t * RATE), 3, 9) * 2 - 1) * Math.exp(-t * 30)))
      }
      chime(7.0, [988], 0.04)
      break
    default:
      wash(45, 300, 0.1, 31, 0.5)
      wash(1800, 3400, 0.004, 32, 0.2)
      // tyres on a wet road, loudest when it passes
      engine(0.2, 9.0, (k) => 0.02 + 0.24 * Math.exp(-(((k - 0.5) * 4.2) ** 2)), (k) => 23 - 4 * k, 37)
      steps(0.2, 10.1, (k) => 0.1 + 0.2 * bell(k), 0.18)
      add(11.0, 0.5, (t, k) => 0.02 * bell(k) * Math.sin(TAU * 420 * t))
  }
  let peak = 0
  for (const v of out) peak = Math.max(peak, Math.abs(v))
  const samples = Int16Array.from(out, (v) => Math.round(Math.tanh((v / peak) * 1.25) * 0.82 * 32767))
  return encodeAlaw(samples)
}
