// SPDX-License-Identifier: Apache-2.0
/**
 * Bits of a NAL unit's payload, with the Exp-Golomb codes of H.264 §9.1 and H.265 §9.2. Emulation prevention bytes
 * (00 00 03) are taken out first (H.264 §7.4.1). Every read is checked: bytes that end too early give a WireError.
 */
import { WireError } from '../base/errors.ts'

/** A parameter set longer than this is refused unread; real ones have tens of bytes. */
export const MAX_PARAMETER_SET_BYTES = 4096

/** The payload of a NAL unit without its emulation prevention bytes. Copies. */
export function withoutEmulationPrevention(nal: Uint8Array, headerBytes: number): Uint8Array {
  const out = new Uint8Array(Math.max(0, nal.length - headerBytes))
  let length = 0
  let zeros = 0
  for (let at = headerBytes; at < nal.length; at++) {
    const byte = nal[at]!
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    zeros = byte === 0 ? zeros + 1 : 0
    out[length++] = byte
  }
  return out.subarray(0, length)
}

/** Reads bits from the most significant on. `code` and `spec` name the format in errors. */
export class BitReader {
  readonly #bytes: Uint8Array
  readonly #code: string
  readonly #spec: string
  #at = 0

  constructor(bytes: Uint8Array, code: string, spec: string) {
    this.#bytes = bytes
    this.#code = code
    this.#spec = spec
  }

  /** How many bits are left. */
  get left(): number {
    return this.#bytes.length * 8 - this.#at
  }

  fail(what: string): WireError {
    return new WireError(this.#code, what, { at: this.#at >> 3, spec: this.#spec })
  }

  /** One bit, 0 or 1. */
  bit(): number {
    const byte = this.#bytes[this.#at >> 3]
    if (byte === undefined) throw this.fail('the bits end too early')
    const bit = (byte >> (7 - (this.#at & 7))) & 1
    this.#at++
    return bit
  }

  flag(): boolean {
    return this.bit() === 1
  }

  /** Up to 32 bits as a number that is never negative. */
  bits(count: number): number {
    if (count > this.left) throw this.fail('the bits end too early')
    let value = 0
    for (let i = 0; i < count; i++) value = value * 2 + this.bit()
    return value
  }

  skip(count: number): void {
    if (count > this.left) throw this.fail('the bits end too early')
    this.#at += count
  }

  /** ue(v). More than 31 leading zeros are refused: no field of a parameter set needs them. */
  unsigned(): number {
    let zeros = 0
    while (this.bit() === 0) if (++zeros > 31) throw this.fail('an Exp-Golomb code of more than 32 bits')
    return 2 ** zeros - 1 + this.bits(zeros)
  }

  /** ue(v) that must not be greater than `limit`: the guard of every loop and every size. */
  upTo(limit: number, what: string): number {
    const value = this.unsigned()
    if (value > limit) throw this.fail(`${what} is ${value}, more than ${limit}`)
    return value
  }

  /** se(v). */
  signed(): number {
    const code = this.unsigned()
    return code & 1 ? (code + 1) / 2 : -code / 2
  }
}
