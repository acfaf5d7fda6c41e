// SPDX-License-Identifier: Apache-2.0
/** A database of an earlier version is brought up to date with what is in it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NewRule, Way } from '@openhmp/contract'
import { expect, it } from 'vitest'
import { listEvents, summarizeEvents } from '../event/search.ts'
import { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
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

it('the webhook of a rule becomes a target of its own, with the key and what it has still to tell', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hmp-migrations-'))
  const old = new DatabaseSync(join(dataDir, 'openhmp.db'))
  old.exec('create table "migration" ("id" integer primary key, "name" text not null, "appliedAt" bigint not null)')
  for (const { id, sql: steps } of migrations.slice(0, 10)) {
    for (const sql of steps) old.exec(sql)
    old.exec(`insert into "migration" values (${id}, 'x', 0)`)
  }
  const [id, plain] = [crypto.randomUUID(), crypto.randomUUID()]
  const place = { table: 'rule', row: id, field: 'secret' } // as that version sealed it
  const sealer = new Sealer(new Uint8Array(32))
  const rule = { name: 'Night', isOn: true, holdDownSeconds: 5, tell: { kind: 'webhook', url: 'http://192.0.2.1/a' } }
  const add = old.prepare('insert into "rule" values (?, ?, ?, 1, ?)')
  const when = { kinds: ['motion'], moments: ['began'], window: { from: '22:00', to: '06:00' } }
  add.run(id, JSON.stringify({ ...rule, when }), sealer.seal(new Secret('key'), place), 'admin')
  add.run(plain, JSON.stringify({ ...rule, when: { moments: ['began'] } }), 'x', 'admin')
  old.exec(
    `insert into "delivery" values ('d', '${id}', 'Night', 'e', 'host', 'waiting', '{"id":"d"}', 1, 2, 2, 3, null, null)`,
  )
  old.close()

  const store = await Store.open({ dataDir, now: () => 0, onCrash: () => {} })
  try {
    const rules = await store.db.selectFrom('rule').selectAll().execute()
    const parsed = new Map(rules.map(({ id: of, ruleJson }) => [of, NewRule.parse(JSON.parse(ruleJson))]))
    expect(parsed.get(id)).toMatchObject({
      ...{ name: 'Night', holdDownSeconds: 5, deeds: [{ kind: 'tell', target: id }] },
      when: { kinds: ['motion'], hours: [{ from: '22:00', to: '06:00' }] },
    })
    expect(parsed.get(plain)!.when.hours).toEqual([])
    const target = await store.db.selectFrom('target').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    expect([target.name, Way.parse(JSON.parse(target.wayJson))]).toEqual(['Night', rule.tell])
    expect(sealer.open(target.secret!, place).reveal()).toBe('key')
    const delivery = await store.db.selectFrom('delivery').selectAll().executeTakeFirstOrThrow()
    expect(delivery).toMatchObject({ kind: 'webhook', targetId: id, lane: id, body: '{"id":"d"}', deedJson: null })
  } finally {
    await store[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true })
  }
})
