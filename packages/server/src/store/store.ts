// SPDX-License-Identifier: Apache-2.0
/**
 * The database: SQLite in a data folder, behind two threads. Queries are written with kysely; `write` takes several as
 * one. Every promise of a write resolves after the commit has reached the disk.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '@openhmp/protocol/base'
import { type Compilable, Kysely } from 'kysely'
import { statementOf, ThreadDialect } from './dialect.ts'
import type { StatementResult } from './job.ts'
import { WorkerLink } from './link.ts'
import { migrations } from './migrations.ts'
import type { Tables } from './schema.ts'

/** What a store is opened with. */
export interface StoreOptions {
  readonly dataDir: string
  now(): number
  /** A database thread died: nothing can be stored any more. */
  onCrash(error: Error): void
}

/** The open database. Owns its threads until disposed. */
export class Store implements AsyncDisposable {
  readonly db: Kysely<Tables>
  readonly #reader: WorkerLink
  readonly #writer: WorkerLink

  private constructor(reader: WorkerLink, writer: WorkerLink) {
    this.#reader = reader
    this.#writer = writer
    this.db = new Kysely<Tables>({ dialect: new ThreadDialect(reader, writer) })
  }

  /** Opens or makes the database and brings its tables up to date. Rejects with `Refusal` `store.*`. */
  static async open({ dataDir, now, onCrash }: StoreOptions): Promise<Store> {
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      chmodSync(dataDir, 0o700)
    } catch (cause) {
      const text = `the data folder ${dataDir} cannot be made or is not ours: ${(cause as Error).message}`
      throw new Refusal('unavailable', 'store.unwritable', text, { cause })
    }
    const file = join(dataDir, 'openhmp.db')
    const lockFile = join(dataDir, 'lock')
    const writer = await WorkerLink.open({ file, lockFile, role: 'writer' }, onCrash).catch((error: unknown) => {
      if (!(error instanceof Refusal) || error.code !== 'store.locked') throw error
      throw new Refusal('conflict', 'store.in-use', `another server uses the data folder ${dataDir}: stop it first`)
    })
    try {
      await migrate(writer, now())
      return new Store(await WorkerLink.open({ file, lockFile, role: 'reader' }, onCrash), writer)
    } catch (error) {
      await writer[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Several queries as one: all or none. Resolves once they are durable. */
  write(queries: readonly Compilable[]): Promise<readonly StatementResult[]> {
    return this.#writer.run(queries.map((query) => statementOf(query.compile())))
  }

  /** Jobs that wait for a thread: what the metrics show. */
  get pendingJobs(): number {
    return this.#reader.pendingJobs + this.#writer.pendingJobs
  }

  /** Resolves when both threads answer; for the health check. */
  async check(): Promise<void> {
    await Promise.all([this.#reader, this.#writer].map((link) => link.run([{ sql: 'select 1', parameters: [] }])))
  }

  /** A setting, made by `make` when it is not there yet. */
  async setting(key: string, make: () => string): Promise<string> {
    const found = await this.db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst()
    if (found) return found.value
    const value = make()
    await this.db.insertInto('setting').values({ key, value }).execute()
    return value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]()
    await this.#writer[Symbol.asyncDispose]()
  }
}

const migrate = async (writer: WorkerLink, nowMs: number): Promise<void> => {
  const table =
    'create table if not exists "migration" ("id" integer primary key, "name" text not null, "appliedAt" bigint not null)'
  const [, done] = await writer.run([
    { sql: table, parameters: [] },
    { sql: 'select max("id") as "last" from "migration"', parameters: [] },
  ])
  const last = Number(done!.rows[0]?.['last'] ?? 0)
  const newest = migrations.at(-1)!.id
  if (last > newest) {
    const text = `the database was written by a newer version (its form is ${last}, this one knows ${newest}): install that version`
    throw new Refusal('conflict', 'store.newer', text)
  }
  for (const { id, name, sql: steps } of migrations) {
    if (id <= last) continue
    await writer.run([
      ...steps.map((step) => ({ sql: step, parameters: [] })),
      { sql: 'insert into "migration" values (?, ?, ?)', parameters: [id, name, nowMs] },
    ])
  }
}
