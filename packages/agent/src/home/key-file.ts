// SPDX-License-Identifier: Apache-2.0
/** The key that seals the agent's secrets: 32 bytes in a file of mode 0600 outside the data folder, so that a copy of the data opens nothing. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { Refusal } from '@openhmp/protocol/base'

const KEY_BYTES = 32

/** Reads the key, or makes it where `mayMake`: only while nothing is sealed. Throws `Refusal` `key.*` with what to do. */
export const loadKey = (file: string, dataDir: string, mayMake: boolean): Uint8Array => {
  const path = resolve(file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (`${realpathSync(dirname(path))}${sep}`.startsWith(`${realpathSync(dataDir)}${sep}`))
    throw new Refusal('invalid', 'key.place', `the key file ${path} must not lie in the data folder`)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Refusal('unavailable', 'key.unreadable', `the key file ${path} cannot be read`, { cause })
    if (!mayMake)
      throw new Refusal('unavailable', 'key.missing', `the key file ${path} is missing: without it nothing opens`)
    const key = randomBytes(KEY_BYTES)
    writeFileSync(path, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    return key
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === KEY_BYTES) return key
  throw new Refusal('invalid', 'key.form', `the key file ${path} does not hold 32 bytes in base64`)
}
