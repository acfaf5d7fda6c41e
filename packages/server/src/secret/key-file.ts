// SPDX-License-Identifier: Apache-2.0
/** The key that seals secrets: 32 bytes in a file outside the data folder, so that a copy of the data alone opens nothing. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { Refusal } from '@openhmp/protocol/base'

const KEY_BYTES = 32

/** Where the key lies unless `HMP_KEY_FILE` says otherwise. */
export const defaultKeyFile = (instance: string, env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'openhmp', `${instance}.key`)

/** What `loadKey` goes by. */
export interface KeyFileOptions {
  readonly file: string
  readonly dataDir: string
  /** Make the file when it is not there: only while nothing is sealed yet. */
  readonly mayMake: boolean
}

/** Reads the key, or makes it. Throws `Refusal` `key.*` with what to do. */
export const loadKey = ({ file, dataDir, mayMake }: KeyFileOptions): Uint8Array => {
  const path = resolve(file)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Refusal('unavailable', 'key.unwritable', `no key can be kept at ${path}: set HMP_KEY_FILE`, { cause })
  }
  if (`${realpathSync(dirname(path))}${sep}`.startsWith(`${realpathSync(dataDir)}${sep}`))
    throw new Refusal('invalid', 'key.place', `the key file ${path} must not lie in the data folder: set HMP_KEY_FILE`)
  const existing = read(path)
  if (existing) return existing
  if (!mayMake) {
    const text = `the key file ${path} is missing, and without it the stored passwords do not open: put it back, or set HMP_KEY_FILE`
    throw new Refusal('unavailable', 'key.missing', text)
  }
  const key = randomBytes(KEY_BYTES)
  writeFileSync(path, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  return key
}

const read = (path: string): Uint8Array | undefined => {
  let text: string
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Refusal('unavailable', 'key.unreadable', `the key file ${path} cannot be read or is not ours`, { cause })
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === KEY_BYTES) return key
  throw new Refusal('invalid', 'key.form', `the key file ${path} does not hold 32 bytes in base64`)
}
