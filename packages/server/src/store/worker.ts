// SPDX-License-Identifier: Apache-2.0
/**
 * A database thread, the only place where SQLite is touched. The writer commits in groups: whatever has queued up while
 * the last commit was on its way to the disk goes into one transaction, each job behind its own savepoint, and nobody
 * hears of success before the commit is durable (WAL, synchronous=FULL).
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Job, JobResult, Statement, StatementResult, WorkerInit } from './job.ts'

/** Prepared statements kept; of more, the oldest is let go. */
const MAX_PREPARED = 256
/** Jobs in one commit, so that the first of a flood does not wait for the last. */
const MAX_GROUP_JOBS = 512

const port = parentPort!
const init = workerData as WorkerInit

const lockFolder = (): DatabaseSync => {
  const lock = new DatabaseSync(init.lockFile)
  // The operating system drops it when the process ends, however it ends.
  lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  return lock
}

const open = (): DatabaseSync => {
  const database = new DatabaseSync(init.file, { readOnly: init.role === 'reader', enableForeignKeyConstraints: true })
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF')
  if (init.role === 'writer')
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -65536',
    )
  return database
}

const failureOf = (error: unknown): { code: string; message: string } => {
  const { errcode, message } = error as { errcode?: number; message?: string }
  return { code: `sqlite.${errcode ?? 'failed'}`, message: message ?? String(error) }
}

let lock: DatabaseSync | undefined
let database: DatabaseSync
const prepared = new Map<string, StatementSync>()

const prepare = (sql: string): StatementSync => {
  let statement = prepared.get(sql)
  if (statement) return statement
  statement = database.prepare(sql)
  prepared.set(sql, statement)
  if (prepared.size > MAX_PREPARED) prepared.delete(prepared.keys().next().value!)
  return statement
}

const run = ({ sql, parameters }: Statement): StatementResult => {
  const statement = prepare(sql)
  // A statement without columns gives no rows; `all` would run it too, but hides how many rows it changed.
  if (statement.columns().length > 0)
    return { rows: statement.all(...parameters) as StatementResult['rows'], changes: 0 }
  return { rows: [], changes: Number(statement.run(...parameters).changes) }
}

const queue: Job[] = []
let isDue = false

const carryOut = (job: Job): JobResult => {
  if (init.role === 'reader') {
    try {
      return { id: job.id, results: job.statements.map(run) }
    } catch (error) {
      return { id: job.id, error: failureOf(error) }
    }
  }
  database.exec('SAVEPOINT job')
  try {
    const results = job.statements.map(run)
    database.exec('RELEASE job')
    return { id: job.id, results }
  } catch (error) {
    database.exec('ROLLBACK TO job; RELEASE job')
    return { id: job.id, error: failureOf(error) }
  }
}

const flush = (): void => {
  isDue = false
  const group = queue.splice(0, MAX_GROUP_JOBS)
  if (queue.length > 0) schedule()
  let results: JobResult[] = []
  try {
    if (init.role === 'writer') database.exec('BEGIN IMMEDIATE')
    results = group.map(carryOut)
    if (init.role === 'writer') database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    results = group.map(({ id }) => ({ id, error: failureOf(error) }))
  }
  for (const result of results) port.postMessage(result)
}

/** Messages that have arrived meanwhile are all read before the next flush: that is the group. */
const schedule = (): void => {
  if (isDue) return
  isDue = true
  setImmediate(flush)
}

try {
  if (init.role === 'writer') lock = lockFolder()
  database = open()
  port.on('message', (message: Job | 'close') => {
    if (message !== 'close') {
      queue.push(message)
      schedule()
      return
    }
    while (queue.length > 0) flush()
    prepared.clear()
    database.close()
    lock?.close()
    port.close()
  })
  port.postMessage({ ready: true })
} catch (error) {
  port.postMessage({ ready: false, ...failureOf(error) })
}
