// SPDX-License-Identifier: Apache-2.0
/** Codes of authenticator apps: time-based one-time passwords (RFC 6238 over RFC 4226), SHA-1, six digits, every 30 s. */
import { createHmac, timingSafeEqual } from 'node:crypto'

const STEP_MS = 30_000
const DIGITS = 6
/** Steps that clocks may differ by, either way. */
const SKEW = 1
/** What RFC 4226 section 4 recommends. */
export const SECRET_BYTES = 20

/** The number of the step at that time, ms since 1970. */
const stepAt = (ms: number): number => Math.floor(ms / STEP_MS)

/** The code of a step (RFC 4226, section 5.3). */
export const codeOf = (secret: Uint8Array, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const at = mac.at(-1)! & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The step that a code belongs to, if it is one of now and later than `usedStep`: each is good once (RFC 6238, section 5.2). */
export const stepOf = (secret: Uint8Array, code: string, nowMs: number, usedStep: number): number | undefined => {
  const given = Buffer.from(code.replaceAll(/\s/g, ''))
  if (given.length !== DIGITS) return undefined
  const now = stepAt(nowMs)
  let found: number | undefined
  for (let step = now - SKEW; step <= now + SKEW; step++)
    if (timingSafeEqual(given, Buffer.from(codeOf(secret, step))) && step > usedStep) found = step
  return found
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Base32 without padding (RFC 4648, section 6). */
export const base32 = (bytes: Uint8Array): string => {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
}

/** What an app reads from a QR code. */
export const uriOf = (secret: Uint8Array, name: string): string =>
  `otpauth://totp/OpenHMP:${encodeURIComponent(name)}?secret=${base32(secret)}&issuer=OpenHMP`
