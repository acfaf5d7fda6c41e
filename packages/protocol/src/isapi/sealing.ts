// SPDX-License-Identifier: Apache-2.0
/**
 * Single values (the key of a backup) that devices want sealed on their way: AES-128 in CBC over the value as base64, in hex,
 * with `security=1&iv=HEX` in the URL. The key is made of the login's password, so both sides have it. This file makes the
 * key; the hash function and the cipher are the caller's.
 *
 * What is known: several independent clients in public make the key so, and report devices that take it; there is no
 * published vector, and which fields of which documents are sealed is known of backups alone.
 */
import { attributeOf, booleanAt, find, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { type HexHash, MAX_SESSION_ITERATIONS } from './session-login.ts'

/** Mixed into every key, by all of this vendor's devices. */
const FIXED = 'AaBbCcDd1234!@#$'
/** AES-128. */
const KEY_HEX_DIGITS = 32
const DEFAULT_ITERATIONS = 100

/** What a device tells in `/Security/capabilities?username=NAME`. */
export interface SealingScheme {
  readonly iterations: number
  readonly isIrreversible: boolean
  readonly salt: string
}

/** Undefined where the device seals nothing, or wants more rounds than are done. */
export const readSealingScheme = (root: XmlElement): SealingScheme | undefined => {
  const version = find(root, 'securityVersion')
  const versions = `${(version && attributeOf(version, 'opt')) ?? ''},${version?.text ?? ''}`.split(',')
  const iterations = numberAt(root, 'keyIterateNum') ?? DEFAULT_ITERATIONS
  if (!versions.includes('1') || !(iterations >= 1 && iterations <= MAX_SESSION_ITERATIONS)) return undefined
  const isIrreversible = booleanAt(root, 'isIrreversible') ?? false
  return { iterations, isIrreversible, salt: textAt(root, 'salt') ?? '' }
}

/** The key, in hex. */
export const sealingKey = (
  { iterations, isIrreversible, salt }: SealingScheme,
  { username, password }: { readonly username: string; readonly password: string },
  sha256: HexHash,
): string => {
  const base = isIrreversible && salt !== '' ? sha256(username + salt + password) : password
  let text = base + FIXED
  for (let i = 0; i < iterations; i++) text = sha256(text)
  return text.slice(0, KEY_HEX_DIGITS)
}
