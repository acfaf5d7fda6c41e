// SPDX-License-Identifier: Apache-2.0
/**
 * A sealed copy of the data folder in one file, while the server runs or not. The sealing key is not in it: who has the
 * copy and its passphrase has everything but the passwords of devices. The audit's checkpoints are, since a restored audit
 * is held against them.
 */
import { randomBytes, type ScryptOptions } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { Refusal } from '@openhmp/protocol/base'
import { checkpointFileOf } from '../audit/verify.ts'
import { defaultKeyFile, loadKeys } from '../secret/key-file.ts'
import { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import { VERSION } from '../version.ts'
import { type Manifest, type Packed, pack } from './archive.ts'
import { diskFailure } from './disk-failure.ts'
import { seal } from './sealed-stream.ts'

/** Where the copy of the database stands in the archive. */
export const DATABASE = 'openhmp.db'
/** Where the checkpoints stand. */
export const CHECKPOINTS = 'checkpoints'
/** Of the database, of a running server, of what is not finished: no part of a copy. */
const LEFT_OUT =
  /^(openhmp\.db(-wal|-shm|-journal)?|lock(-journal)?|restored\.json)$|\.(part|tmp)(-wal|-shm|-journal)?$/

/** What is copied, and where to. */
export interface BackupOptions {
  readonly dataDir: string
  readonly keyFile?: string | undefined
  /** Must not be there yet. */
  readonly file: string
  readonly passphrase: Secret
  /** Bytes of `total`, and what is being copied. */
  readonly onProgress?: (done: number, total: number, what: string) => void
  readonly signal?: AbortSignal
  /** How hard guessing the passphrase is; tests take less. */
  readonly cost?: ScryptOptions
}

/** What was copied. */
export interface BackupReport {
  readonly file: string
  readonly files: number
  /** Before sealing. */
  readonly bytes: number
}

/** For telling whether the key that is there is the one. */
export const keyMarkOf = (key: Uint8Array, instance: string): string =>
  new Sealer(key).mark(new Secret(`backup|${instance}`))

/** Writes the copy: whole, or not at all. Throws `Refusal` `backup.*`, `key.*`. */
export const backUp = async (options: BackupOptions): Promise<BackupReport> => {
  const { dataDir, file, passphrase, onProgress = () => {}, signal, cost } = options
  const database = join(dataDir, DATABASE)
  if (!existsSync(database)) throw new Refusal('not-found', 'backup.absent', `there is no database in ${dataDir}`)
  if (existsSync(file)) throw new Refusal('conflict', 'backup.exists', `${file} is there already: name another file`)
  const copy = join(dataDir, `backup-${randomBytes(6).toString('hex')}.tmp`)
  const part = `${file}.part`
  try {
    await copyDatabase(database, copy, onProgress, signal)
    const instance = instanceOf(copy)
    const keyFile = options.keyFile ?? defaultKeyFile(instance)
    const { keys } = loadKeys({ file: keyFile, dataDir, mayMake: false })
    const checkpoints = checkpointFileOf(keyFile)
    const files: Packed[] = [
      packed(DATABASE, copy),
      ...filesIn(dataDir),
      ...(existsSync(checkpoints) ? [heldNow(CHECKPOINTS, checkpoints)] : []),
    ]
    const bytes = files.reduce((sum, one) => sum + one.bytes, 0)
    const manifest: Manifest = {
      ...{ form: 1, version: VERSION, instance, createdAt: new Date().toISOString(), bytes },
      keyMark: keyMarkOf(keys[0]!, instance),
    }
    let done = 0
    const told = files.map((one) => ({
      ...one,
      async *open() {
        for await (const piece of one.open()) {
          signal?.throwIfAborted()
          yield piece
          done += piece.length
          onProgress(done, bytes, one.path)
        }
      },
    }))
    await using out = await open(part, 'wx', 0o600)
    for await (const piece of seal(pack(manifest, told), passphrase, cost)) await out.writeFile(piece)
    await out.sync()
    await rename(part, file)
    return { file, files: files.length, bytes }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(part, { force: true }).catch(() => {}) // the first failure is the one to tell
    throw diskFailure(error, file)
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(copy + end, { force: true })
  }
}

/** One moment of the database, whatever is written meanwhile. */
const copyDatabase = async (
  from: string,
  to: string,
  onProgress: NonNullable<BackupOptions['onProgress']>,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const total = statSync(from).size
  const telling = setInterval(() => {
    if (existsSync(to)) onProgress(Math.min(statSync(to).size, total), total, 'the database')
  }, 200)
  try {
    using source = new DatabaseSync(from, { readOnly: true })
    // In one step, under one read: in several, each write of the server would make it begin anew.
    await backup(source, to, { rate: 2 ** 31 - 1 })
    signal?.throwIfAborted()
    using copied = new DatabaseSync(to)
    // One file: without it, reading would lay others beside.
    copied.exec('pragma journal_mode = delete')
  } finally {
    clearInterval(telling)
  }
}

const instanceOf = (path: string): string => {
  using database = new DatabaseSync(path, { readOnly: true })
  return String(database.prepare('select "value" from "setting" where "key" = ?').get('instance')?.['value'] ?? '')
}

const packed = (path: string, file: string): Packed => ({
  ...{ path, bytes: statSync(file).size },
  open: () => createReadStream(file),
})

/** Of a file that grows: as it is now. */
const heldNow = (path: string, file: string): Packed => {
  const content = readFileSync(file)
  return {
    ...{ path, bytes: content.length },
    async *open() {
      yield content
    },
  }
}

const filesIn = (dataDir: string): Packed[] =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !LEFT_OUT.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) =>
      packed(
        path
          .slice(dataDir.length)
          .replace(/^[/\\]+/, '')
          .replaceAll('\\', '/'),
        path,
      ),
    )
    .sort((a, b) => a.path.localeCompare(b.path))
