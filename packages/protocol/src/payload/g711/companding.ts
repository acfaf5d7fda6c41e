// SPDX-License-Identifier: Apache-2.0
/** G.711's two laws (ITU-T G.711, tables 1 and 2): eight bits a sample to sixteen and back, by table and by search. */

const ALAW_DECODED = Int16Array.from({ length: 256 }, (_, code) => {
  const value = code ^ 0x55
  const exponent = (value >> 4) & 7
  const mantissa = ((value & 15) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return value & 0x80 ? magnitude : -magnitude
})

const ULAW_BIAS = 0x84
const ULAW_DECODED = Int16Array.from({ length: 256 }, (_, code) => {
  const value = ~code & 0xff
  const magnitude = ((((value & 15) << 3) + ULAW_BIAS) << ((value >> 4) & 7)) - ULAW_BIAS
  return value & 0x80 ? -magnitude : magnitude
})

/** A-law bytes to 16-bit samples. */
export const decodeAlaw = (bytes: Uint8Array): Int16Array => decode(bytes, ALAW_DECODED)
/** µ-law bytes to 16-bit samples. */
export const decodeUlaw = (bytes: Uint8Array): Int16Array => decode(bytes, ULAW_DECODED)

function decode(bytes: Uint8Array, table: Int16Array): Int16Array {
  const samples = new Int16Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i]!]!
  return samples
}

/** 16-bit samples to A-law bytes. */
export function encodeAlaw(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length)
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!
    const isPositive = sample >= 0
    const magnitude = (isPositive ? sample : -sample - 1) >> 3 // 13 bits: 1 of sign, 12 of size
    let exponent = 7
    while (exponent > 0 && magnitude >> (exponent + 4) === 0) exponent--
    const mantissa = exponent === 0 ? (magnitude >> 1) & 15 : (magnitude >> exponent) & 15
    bytes[i] = ((isPositive ? 0x80 : 0) | (exponent << 4) | mantissa) ^ 0x55
  }
  return bytes
}

/** 16-bit samples to µ-law bytes. */
export function encodeUlaw(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length)
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!
    const magnitude = Math.min(32635, Math.abs(sample)) + ULAW_BIAS
    let exponent = 7
    while (exponent > 0 && magnitude >> (exponent + 7) === 0) exponent--
    const mantissa = (magnitude >> (exponent + 3)) & 15
    bytes[i] = ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa)
  }
  return bytes
}
