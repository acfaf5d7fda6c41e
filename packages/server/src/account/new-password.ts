// SPDX-License-Identifier: Apache-2.0
/** Passwords for devices, made up here. */
import { randomInt } from 'node:crypto'
import { MAX_DEVICE_PASSWORD, passwordFault } from '@openhmp/protocol/isapi'
import { Secret } from '../secret/secret.ts'

/** Without those that look alike, and without signs that some firmware refuses or garbles: 93 bits in 16 characters. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** One that devices take for this user. */
export const newPassword = (userName: string): Secret => {
  for (;;) {
    const letters = Array.from({ length: MAX_DEVICE_PASSWORD }, () => ALPHABET[randomInt(ALPHABET.length)])
    const password = letters.join('')
    const hasAllKinds = [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(password))
    if (hasAllKinds && passwordFault(password, userName) === undefined) return new Secret(password)
  }
}
