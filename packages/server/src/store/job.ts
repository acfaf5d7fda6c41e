// SPDX-License-Identifier: Apache-2.0
/** What travels between the main thread and a database worker. Everything here survives a structured clone. */

/** A value that SQLite binds and gives back. */
export type SqlValue = null | number | bigint | string | Uint8Array

/** One statement with its values. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

/** What one statement gave. `changes` counts rows written; rows come from SELECT and RETURNING. */
export interface StatementResult {
  readonly rows: readonly Record<string, SqlValue>[]
  readonly changes: number
}

/** Statements that are carried out together or not at all. */
export interface Job {
  readonly id: number
  readonly statements: readonly Statement[]
}

/** What became of a job. A failed job has changed nothing; the others of its group are not concerned. */
export type JobResult =
  | { readonly id: number; readonly results: readonly StatementResult[] }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } }

/** What a worker is started with. */
export interface WorkerInit {
  readonly file: string
  /** The writer opens and makes the file, and holds the folder's lock; a reader finds it there. */
  readonly role: 'writer' | 'reader'
  /** A file beside the database whose lock says that this folder is in use. */
  readonly lockFile: string
}

/** First message of a worker. */
export type WorkerReady =
  | { readonly ready: true }
  | { readonly ready: false; readonly code: string; readonly message: string }
