// SPDX-License-Identifier: Apache-2.0
/** NTP timestamps, RFC 5905 §6, as sender reports carry them. */

/** Seconds from 1900 to 1970. */
const UNIX_EPOCH = 2_208_988_800
const TWO_32 = 2 ** 32

/** Milliseconds since 1970. Seconds with the highest bit clear are of the era that begins in 2036 (RFC 4330 §3). */
export const ntpToUnixMs = (seconds: number, fraction: number): number => {
  const since1900 = seconds < 0x8000_0000 ? seconds + TWO_32 : seconds
  return (since1900 - UNIX_EPOCH) * 1000 + (fraction * 1000) / TWO_32
}

/** NTP time of milliseconds since 1970, to the microsecond. */
export const unixMsToNtp = (ms: number): { ntpSeconds: number; ntpFraction: number } => {
  const whole = Math.floor(ms / 1000)
  const fraction = Math.floor(((ms - whole * 1000) * TWO_32) / 1000)
  return { ntpSeconds: (whole + UNIX_EPOCH) >>> 0, ntpFraction: Math.min(fraction, TWO_32 - 1) }
}

/** The middle 32 bits: what a report block repeats of a sender report. */
export const middleOfNtp = (seconds: number, fraction: number): number =>
  (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0
