// SPDX-License-Identifier: Apache-2.0
/**
 * A data folder from its sealed copy: written beside the place, looked through, and moved there as a whole, so that what was
 * there before is either untouched or set aside. Sessions are left out: one that was ended since would be good again.
 */
import { randomBytes, type ScryptOptions } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@openhmp/protocol/base'
import { checkpointFileOf } from '../audit/verify.ts'
import { defaultKeyFile, loadKeys } from '../secret/key-file.ts'
import type { Secret } from '../secret/secret.ts'
import { migrations } from '../store/migrations.ts'
import { type Manifest, type Unpacked, unpack } from './archive.ts'
import { CHECKPOINTS, DATABASE, keyMarkOf } from './backup.ts'
import { diskFailure } from './disk-failure.ts'
import { RESTORED } from './restored.ts'
import { unseal } from './sealed-stream.ts'

/** What is restored, and where to. */
export interface RestoreOptions {
  readonly file: string
  readonly passphrase: Secret
  readonly dataDir: string
  readonly keyFile?: string | undefined
  /** Sets aside a data folder that is not empty. */
  readonly mayReplace?: boolean
  readonly onProgress?: (done: number, total: number, what: string) => void
  readonly signal?: AbortSignal
  /** How hard guessing the passphrase is; tests take less. */
  readonly cost?: ScryptOptions
}

/** What was restored. */
export interface RestoreReport {
  readonly createdAt: string
  readonly version: string
  readonly files: number
  readonly bytes: number
  readonly keyFile: string
  /** Whether the sealing key that is there is the one; without it the server says so and does not start. */
  readonly key: 'fits' | 'other' | 'missing'
  /** Where the data that was there before is now. */
  readonly setAside: string | undefined
}

/** Restores: whole, or not at all. Throws `Refusal` `backup.*`, `store.*`. */
export const restore = async (options: RestoreOptions): Promise<RestoreReport> => {
  const { file, passphrase, mayReplace = false, onProgress = () => {}, signal, cost } = options
  const dataDir = resolve(options.dataDir)
  const isThere = existsSync(dataDir) && readdirSync(dataDir).length > 0
  if (isThere && !mayReplace) {
    const text = `${dataDir} is not empty: name another folder, or let it be set aside with --force`
    throw new Refusal('conflict', 'backup.occupied', text)
  }
  if (isThere) mustBeIdle(dataDir)
  // An empty folder may be a disk of its own, which cannot be moved: it is filled.
  const isFilled = existsSync(dataDir) && !isThere
  const name = `restoring-${randomBytes(6).toString('hex')}.tmp`
  const staging = isFilled ? join(dataDir, name) : `${dataDir}.${name}`
  try {
    mkdirSync(staging, { recursive: true, mode: 0o700 })
    const { manifest, files } = await unpack(unseal(createReadStream(file), passphrase, cost))
    let count = 0
    let done = 0
    for await (const one of files) {
      await writeOut(one, join(staging, one.path), (bytes) => {
        signal?.throwIfAborted()
        done += bytes
        onProgress(done, manifest.bytes, one.path)
      })
      count++
    }
    makeReady(join(staging, DATABASE), manifest)
    const checkpoints = existsSync(join(staging, CHECKPOINTS)) ? readFileSync(join(staging, CHECKPOINTS)) : undefined
    await rm(join(staging, CHECKPOINTS), { force: true })
    const { createdAt, version, bytes, instance } = manifest
    writeFileSync(join(staging, RESTORED), JSON.stringify({ createdAt, version }), { mode: 0o600 })
    const setAside = isThere ? `${dataDir}.before-${new Date().toISOString().replaceAll(/[:.]/g, '-')}` : undefined
    if (setAside) await rename(dataDir, setAside)
    if (isFilled) await moveUp(staging, dataDir)
    else await rename(staging, dataDir)
    const keyFile = options.keyFile ?? defaultKeyFile(instance)
    if (checkpoints) await putCheckpoints(checkpointFileOf(keyFile), checkpoints)
    return { createdAt, version, files: count, bytes, keyFile, key: keyState(keyFile, dataDir, manifest), setAside }
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    throw diskFailure(error, (error as NodeJS.ErrnoException).path ?? dataDir)
  }
}

/** The operating system keeps a server's lock for as long as it lives. */
const mustBeIdle = (dataDir: string): void => {
  const path = join(dataDir, 'lock')
  if (!existsSync(path)) return
  try {
    using lock = new DatabaseSync(path)
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK')
  } catch (cause) {
    throw new Refusal('conflict', 'store.in-use', `a server uses the data folder ${dataDir}: stop it first`, { cause })
  }
}

const writeOut = async ({ content }: Unpacked, path: string, onBytes: (bytes: number) => void): Promise<void> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  await using out = await open(path, 'wx', 0o600)
  for await (const part of content) {
    await out.writeFile(part)
    onBytes(part.length)
  }
  await out.sync()
}

/** Looks whether the database is whole and not of a later version; ends all sessions. */
const makeReady = (path: string, { version }: Manifest): void => {
  if (!existsSync(path)) throw new Refusal('invalid', 'backup.form', 'the backup has no database')
  using database = new DatabaseSync(path)
  const newest = Number(database.prepare('select max("id") as "last" from "migration"').get()?.['last'] ?? 0)
  if (newest > migrations.at(-1)!.id) {
    const text = `the backup is of a newer version (${version}): install that version, then restore`
    throw new Refusal('conflict', 'store.newer', text)
  }
  const [verdict] = database.prepare('pragma quick_check(1)').all()
  if (verdict?.['quick_check'] !== 'ok')
    throw new Refusal(
      'invalid',
      'backup.damaged',
      `the database in the backup is not whole: ${verdict?.['quick_check']}`,
    )
  database.exec('delete from "session"')
}

/** The database last: without it there is no server's data yet. */
const moveUp = async (from: string, to: string): Promise<void> => {
  const names = readdirSync(from).sort((a, b) => Number(a === DATABASE) - Number(b === DATABASE))
  for (const name of names) await rename(join(from, name), join(to, name))
  await rm(from, { recursive: true })
}

/** Those that are there go on beside it: rows after the copy are gone, and they say which. */
const putCheckpoints = async (path: string, content: Uint8Array): Promise<void> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (existsSync(path)) {
    if (readFileSync(path).equals(content)) return
    await rename(path, `${path}.before-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`)
  }
  writeFileSync(path, content, { mode: 0o600 })
}

const keyState = (file: string, dataDir: string, { instance, keyMark }: Manifest): RestoreReport['key'] => {
  if (!existsSync(file)) return 'missing'
  const { keys } = loadKeys({ file, dataDir, mayMake: false })
  return keys.some((key) => keyMarkOf(key, instance) === keyMark) ? 'fits' : 'other'
}
