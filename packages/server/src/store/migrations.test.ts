// SPDX-License-Identifier: Apache-2.0
/** A database of an earlier version is brought up to date with what is in it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { listEvents, summarizeEvents } from '../event/search.ts'
import { migrations } from './migrations.ts'
import { Store } from './store.ts'

it('events of the first version are found by text and counted', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hmp-migrations-'))
  const old = new DatabaseSync(join(dataDir, 'openhmp.db'))
  old.exec('create table "migration" ("id" integer primary key, "name" text not null, "appliedAt" bigint not null)')
  for (const sql of migrations[0]!.sql) old.exec(sql)
  old.exec(`insert into "migration" values (1, 'first tables', 0)`)
  const id = crypto.randomUUID()
  old.exec(`insert into "event" values ('${id}', 'k', 'd', 'Gate', 1, null, 'motion', 'VMD', 'inactive', null, 'Motion alarm',
    7200000, 7200000, 7200000, 7300000, 1, 0)`)
  old.close()

  const store = await Store.open({ dataDir, now: () => 0, onCrash: () => {} })
  try {
    for (const text of ['gate', 'motion al'])
      expect((await listEvents(store, { text, limit: 10 })).events).toMatchObject([{ id, isLate: false, detail: null }])
    const summary = await summarizeEvents(store, { fromMs: 0, toMs: 9e9 })
    expect([summary.total, summary.kinds]).toEqual([1, [{ kind: 'motion', count: 1 }]])
  } finally {
    await store[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true })
  }
})
