// SPDX-License-Identifier: Apache-2.0
/**
 * The keys that seal secrets, in a file outside the data folder, so that a copy of the data alone opens nothing. A line each, 32
 * bytes in base64, the newest first; `audit` lines keep of a key that was replaced the public half that it signed
 * checkpoints with, and the last row that it signed for.
 */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { Refusal } from '@openhmp/protocol/base'

const KEY_BYTES = 32
/** Keys and lines of old ones in a file. */
export const MAX_LINES = 1000

/** Where the key lies unless `HMP_KEY_FILE` says otherwise. */
export const defaultKeyFile = (instance: string, env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'openhmp', `${instance}.key`)

/** What `loadKeys` goes by. */
export interface KeyFileOptions {
  readonly file: string
  readonly dataDir: string
  /** Make the file when it is not there: only while nothing is sealed yet. */
  readonly mayMake: boolean
}

/** What a key file holds. */
export interface KeysInFile {
  /** The newest first; never none. */
  readonly keys: readonly Uint8Array[]
  readonly retired: readonly RetiredSigner[]
}

/** The public half of a key that signed checkpoints up to that row. */
export interface RetiredSigner {
  readonly key: KeyObject
  readonly until: number
}

/** A key. */
export const makeKey = (): Uint8Array => randomBytes(KEY_BYTES)

/** Reads the keys, or makes the first. Throws `Refusal` `key.*` with what to do. */
export const loadKeys = ({ file, dataDir, mayMake }: KeyFileOptions): KeysInFile => {
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
  const made = { keys: [makeKey()], retired: [] }
  writeKeys(path, made)
  return made
}

/** Puts these in place of what was there: whole, or not at all. Throws `Refusal` `key.unwritable`. */
export const writeKeys = (file: string, { keys, retired }: KeysInFile): void => {
  const lines = [
    ...keys.map((key) => Buffer.from(key).toString('base64')),
    ...retired.map(
      ({ key, until }) => `audit ${key.export({ format: 'der', type: 'spki' }).toString('base64')} ${until}`,
    ),
  ]
  const path = resolve(file)
  try {
    const out = openSync(`${path}.new`, 'w', 0o600)
    try {
      writeSync(out, `${lines.join('\n')}\n`)
      fsyncSync(out)
    } finally {
      closeSync(out)
    }
    renameSync(`${path}.new`, path)
  } catch (cause) {
    const text = `the key file ${path} cannot be written: ${(cause as Error).message}; nothing was changed`
    throw new Refusal('unavailable', 'key.unwritable', text, { cause })
  }
}

const read = (path: string): KeysInFile | undefined => {
  let text: string
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Refusal('unavailable', 'key.unreadable', `the key file ${path} cannot be read or is not ours`, { cause })
  }
  const lines = text.split('\n').map((line) => line.trim())
  const keys: Uint8Array[] = []
  const retired: RetiredSigner[] = []
  for (const line of lines.filter(Boolean)) {
    const signer = /^audit ([\w+/=]+) (\d{1,15})$/.exec(line)
    const key = Buffer.from(line, 'base64')
    if (signer) retired.push({ key: publicKeyOf(signer[1]!, path), until: Number(signer[2]) })
    else if (key.length === KEY_BYTES) keys.push(key)
    else throw unreadable(path)
  }
  if (keys.length === 0 || keys.length + retired.length > MAX_LINES) throw unreadable(path)
  return { keys, retired }
}

const unreadable = (path: string): Refusal =>
  new Refusal('invalid', 'key.form', `the key file ${path} does not hold 32 bytes in base64 on each line`)

const publicKeyOf = (text: string, path: string): KeyObject => {
  try {
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  } catch (cause) {
    throw new Refusal('invalid', 'key.form', `the key file ${path} holds an audit line that cannot be read`, { cause })
  }
}
