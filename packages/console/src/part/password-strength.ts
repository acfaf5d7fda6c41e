// SPDX-License-Identifier: Apache-2.0
/** How hard a password is to guess, roughly and without a dictionary: length first, variety second, repetition against. */

/** 0 too short, 1 weak, 2 fair, 3 good, 4 strong. */
export type Strength = 0 | 1 | 2 | 3 | 4

/** As the server asks. */
const MIN_PASSWORD = 12

export const strengthOf = (password: string): Strength => {
  if (password.length < MIN_PASSWORD) return 0
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^\p{L}\d]/u, /[^\p{ASCII}]/u].filter((kind) => kind.test(password)).length
  const different = new Set(password.toLowerCase()).size
  const isRun = /(.)\1{3}|0123|1234|abcd|qwer|password|admin|hikvision/i.test(password)
  const bits = different * 3 + Math.min(password.length, 32) * 1.4 + classes * 4 - (isRun ? 24 : 0)
  if (different < 6 || bits < 44) return 1
  if (bits < 58) return 2
  return bits < 72 ? 3 : 4
}
