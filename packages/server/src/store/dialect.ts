// SPDX-License-Identifier: Apache-2.0
/**
 * A kysely dialect over the database threads: SELECT goes to the reader, all else to the writer. There are no open-ended
 * transactions, because one would hold up everybody's commit: `Store.write` takes several queries as one.
 */

import { Defect } from '@openhmp/protocol/base'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { SqlValue, Statement, StatementResult } from './job.ts'

/** Carries statements out together. */
export interface Executor {
  run(statements: readonly Statement[]): Promise<readonly StatementResult[]>
}

/** A compiled query as a statement. Booleans become 0 and 1, which SQLite knows. */
export const statementOf = (query: CompiledQuery): Statement => ({
  sql: query.sql,
  parameters: query.parameters.map((value) => (typeof value === 'boolean' ? Number(value) : (value as SqlValue))),
})

class Connection implements DatabaseConnection {
  readonly #reader: Executor
  readonly #writer: Executor
  constructor(reader: Executor, writer: Executor) {
    this.#reader = reader
    this.#writer = writer
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const executor = query.query.kind === 'SelectQueryNode' ? this.#reader : this.#writer
    const [result] = await executor.run([statementOf(query)])
    return { rows: result!.rows as R[], numAffectedRows: BigInt(result!.changes) }
  }

  // biome-ignore lint/correctness/useYield: kysely asks for the method; nothing of ours streams rows
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Defect('rows are not streamed')
  }
}

const noTransactions = (): Promise<never> => Promise.reject(new Defect('use Store.write: several queries as one'))

/** The dialect. The threads are opened and closed by the store, not by kysely. */
export class ThreadDialect implements Dialect {
  readonly #connection: Connection
  constructor(reader: Executor, writer: Executor) {
    this.#connection = new Connection(reader, writer)
  }
  createAdapter(): SqliteAdapter {
    return new SqliteAdapter()
  }
  createDriver(): Driver {
    const connection = this.#connection
    return {
      init: async () => {},
      acquireConnection: async () => connection,
      beginTransaction: noTransactions,
      commitTransaction: noTransactions,
      rollbackTransaction: noTransactions,
      releaseConnection: async () => {},
      destroy: async () => {},
    }
  }
  createIntrospector(db: ConstructorParameters<typeof SqliteIntrospector>[0]): SqliteIntrospector {
    return new SqliteIntrospector(db)
  }
  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler()
  }
}
