// SPDX-License-Identifier: Apache-2.0
/**
 * Seeds -> inputs that are almost right. Every input follows from (seed, run) alone, so that any of them can be made
 * again. Cheap on purpose: one scratch array, a small generator, a handful of changes.
 */

/** mulberry32: small, quick, good enough to choose by. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 32 bits, never negative. */
  next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }

  /** 0 up to, not including, `limit`. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.next() % limit
  }
}

/** Lengths, counts and types that break parsers. */
const interesting = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 192, 200, 203, 223, 254, 255]
const interesting32 = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
]

/** Makes inputs for one target. */
export class Mutator {
  readonly #seeds: readonly Uint8Array[]
  readonly #tokens: readonly Uint8Array[]
  readonly #scratch: Uint8Array
  readonly #maxBytes: number
  readonly #base: number
  #length = 0

  constructor(options: {
    seeds: readonly Uint8Array[]
    tokens: readonly Uint8Array[]
    maxBytes: number
    seed: number
  }) {
    this.#seeds = options.seeds
    this.#tokens = options.tokens
    this.#maxBytes = options.maxBytes
    this.#scratch = new Uint8Array(2 * options.maxBytes)
    this.#base = options.seed
  }

  /** The input of run `run`: a view, valid until the next call. */
  input(run: number): Uint8Array {
    const random = new Random(Math.imul(this.#base ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(run + 1, 0xc2b2_ae35))
    random.next()
    const what = random.next()
    if (what % 64 === 0) this.#fillAtRandom(random)
    else {
      this.#take(this.#seeds[random.below(this.#seeds.length)]!)
      for (let changes = 1 + ((what >>> 8) & 3); changes > 0; changes--) this.#change(random)
    }
    return this.#scratch.subarray(0, Math.min(this.#length, this.#maxBytes))
  }

  #take(seed: Uint8Array): void {
    this.#length = Math.min(seed.length, this.#maxBytes)
    this.#scratch.set(seed.length > this.#maxBytes ? seed.subarray(0, this.#maxBytes) : seed)
  }

  #fillAtRandom(random: Random): void {
    this.#length = random.below(Math.min(64, this.#maxBytes))
    for (let at = 0; at < this.#length; at++) this.#scratch[at] = random.next()
  }

  #change(random: Random): void {
    const b = this.#scratch
    const length = this.#length
    const at = random.below(length)
    switch (random.below(this.#tokens.length > 0 ? 12 : 10)) {
      case 0:
        b[at] = b[at]! ^ (1 << random.below(8))
        break
      case 1:
        b[at] = random.next()
        break
      case 2:
        b[at] = interesting[random.below(interesting.length)]!
        break
      case 3: {
        const value = interesting32[random.below(interesting32.length)]!
        const width = random.below(2) === 0 ? 2 : 4
        for (let i = 0; i < width && at + i < length; i++) b[at + i] = value >>> (8 * (width - 1 - i))
        break
      }
      case 4: // the end is missing
        this.#length = at
        break
      case 5: // a piece is missing
        this.#replace(at, Math.min(1 + random.below(16), length - at), b.subarray(0, 0))
        break
      case 6: // a piece stands twice
        this.#replace(at, 0, b.slice(at, Math.min(at + 1 + random.below(32), length)))
        break
      case 7: {
        const noise = new Uint8Array(1 + random.below(8))
        for (let i = 0; i < noise.length; i++) noise[i] = random.next()
        this.#replace(at, 0, noise)
        break
      }
      case 8: {
        // the rest comes from another seed
        const other = this.#seeds[random.below(this.#seeds.length)]!
        this.#replace(at, length - at, other.subarray(random.below(other.length)))
        break
      }
      case 9: // one more or one less: lengths that almost fit
        b[at] = b[at]! + (random.below(2) === 0 ? 1 : 255)
        break
      default:
        this.#replace(at, Math.min(random.below(8), length - at), this.#tokens[random.below(this.#tokens.length)]!)
    }
  }

  #replace(at: number, count: number, by: Uint8Array): void {
    const b = this.#scratch
    const put = by.length > this.#maxBytes - at ? by.subarray(0, this.#maxBytes - at) : by
    b.copyWithin(at + put.length, at + count, this.#length)
    b.set(put, at)
    this.#length = Math.min(this.#length - count + put.length, this.#maxBytes)
  }
}
