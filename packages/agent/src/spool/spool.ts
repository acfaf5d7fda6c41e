// SPDX-License-Identifier: Apache-2.0
/**
 * Events on their way to the CMS, on disk: an event counts once it is written and synced, is given out in the order of its
 * id, and goes when the CMS has stored it. hmp.md §10.
 *
 * Files of about a mebibyte, named by their first id. Which of a file's events are done is kept in memory alone: after a
 * restart a part of the last ones is sent again, and the CMS knows them by their key. A file goes when all of it is done.
 * When there is no room, the oldest file goes whole, and what was in it is counted as lost.
 */
import { randomUUID } from 'node:crypto'
import { constants, mkdirSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeRecords, encodeRecord, MAX_RECORD_BYTES, SpoolError, type SpoolRecord } from './segment.ts'

/** Room for events unless the site says otherwise. */
export const MAX_SPOOL_BYTES = 256 * 1024 * 1024
/** Events that wait to be written; more are lost. */
export const MAX_UNWRITTEN = 1000
/** A file that has grown to this is followed by another. */
const SEGMENT_BYTES = 1024 * 1024
/** A file whose events are all done goes before it is full, once it is worth a new one. */
const WORTH_BYTES = 64 * 1024

interface Segment {
  readonly path: string
  bytes: number
  count: number
  done: number
  /** In memory: the oldest file, and the one that is written. */
  records: SpoolRecord[] | undefined
}

interface Unwritten {
  readonly record: SpoolRecord
  readonly bytes: Uint8Array
  readonly written: (isKept: boolean) => void
}

/** What is counted over the life of the spool. */
export interface SpoolCounts {
  readonly waiting: number
  readonly bytes: number
  /** Given up for want of room, or because the disk refused them. */
  readonly lost: number
  /** Those that the CMS did not take. */
  readonly refused: number
}

/** Where and how large. */
export interface SpoolOptions {
  /** A folder of its own. */
  readonly folder: string
  readonly maxBytes?: number
  /** Tests only. */
  readonly segmentBytes?: number
  onLost(count: number, why: string): void
}

/** One process may have it open. */
export class Spool implements AsyncDisposable {
  /** `HMP-Spool`: made anew when the folder is new. */
  readonly uuid: string
  readonly #options: SpoolOptions
  readonly #segments: Segment[] = []
  readonly #done = new Set<number>()
  #unwritten: Unwritten[] = []
  #writing: Promise<void> | undefined
  #file: FileHandle | undefined
  #nextId = 1
  #lost = 0
  #refused = 0
  /** Called when there is something new to send. */
  onReady: (() => void) | undefined

  private constructor(options: SpoolOptions) {
    this.#options = options
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    const kept = readCounts(join(options.folder, COUNTS))
    this.uuid = kept?.uuid ?? randomUUID()
    this.#lost = kept?.lost ?? 0
    this.#refused = kept?.refused ?? 0
    if (!kept) this.#keepCounts()
  }

  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options)
    const names = readdirSync(options.folder).filter((name) => /^\d{16}\.events$/.test(name))
    for (const name of names.sort()) {
      const path = join(options.folder, name)
      const file = await readFile(path)
      const { records, soundBytes } = decodeRecords(file)
      if (soundBytes < file.length) truncateSync(path, soundBytes) // torn by a loss of power: never said to be kept
      spool.#nextId = Math.max(Number(name.slice(0, 16)), (records.at(-1)?.id ?? 0) + 1)
      if (records.length === 0) await rm(path)
      else spool.#segments.push({ path, bytes: soundBytes, count: records.length, done: 0, records: undefined })
    }
    await spool.#begin()
    return spool
  }

  get counts(): SpoolCounts {
    let waiting = this.#unwritten.length
    let bytes = 0
    for (const segment of this.#segments) {
      waiting += segment.count - segment.done
      bytes += segment.bytes
    }
    return { waiting, bytes, lost: this.#lost, refused: this.#refused }
  }

  /** Resolves with true once it is on the disk, with false when it was lost (and counted). Throws `SpoolError` `spool.size`. */
  add(event: Omit<SpoolRecord, 'id'>): Promise<boolean> {
    if (this.#unwritten.length >= MAX_UNWRITTEN) {
      this.#lose(1, 'the disk is too slow')
      return Promise.resolve(false)
    }
    const record = { ...event, id: this.#nextId++ }
    const bytes = encodeRecord(record)
    return new Promise((written) => {
      this.#unwritten.push({ record, bytes, written })
      this.#writing ??= this.#write()
    })
  }

  /** All that came while the disk was busy goes with one sync. */
  async #write(): Promise<void> {
    while (this.#unwritten.length > 0) {
      const batch = this.#unwritten
      this.#unwritten = []
      let isKept = true
      try {
        await this.#append(batch)
      } catch (error) {
        isKept = false
        this.#lose(batch.length, error instanceof Error ? error.message : String(error))
        await this.#begin().catch(() => {}) // the next try says what is wrong
      }
      for (const { written } of batch) written(isKept)
      if (isKept) this.onReady?.()
    }
    this.#writing = undefined
  }

  async #append(batch: readonly Unwritten[]): Promise<void> {
    const size = batch.reduce((sum, { bytes }) => sum + bytes.length, 0)
    await this.#makeRoom(size)
    if (!this.#file) await this.#begin()
    const file = this.#file!
    const segment = this.#segments.at(-1)!
    try {
      await file.writev(
        batch.map(({ bytes }) => bytes),
        segment.bytes,
      )
      await file.datasync()
    } catch (error) {
      await file.truncate(segment.bytes).catch(() => {}) // what is left is cut off when it is read
      throw error
    }
    segment.bytes += size
    segment.count += batch.length
    segment.records?.push(...batch.map(({ record }) => record))
    if (segment.bytes >= (this.#options.segmentBytes ?? SEGMENT_BYTES)) await this.#begin()
  }

  /** A new file to write to. */
  async #begin(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    const before = this.#segments.at(-1)
    if (before?.count === 0) this.#segments.pop()
    else if (before && before !== this.#segments[0]) before.records = undefined
    const first = this.#unwrittenFirst()
    const path = join(this.#options.folder, `${String(first).padStart(16, '0')}.events`)
    this.#file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600)
    const folder = await open(this.#options.folder, 'r')
    await folder.sync().finally(() => folder.close())
    this.#segments.push({ path, bytes: 0, count: 0, done: 0, records: [] })
  }

  /** No id that was given out stands in a file of this name or a later one. */
  #unwrittenFirst(): number {
    return this.#unwritten[0]?.record.id ?? this.#nextId
  }

  async #makeRoom(size: number): Promise<void> {
    const { maxBytes = MAX_SPOOL_BYTES } = this.#options
    while (this.#segments.length > 1 && this.counts.bytes + size > maxBytes) {
      const oldest = this.#segments[0]!
      this.#lose(oldest.count - oldest.done, 'the spool is full')
      await this.#remove(oldest)
    }
    if (this.counts.bytes + size > Math.max(maxBytes, MAX_RECORD_BYTES))
      throw new SpoolError('spool.full', 'the spool is full')
  }

  #lose(count: number, why: string): void {
    if (count === 0) return
    this.#lost += count
    this.#keepCounts()
    this.#options.onLost(count, why)
  }

  /** Those that wait, oldest first, as far as they are at hand: of the oldest file. */
  async waiting(): Promise<readonly SpoolRecord[]> {
    for (;;) {
      const [first] = this.#segments
      if (!first || this.#segments.length === 1 || first.done < first.count) break
      await this.#remove(first)
    }
    const oldest = this.#segments[0]
    if (!oldest) return []
    if (!oldest.records) {
      const { records } = decodeRecords(await readFile(oldest.path))
      oldest.records ??= records
    }
    return oldest.records.filter(({ id }) => !this.#done.has(id))
  }

  /** The CMS has stored it, or will never take it. */
  async done(record: SpoolRecord, isRefused = false): Promise<void> {
    const segment = this.#segments.find(({ records }) => records?.includes(record))
    if (!segment || this.#done.has(record.id)) return
    this.#done.add(record.id)
    segment.done++
    if (isRefused) {
      this.#refused++
      this.#keepCounts()
    }
    if (segment.done < segment.count) return
    if (segment !== this.#segments.at(-1)) await this.#remove(segment)
    else if (segment.bytes >= WORTH_BYTES && !this.#writing && this.#unwritten.length === 0) {
      this.#writing = this.#replace(segment)
      await this.#writing
    }
  }

  /** Another file for one that is done. */
  async #replace(segment: Segment): Promise<void> {
    try {
      await this.#begin()
      await this.#remove(segment)
    } catch {
      // The disk is full: the next event says so.
    }
    this.#writing = undefined
    if (this.#unwritten.length > 0) this.#writing = this.#write()
  }

  async #remove(segment: Segment): Promise<void> {
    const at = this.#segments.indexOf(segment)
    if (at < 0) return
    this.#segments.splice(at, 1)
    for (const { id } of segment.records ?? []) this.#done.delete(id)
    await rm(segment.path, { force: true })
  }

  #keepCounts(): void {
    const path = join(this.#options.folder, COUNTS)
    try {
      writeFileSync(`${path}.new`, JSON.stringify({ uuid: this.uuid, lost: this.#lost, refused: this.#refused }))
      renameSync(`${path}.new`, path)
    } catch {
      // Told all the same: the counts of this run are in memory.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.onReady = undefined
    await this.#writing
    await this.#file?.close()
    this.#file = undefined
    // An end in order leaves nothing to be sent twice.
    const last = this.#segments.at(-1)
    if (last && last.count > 0 && last.done === last.count) {
      const next = join(this.#options.folder, `${String(this.#nextId).padStart(16, '0')}.events`)
      writeFileSync(next, '')
      await rm(last.path, { force: true })
    }
  }
}

const COUNTS = 'spool.json'

const readCounts = (path: string): { uuid: string; lost: number; refused: number } | undefined => {
  try {
    const { uuid, lost, refused } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    if (typeof uuid !== 'string' || !/^[0-9a-f-]{36}$/.test(uuid)) return undefined
    return { uuid, lost: Number(lost) || 0, refused: Number(refused) || 0 }
  } catch {
    return undefined
  }
}
