// SPDX-License-Identifier: Apache-2.0
/** An audit that is whole is called whole, also through kills and faults; whatever is done to it is found. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { AuditFilter } from '@openhmp/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { loadKeys } from '../secret/key-file.ts'
import { Store } from '../store/store.ts'
import { Audit, hashOf, START } from './audit.ts'
import { auditKeyOf, Checkpoints } from './checkpoint.ts'
import { linesOf } from './export.ts'
import { checkpointFileOf, verifyAudit } from './verify.ts'

const deed = { who: 'Ada', source: '192.0.2.1', action: 'device.add', object: null, outcome: 'done' } as const
let root: string
let dataDir: string
let keyFile: string
let clock: VirtualClock

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hmp-audit-'))
  dataDir = join(root, 'data')
  keyFile = join(root, 'keys', 'key')
})
afterEach(() => rmSync(root, { recursive: true }))

/** One run of a server: so many rows, with a minute between the halves. */
const run = async (rows: number, isKilled = false): Promise<void> => {
  const store = await Store.open({ dataDir, now: () => 1, onCrash: () => {} })
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  const instance = await store.setting('instance', () => 'test')
  const audit = await Audit.open(store, clock.now)
  const key = auditKeyOf(loadKeys({ file: keyFile, dataDir, mayMake: true }).keys[0]!)
  const onError = (error: unknown) => {
    throw error
  }
  const parts = { file: checkpointFileOf(keyFile), key, instance, clock, onError, head: () => audit.head }
  const checkpoints = new Checkpoints(parts)
  for (const part of [Math.ceil(rows / 2), Math.floor(rows / 2)]) {
    await Promise.all(Array.from({ length: part }, (_, i) => audit.record({ ...deed, detail: { i } })))
    if (!isKilled) await clock.advance(61_000)
  }
  if (!isKilled) await checkpoints[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
}
const verify = () => verifyAudit({ dataDir, keyFile })
const kinds = () => [...new Set(verify().faults.map(({ kind }) => kind))]
const change = (sql: string) => {
  using database = new DatabaseSync(join(dataDir, 'openhmp.db'))
  database.exec('pragma synchronous = off')
  database.exec(sql)
}
/** A row of somebody else's at this place; those after it move on by one. */
const insert = (at: number) =>
  change(`update "audit" set "sequence" = -"sequence" - 1 where "sequence" >= ${at};
    update "audit" set "sequence" = -"sequence" where "sequence" < 0;
    insert into "audit" select ${at}, "time", 'Eve', "source", "action", "object", "outcome", "detailJson", "hash"
      from "audit" where "sequence" = ${at === 1 ? 2 : at - 1}`)
/** As somebody would who knows how it is made. */
const chainAnew = () => {
  using database = new DatabaseSync(join(dataDir, 'openhmp.db'))
  let before = START
  for (const row of database.prepare('select * from "audit" order by "sequence"').all()) {
    before = hashOf(before, row as never)
    database.prepare('update "audit" set "hash" = ? where "sequence" = ?').run(before, row['sequence']!)
  }
}

describe('an audit that nobody has touched', () => {
  it('is whole, over several runs, one of them killed before its checkpoint', async () => {
    await run(20)
    await run(7, true)
    await run(10)
    expect(verify()).toMatchObject({ rows: 37, heldUntil: 37, faults: [] })
    expect(verify().checkpoints).toBeGreaterThanOrEqual(4)
  })

  it('is whole after a write that failed', async () => {
    await run(3)
    const store = await Store.open({ dataDir, now: () => 1, onCrash: () => {} })
    const audit = await Audit.open(store, () => 1)
    const wrong = { ...deed, outcome: { not: 'text' } as never }
    const both = await Promise.allSettled([audit.record(wrong), audit.record(deed)])
    expect(both[0]?.status).toBe('rejected')
    await audit.record(deed)
    await store[Symbol.asyncDispose]()
    expect(kinds()).toEqual([])
  })
})

const whole = async (lines: AsyncIterable<string>): Promise<string> => {
  let text = ''
  for await (const line of lines) text += line
  return text
}

describe('an audit that somebody looks through', () => {
  it('is found by person, deed, object, outcome and time, and taken out whole', async () => {
    let nowMs = 0
    await using store = await Store.open({ dataDir, now: () => 1, onCrash: () => {} })
    const audit = await Audit.open(store, () => (nowMs += 60_000))
    const deeds = [
      { action: 'device.add', object: 'gate' },
      { action: 'device.change', object: 'gate', who: 'Eve' },
      { action: 'devices.label', object: null },
      { action: 'person.add', object: 'x', who: '=cmd()', outcome: 'refused' as const },
    ]
    for (const one of deeds) await audit.record({ ...deed, ...one })
    const found = async (filter: AuditFilter) => (await audit.list({ ...filter, limit: 10 })).map((row) => row.sequence)
    expect(await found({})).toEqual([4, 3, 2, 1])
    expect(await found({ who: 'Eve' })).toEqual([2])
    expect(await found({ action: 'device.' })).toEqual([2, 1])
    expect(await found({ action: 'device.add' })).toEqual([1])
    expect(await found({ object: 'gate', outcome: 'done' })).toEqual([2, 1])
    const [from, to] = [120_000, 240_000].map((ms) => new Date(ms).toISOString())
    expect(await found({ from, to })).toEqual([3, 2])
    const csv = await whole(linesOf(audit, {}, 'csv'))
    expect(csv.split('\r\n')).toHaveLength(6)
    expect(csv).toContain(",'=cmd(),")
    const lines = await whole(linesOf(audit, { who: 'Eve' }, 'jsonl'))
    expect(JSON.parse(lines)).toMatchObject({ sequence: 2, who: 'Eve' })
  })
})

describe('an audit in which somebody', () => {
  it.each([
    ['changed a word', () => change(`update "audit" set "who" = 'Eve' where "sequence" = 9`), ['row']],
    ['changed a time', () => change('update "audit" set "time" = "time" - 1 where "sequence" = 1'), ['row']],
    ['removed a row', () => change('delete from "audit" where "sequence" = 12'), ['row']],
    ['removed the first rows', () => change('delete from "audit" where "sequence" < 4'), ['row']],
    [
      'changed places of two rows',
      () =>
        change(`update "audit" set "sequence" = -1 where "sequence" = 5;
          update "audit" set "sequence" = 5 where "sequence" = 6; update "audit" set "sequence" = 6 where "sequence" = -1`),
      ['row'],
    ],
    ['inserted a row', () => insert(9), ['row', 'rewritten']],
    [
      'inserted a row and made the chain anew',
      () => {
        insert(9)
        chainAnew()
      },
      ['rewritten'],
    ],
    ['inserted a row before the first', () => insert(1), ['row', 'rewritten']],
    ['added a row at the end', () => insert(21), ['row']],
    ['cut off the end', () => change('delete from "audit" where "sequence" > 15'), ['cut']],
    ['cut off all of it', () => change('delete from "audit"'), ['cut']],
    [
      'changed a row and made the chain anew',
      () => {
        change(`update "audit" set "who" = 'Eve' where "sequence" = 9`)
        chainAnew()
      },
      ['rewritten'],
    ],
    [
      'removed a row, gave the others its numbers, and made the chain anew',
      () => {
        change(
          'delete from "audit" where "sequence" = 3; update "audit" set "sequence" = "sequence" - 1 where "sequence" > 3',
        )
        chainAnew()
      },
      ['rewritten', 'cut'],
    ],
    [
      'wrote a checkpoint',
      () => appendFileSync(checkpointFileOf(keyFile), '{"sequence":20,"hash":"x"}\n'),
      ['checkpoint'],
    ],
    ['removed the checkpoints', () => rmSync(checkpointFileOf(keyFile)), ['no-checkpoint']],
    [
      'changed a checkpoint',
      () => {
        const file = checkpointFileOf(keyFile)
        writeFileSync(file, readFileSync(file, 'utf8').replace('"sequence":20', '"sequence":19'))
      },
      ['checkpoint'],
    ],
  ] as [string, () => void, string[]][])('%s is found', async (_, attack, found) => {
    await run(20)
    attack()
    expect(kinds().sort()).toEqual(found.toSorted())
  })

  it('changed one byte anywhere is found', async () => {
    await run(20)
    for (let sequence = 1; sequence <= 20; sequence++)
      for (const column of ['who', 'source', 'action', 'outcome', 'detailJson', 'hash']) {
        const where = `where "sequence" = ${sequence}`
        change(`update "audit" set "${column}" = "${column}" || 'x' ${where}`)
        expect(verify().faults[0]?.at, `${column} of ${sequence}`).toBe(sequence)
        change(`update "audit" set "${column}" = substr("${column}", 1, length("${column}") - 1) ${where}`)
      }
    expect(kinds()).toEqual([])
  })
})
