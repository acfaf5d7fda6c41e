// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { migrations } from './migrations.ts'
import { Store } from './store.ts'

const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'hmp-store-'))
  folders.push(made)
  return made
}
const open = (dataDir: string) =>
  Store.open({
    dataDir,
    now: () => 1,
    onCrash: (error) => {
      throw error
    },
  })
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
})

describe('store', () => {
  it('keeps what was written over a restart, and migrates once', async () => {
    const dataDir = folder()
    {
      await using store = await open(dataDir)
      expect(await store.setting('a', () => '1')).toBe('1')
      expect(await store.setting('a', () => '2')).toBe('1')
    }
    await using store = await open(dataDir)
    expect(await store.setting('a', () => '3')).toBe('1')
    expect(await store.db.selectFrom('migration').selectAll().execute()).toHaveLength(migrations.length)
  })

  it('carries several queries out as one: all or none', async () => {
    await using store = await open(folder())
    const { db } = store
    const one = db.insertInto('setting').values({ key: 'x', value: '1' })
    await expect(store.write([one, one])).rejects.toMatchObject({ code: 'store.exists' })
    expect(await db.selectFrom('setting').selectAll().execute()).toEqual([])
    await store.write([one, db.updateTable('setting').set({ value: '2' }).where('key', '=', 'x')])
    expect(await db.selectFrom('setting').selectAll().execute()).toEqual([{ key: 'x', value: '2' }])
  })

  it('lets one job of a group fail alone', async () => {
    await using store = await open(folder())
    const insert = (key: string) => store.db.insertInto('setting').values({ key, value: '' }).execute()
    const outcomes = await Promise.allSettled(['a', 'b', 'a', 'c'].map(insert))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(await store.db.selectFrom('setting').select('key').orderBy('key').execute()).toHaveLength(3)
  })

  it('gives rows of RETURNING', async () => {
    await using store = await open(folder())
    const row = await store.db.insertInto('setting').values({ key: 'k', value: 'v' }).returningAll().executeTakeFirst()
    expect(row).toEqual({ key: 'k', value: 'v' })
  })

  it('refuses a folder that another server uses', async () => {
    const dataDir = folder()
    await using _store = await open(dataDir)
    await expect(open(dataDir)).rejects.toMatchObject({ code: 'store.in-use' })
  })

  it('commits 2,000 writes of as many callers in groups', async () => {
    await using store = await open(folder())
    const writes = Array.from({ length: 2000 }, (_, i) =>
      store.db
        .insertInto('setting')
        .values({ key: String(i), value: '' })
        .execute(),
    )
    await Promise.all(writes)
    const { n } = await store.db
      .selectFrom('setting')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
    expect(n).toBe(2000)
  })
})
